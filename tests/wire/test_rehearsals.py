"""The faults of `jc1p sandbox fault`, typed as an admin types them, and the messages of runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.faults import STANDING, UNMANAGED
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world, settle

DOC = Path(__file__).parents[2] / "docs" / "faults.md"
HURRY = "http: {{attempts: 1, max_elapsed: {}}}\n"
ONE_SECOND, ENOUGH = HURRY.format(1), HURRY.format(60)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=6)) as made:
        yield made


def let(config: Path, fault: str) -> None:
    assert jc1p("sandbox", "fault", fault, "--config-out", config).code == 0


def sync(config: Path) -> Done:
    return jc1p("-c", config, "sync", "-y", "-o", "json")


def errors_of(done: Done) -> str:
    applied = (done.document["outcome"] or {}).get("changes", [])
    errors = [each["error"] for each in (*applied, done.document) if each["error"]]
    return " ".join(map(str, errors))


@pytest.mark.parametrize("service", ["jumpcloud", "onepassword"])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("slow-body", "no complete answer"),
        ("bomb", "more than 16 MB"),
        ("520", "520"),
        ("tls-reset", "illegal request line"),
    ],
)
def test_fault_of_the_wire_ends_the_run_with_its_words(
    served: Sandbox, tmp_path: Path, service: str, fault: str, words: str
) -> None:
    config = config_for(served, tmp_path, more=ONE_SECOND if fault == "slow-body" else ENOUGH)
    let(config, f"{fault}:{service}:::always")
    done = sync(config)
    assert (done.code, done.document["outcome"]) == (1, None)
    assert words in errors_of(done)
    let(config, "none")
    assert sync(config).code == 0


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[tuple[Sandbox, Path]]:
    """A company in sync whose largest group has 130 members; the first suspension is proven."""
    world = make_world(users=190, groups=6, assigned_users=190)
    everybody = sorted(world.effective())
    big, all_of_them = (world.groups[id_] for id_ in world.assigned_groups[:2])
    big.members[:], all_of_them.members[:] = everybody[:130], everybody
    settle(world)
    with Sandbox(world) as made:
        config = config_for(made, tmp_path, more=ENOUGH)
        assert sync(config).code == 0
        yield made, config


def move_one_member(sandbox: Sandbox) -> tuple[str, str]:
    """One user leaves the large group and one joins it; returns their addresses."""
    world = sandbox.world
    members = world.groups[world.assigned_groups[0]].members
    left = next(id_ for id_ in reversed(members) if world.users[id_]["state"] == "ACTIVATED")
    joined = next(id_ for id_ in sorted(world.effective()) if id_ not in members
                  and world.users[id_]["state"] == "ACTIVATED")  # fmt: skip
    members.remove(left)
    members.append(joined)
    return world.users[left]["email"], world.users[joined]["email"]


def moved(done: Done) -> set[tuple[str, str]]:
    return {(each["kind"], member) for each in done.document["changes"] for member in each["members"] or ()}


def test_other_writer_is_fought_for_two_runs_and_then_named(settled: tuple[Sandbox, Path]) -> None:
    sandbox, config = settled
    let(config, "other-writer")
    left, joined = move_one_member(sandbox)
    both = {("remove_members", left), ("add_members", joined)}
    for _ in range(2):
        done = sync(config)
        assert (done.code, moved(done)) == (0, both)
    for _ in range(2):
        done = sync(config)
        assert (done.code, moved(done)) == (0, set())
        held = {(each["kind"], each["user"]): each for each in done.document["held"]}
        for one in both:
            assert held[one]["code"] == "not_kept_by_target"
            assert "JumpCloud's own connector" in held[one]["reason"]


def test_members_beyond_a_cut_are_seen(settled: tuple[Sandbox, Path]) -> None:
    sandbox, config = settled
    let(config, "members-cut")
    assert sync(config).document["changes"] == []
    left, joined = move_one_member(sandbox)
    assert moved(sync(config)) == {("remove_members", left), ("add_members", joined)}
    assert sync(config).document["changes"] == []


def test_ignored_suspension_fails_in_every_run_until_it_takes_effect(settled: tuple[Sandbox, Path]) -> None:
    sandbox, config = settled
    let(config, "suspension-ignored")
    leaver = next(user for user in sandbox.world.users.values() if user["id"] in sandbox.world.effective()
                  and user["state"] == "ACTIVATED" and not user["suspended"])  # fmt: skip
    leaver.update(state="SUSPENDED", suspended=True)
    for _ in range(3):
        done = sync(config)
        assert (done.code, "still active" in errors_of(done)) == (5, True)
    let(config, "none")
    assert sync(config).code == 0


def test_every_standing_fault_is_in_the_document() -> None:
    lines = DOC.read_text().partition("| fault | bridge | jc1p |")[2].splitlines()[2:]
    assert {line.split("`")[1] for line in lines if line.startswith("|")} == {*STANDING, UNMANAGED}
