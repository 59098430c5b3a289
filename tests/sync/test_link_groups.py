"""Links of groups as externalId: written once, and not to a bridge that refuses or drops them."""

from pathlib import Path

import pytest
from support.builders import NOW, group, jc, op, person, plan_for, pushed, source, target

from jc1p.core.matching import Links
from jc1p.core.policy import Memory, Request, group_attribute
from jc1p.errors import Unreachable
from jc1p.state.store import open_state
from jc1p.sync.link_groups import link_groups

pytestmark = pytest.mark.anyio

HAVE = source([person("ann")], [group("eng", "ann"), group("ops", "ann"), group("hr", "ann")])
LINKS = Links(groups={jc("geng"): op("geng"), jc("gops"): op("gops")})


def unlinked(*, sent: bool = False, shown: str = "") -> dict[str, str]:
    memory = (
        Memory(requests={(op("geng"), group_attribute("externalId")): Request(jc("geng"), NOW)}) if sent else Memory()
    )
    groups = [pushed("eng"), pushed("ops"), pushed("hr", external_id=shown)]
    return dict(plan_for(HAVE, target([], groups), links=LINKS, memory=memory).unlinked_groups)


def test_links_that_no_group_shows_are_to_be_written_by_name_or_by_state() -> None:
    both = {op("geng"): jc("geng"), op("gops"): jc("gops")}
    assert unlinked() == {**both, op("ghr"): jc("ghr")}
    assert unlinked(shown=jc("ghr")) == both
    assert unlinked(shown="theirs") == both


@pytest.mark.parametrize("links", [Links(), Links(groups={jc("geng"): op("geng")})])
def test_link_of_a_deleted_group_gives_way_to_the_one_that_took_its_group_over(links: Links) -> None:
    actual = target([], [pushed("eng", external_id=jc("gone"))])
    former = Memory(requests={(op("geng"), group_attribute("externalId")): Request(jc("gone"), NOW)})
    assert plan_for(HAVE, actual, links=links, memory=former).unlinked_groups == {op("geng"): jc("geng")}
    # If the bridge doesn't keep the new one, it isn't sent again.
    sent = Memory(requests={(op("geng"), group_attribute("externalId")): Request(jc("geng"), NOW)})
    assert plan_for(HAVE, actual, links=links, memory=sent).unlinked_groups == {}


def test_link_of_another_group_that_jumpcloud_still_has_is_not_replaced() -> None:
    actual = target([], [pushed("eng", external_id=jc("gops"))])
    assert plan_for(HAVE, actual, links=LINKS).unlinked_groups == {}


def test_bridge_that_dropped_one_is_left_alone() -> None:
    assert unlinked(sent=True) == {}
    assert unlinked(sent=True, shown=jc("ghr")) == {op("gops"): jc("gops")}


class Bridge:
    def __init__(self, *, keeps: bool = True, is_up: bool = True) -> None:
        self.keeps, self.is_up, self.written = keeps, is_up, list[tuple[str, str]]()

    async def link_group(self, scim_id: str, external_id: str) -> bool:
        if not self.is_up:
            raise Unreachable("down", service="1Password")
        self.written.append((scim_id, external_id))
        return self.keeps


@pytest.mark.parametrize(
    ("bridge", "written", "remembered"),
    [(Bridge(), 2, 2), (Bridge(keeps=False), 1, 1), (Bridge(is_up=False), 0, 0)],
)
async def test_each_is_written_once_until_one_is_not_kept(
    bridge: Bridge, written: int, remembered: int, tmp_path: Path
) -> None:
    with open_state(tmp_path / "state") as state:
        await link_groups({"OP1": "j1", "OP2": "j2"}, bridge, state, NOW)
        assert len(bridge.written) == written
        assert len(state.memory(with_added=False).requests) == remembered
