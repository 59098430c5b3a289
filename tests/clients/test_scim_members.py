"""Writing members: chunks that fit the bridge, one bad member beside good ones, removals that never empty a group."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from jc1p.clients.scim.members import MemberWriter
from jc1p.errors import Jc1pError, NotFound, RequestRefused, Unreachable

pytestmark = pytest.mark.anyio
BRIDGE = "1Password SCIM bridge"
Operation = Mapping[str, Any]


def refused(status: int) -> RequestRefused:
    return RequestRefused(f"refused ({status})", service=BRIDGE, status=status)


def too_many(most: int, error: Callable[[], Jc1pError]) -> Callable[[Operation], Jc1pError | None]:
    return lambda operation: error() if len(operation.get("value", [])) > most else None


def naming(member_id: str, error: Callable[[], Jc1pError]) -> Callable[[Operation], Jc1pError | None]:
    return lambda operation: error() if member_id in str(operation) else None


def in_filters(status: int) -> Callable[[Operation], Jc1pError | None]:
    return lambda operation: refused(status) if "[" in str(operation["path"]) else None


class OneGroup:
    """A bridge with one group. `sizes` are the members of each PATCH as sent."""

    def __init__(
        self, *members: str, refuses: Callable[[Operation], Jc1pError | None] = lambda _: None,
        visible: bool = True, empties: bool = False, down: bool = False,
    ) -> None:  # fmt: skip
        self.members = set(members)
        self.refuses, self.visible, self.empties, self.down = refuses, visible, empties, down
        self.sizes: list[int] = []
        self.writer = MemberWriter(self.patch, self.read)

    async def read(self, group_id: str) -> frozenset[str] | None:
        if self.down:
            raise Unreachable("no answer", service=BRIDGE)
        return frozenset(self.members) if self.visible else None

    async def patch(self, group_id: str, operations: Sequence[Operation]) -> None:
        self.sizes.append(sum(len(each.get("value", [1])) for each in operations))
        for each in operations:
            if error := self.refuses(each):
                raise error
        for each in operations:
            self.carry_out(each)

    def carry_out(self, operation: Operation) -> None:
        named = {each["value"] for each in operation.get("value", [])}
        if operation["op"] == "add":
            self.members |= named
        elif "[" in operation["path"]:
            self.members.discard(operation["path"].partition('"')[2].rpartition('"')[0])
        elif self.empties:
            self.members.clear()
        else:
            self.members -= named


def ids(count: int) -> list[str]:
    return [f"u{number:03}" for number in range(count)]


@pytest.mark.parametrize(
    "error", [lambda: refused(413), lambda: Unreachable("was answered 503", service=BRIDGE)], ids=["413", "5xx"]
)
async def test_chunks_are_halved_until_they_fit_and_the_size_is_remembered(error: Callable[[], Jc1pError]) -> None:
    bridge = OneGroup(refuses=too_many(30, error))
    await bridge.writer.add("g", ids(120))
    assert bridge.sizes == [100, 50, 25, 25, 25, 25, 20]
    await bridge.writer.add("g", ids(60))
    assert bridge.sizes[7:] == [25, 25, 10]
    assert bridge.members == set(ids(120))


async def test_bridge_that_is_down_is_not_asked_in_ever_smaller_chunks() -> None:
    bridge = OneGroup(refuses=too_many(0, lambda: Unreachable("no answer", service=BRIDGE)), down=True)
    with pytest.raises(Unreachable):
        await bridge.writer.add("g", ids(120))
    assert bridge.sizes == [100]


@pytest.mark.parametrize(
    "error",
    [
        lambda: refused(400),
        lambda: NotFound("no such member", service=BRIDGE),
        lambda: Unreachable("was answered 500", service=BRIDGE),
    ],
    ids=["400", "404", "500"],
)
async def test_one_refused_member_is_named_and_keeps_nobody_else_out(error: Callable[[], Jc1pError]) -> None:
    bridge = OneGroup(refuses=naming("u042", error))
    with pytest.raises(RequestRefused, match=r"for member 43 of 120 \(u042\)"):
        await bridge.writer.add("g", ids(120))
    assert bridge.members == {*ids(120)} - {"u042"}
    assert bridge.writer.size == 100


async def test_group_that_refuses_everybody_is_given_up_soon() -> None:
    bridge = OneGroup(refuses=too_many(0, lambda: refused(400)))
    with pytest.raises(RequestRefused, match=r"for member 1 of 120"):
        await bridge.writer.add("g", ids(120))
    assert len(bridge.sizes) < 30


async def test_other_refusals_are_not_divided() -> None:
    bridge = OneGroup(refuses=too_many(0, lambda: refused(409)))
    with pytest.raises(RequestRefused):
        await bridge.writer.add("g", ids(120))
    assert bridge.sizes == [100]


@pytest.mark.parametrize("status", [400, 501])
async def test_value_form_comes_only_after_the_filter_form_was_refused(status: int) -> None:
    plain = OneGroup("ann", "bob", "cy")
    await plain.writer.remove("g", ["ann", "bob"])
    assert (plain.sizes, plain.members) == ([2], {"cy"})
    other = OneGroup("ann", "bob", "cy", refuses=in_filters(status))
    await other.writer.remove("g", ["ann"])
    await other.writer.remove("g", ["bob"])
    assert (other.sizes, other.members) == ([1, 1, 1], {"cy"})


async def test_value_form_that_empties_the_group_is_repaired() -> None:
    bridge = OneGroup("ann", "bob", "cy", refuses=in_filters(400), empties=True)
    await bridge.writer.remove("g", ["ann", "bob"])
    assert bridge.members == {"cy"}


async def test_value_form_whose_answer_was_lost_is_repaired_too() -> None:
    class Losing(OneGroup):
        async def patch(self, group_id: str, operations: Sequence[Operation]) -> None:
            await super().patch(group_id, operations)
            if operations[0]["op"] == "remove":
                raise Unreachable("no answer", service=BRIDGE)

    bridge = Losing("ann", "bob", "cy", refuses=in_filters(400), empties=True)
    with pytest.raises(Unreachable):
        await bridge.writer.remove("g", ["ann"])
    assert bridge.members == {"bob", "cy"}


async def test_nobody_is_taken_out_by_value_where_members_do_not_show() -> None:
    bridge = OneGroup("ann", "bob", "cy", refuses=in_filters(501), empties=True, visible=False)
    with pytest.raises(RequestRefused, match="no member was removed"):
        await bridge.writer.remove("g", ["ann"])
    assert bridge.members == {"ann", "bob", "cy"}
