"""`doctor --record`: what a bundle contains and never contains, saving, and that the sandbox replays it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from stat import S_IMODE
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.inprocess import jc1p
from support.installed import config_for
from support.pseudo_terminal import TerminalSession

from jc1p.doctor.record.questions import BY_CANARY, NEVER, TEXTS, Question
from jc1p.doctor.record.vocabulary import KEYS
from jc1p.sandbox.knobs import PROFILES, BridgeKnobs, JumpCloudKnobs
from jc1p.sandbox.replay import CHOICES, read_bundle
from jc1p.sandbox.server import Sandbox, with_profile
from jc1p.sandbox.world import make_world

SHORTEST = 4
"""Shorter texts occur in every bundle by chance."""
AWKWARD: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "small pages": ({"sends_total_count": False}, {"max_count": 20, "default_count": 7, "user_order": "stable"}),
    "odd lists": ({"total_off_by": 2}, {"total_off_by": 2, "start_index_zero": True, "omits_resources": True}),
    "odd texts": ({"omits_paths": True}, {"numeric_ids": True, "string_booleans": True, "filters": "ignore"}),
    "odd members": ({"bare_operators": True}, {"members": "always", "members_listed": 1, "user_groups": True}),
    "odd health": ({"sort_by_id": False}, {"health_status": 503, "health_states": {"RedisCache": "down"}}),
    "odd refusals": ({"insights": True}, {"auth_failure": "html", "unknown_redirects": True, "paths": ["/scim"]}),
    "no refusals": ({"shuffles_unsorted": False}, {"lets_strangers_in": True, "shows_hidden_groups": True}),
    "several": ({"organizations": 3}, {"version": "2.8.5", "health_status": 404}),
}
"""Knobs of JumpCloud and of the bridge."""
QUICK = ("default", "odd members")


def knobs_of(name: str) -> tuple[JumpCloudKnobs, BridgeKnobs]:
    if name in PROFILES:
        return with_profile(name)
    source, bridge = AWKWARD[name]
    return JumpCloudKnobs(**source), BridgeKnobs(**bridge)


def company(source: JumpCloudKnobs, bridge: BridgeKnobs) -> Sandbox:
    """With a group that has no members: whether it shows them is a separate question."""
    made = Sandbox(make_world(users=40, groups=8), source, bridge)
    made.bridge.add_group("Empty Nest")
    return made


ALL = [pytest.param(name, marks=() if name in QUICK else pytest.mark.matrix) for name in (*PROFILES, *AWKWARD)]


def record(sandbox: Sandbox, folder: Path, *options: str) -> dict[str, Any]:
    folder.mkdir()
    config, file = config_for(sandbox, folder), folder / "bundle.json"
    if sandbox.jumpcloud_knobs.organizations > 1:
        text = config.read_text().replace("jumpcloud:", f"jumpcloud:\n  org_id: {first_organization(sandbox)}")
        config.write_text(text)
    done = jc1p("-c", config, "doctor", "--record", file, "-o", "json", *options)
    assert done.document["error"] is None, done.err
    assert done.document["recording"]["file"] == str(file)
    bundle: dict[str, Any] = json.loads(file.read_text())
    assert done.document["recording"]["knobs"] == bundle["knobs"]
    return bundle


def first_organization(sandbox: Sandbox) -> str:
    return str(sandbox.world.organizations[0]["_id"])


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, str):
        yield value


def private_texts(sandbox: Sandbox) -> set[str]:
    """Every name, address, id and secret of the simulated company, on both sides."""
    world, bridge = sandbox.world, sandbox.bridge
    private = {text for user in world.users.values() for text in texts_in(list(user.values()))}
    private |= {group.name for group in world.groups.values()} | set(world.groups)
    private |= {text for each in (*world.applications, *world.organizations) for text in texts_in(list(each.values()))}
    for kind in ("Users", "Groups"):
        for resource in bridge.stored(kind).values():
            private |= set(texts_in(list(resource.model_dump(mode="json", exclude={"schemas", "meta"}).values())))
    private |= {sandbox.jumpcloud.key, bridge.token, sandbox.jumpcloud.client_secret, "127.0.0.1"}
    return {text for text in private if len(text) >= SHORTEST and text not in DOCUMENTED | KEYS}


DOCUMENTED = {"ACTIVATED", "SUSPENDED", "STAGED", "User", "work", "home", "false", "true", "user_group", "1Password"}
"""Words of the vocabulary without personal data."""


@pytest.mark.parametrize("name", ALL)
def test_nothing_of_the_company_is_in_a_bundle_and_the_sandbox_does_the_same_with_it(name: str, tmp_path: Path) -> None:
    source, bridge = knobs_of(name)
    with company(source, bridge) as sandbox:
        bundle = record(sandbox, tmp_path / "first")
        private = private_texts(sandbox)
    shown = [text for text in texts_in(bundle) if text not in KEYS | set(TEXTS.values())]
    assert not {(each, text) for each in private for text in shown if each in text}
    again_source, again_bridge = read_bundle(json.dumps(bundle).encode())
    with company(again_source, again_bridge) as sandbox:
        again = record(sandbox, tmp_path / "second")
    assert again["answers"] == bundle["answers"]
    assert again["knobs"] == bundle["knobs"]


jumpcloud_knobs = st.fixed_dictionaries({}, optional={
    "sends_total_count": st.booleans(), "shuffles_unsorted": st.booleans(), "sort_by_id": st.booleans(),
    "insights": st.booleans(), "omits_paths": st.booleans(), "bare_operators": st.booleans(),
    "total_off_by": st.integers(-2, 2), "dangling": st.integers(0, 2),
})  # fmt: skip
bridge_knobs = st.fixed_dictionaries({}, optional={
    "shape": st.sampled_from(["2023", "2026"]), "auth_failure": st.sampled_from(["scim", "403", "html", "empty"]),
    "unknown_redirects": st.booleans(), "user_order": st.sampled_from(["random", "stable"]),
    "max_count": st.sampled_from([3, 20, 10_000]), "default_count": st.sampled_from([2, 100]),
    "total_off_by": st.integers(-2, 2), "omits_resources": st.booleans(), "start_index_zero": st.booleans(),
    "numeric_ids": st.booleans(), "filters": st.sampled_from(["on", "off", "ignore"]),
    "string_booleans": st.booleans(), "shows_hidden_groups": st.booleans(),
    "members": st.sampled_from(["always", "nonempty", "detail-only", "never"]), "members_listed": st.integers(0, 2),
    "user_groups": st.sampled_from([None, True, False]), "keeps_external_id": st.booleans(),
    "health_status": st.sampled_from([200, 404, 500]), "lets_strangers_in": st.booleans(),
})  # fmt: skip


@pytest.mark.matrix
@settings(max_examples=12, deadline=None)
@given(jumpcloud_knobs, bridge_knobs, st.integers(1, 1000))
def test_whatever_both_services_do_nothing_of_a_company_is_in_a_bundle_and_a_replay_does_the_same(
    source: dict[str, Any], bridge: dict[str, Any], seed: int
) -> None:
    answers = []
    knobs = JumpCloudKnobs(**source), BridgeKnobs(**bridge)
    for _ in range(2):
        with TemporaryDirectory() as folder, Sandbox(make_world(users=40, groups=8, seed=seed), *knobs) as sandbox:
            bundle = record(sandbox, Path(folder) / "made")
            shown = [text for text in texts_in(bundle) if text not in KEYS | set(TEXTS.values())]
            assert not {(each, text) for each in private_texts(sandbox) for text in shown if each in text}
        answers.append(bundle["answers"])
        knobs = read_bundle(json.dumps(bundle).encode())
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", ALL)
def test_knobs_are_those_of_the_sandbox(name: str, tmp_path: Path) -> None:
    source, bridge = knobs_of(name)
    with company(source, bridge) as sandbox:
        bundle = record(sandbox, tmp_path / "made")
    bridge.user_groups = bridge.shape == "2023" if bridge.user_groups is None else bridge.user_groups
    told = {**asdict(source), **{f"bridge.{key}": value for key, value in asdict(bridge).items()}}
    for key, value in {
        **bundle["knobs"]["jumpcloud"],
        **{f"bridge.{key}": value for key, value in bundle["knobs"]["bridge"].items()},
    }.items():
        if key == "bridge.health_states":
            assert {name: state != "healthy" for name, state in value.items()} == {
                name: name in told[key] or (name == "ConfirmationWatcher" and not bridge.provisioning) for name in value
            }
        else:
            assert told[key] == value, key


def test_bundle_tells_how_it_was_asked_and_keeps_whose_is_what(tmp_path: Path) -> None:
    with Sandbox(make_world(users=40, groups=8)) as sandbox:
        bundle = record(sandbox, tmp_path / "made")
        assert {request.method for request in sandbox.requests} == {"GET", "POST"}
        assert {request.path for request in sandbox.requests if request.method == "POST"} == {
            "/insights/directory/v1/events"
        }
    assert list(bundle)[:5] == ["format", "format_version", "jc1p_version", "recorded_on", "canary"]
    assert (bundle["format"], bundle["format_version"], bundle["canary"]) == ("jc1p recording", 1, False)
    assert [row["question"] for row in bundle["answers"]] == list(Question)
    unanswered = {row["question"] for row in bundle["answers"] if not row["answered"]}
    assert unanswered >= NEVER | BY_CANARY
    asked = {(each["method"], each["path"], tuple(each["query"].items())) for each in bundle["exchanges"]}
    assert ("GET", "/scim/Users", (("startIndex", "1"), ("count", "10000"))) in asked
    filters = [each["query"]["filter"] for each in bundle["exchanges"] if "filter" in each["query"]]
    assert any(re.fullmatch(r'userName eq "<email \d+>"', each) for each in filters)
    listed = next(each for each in bundle["exchanges"] if each["query"].get("count") == "10000")
    assert listed["body"]["totalResults"] > len(listed["body"]["Resources"])
    assert re.fullmatch(r"<and \d+ more>", listed["body"]["Resources"][-1])
    assert len(json.dumps(bundle)) < 150_000


@pytest.mark.matrix
def test_size_of_a_bundle_hardly_grows_with_the_company(tmp_path: Path) -> None:
    sizes = []
    for users in (40, 400):
        with Sandbox(make_world(users=users, groups=8)) as sandbox:
            sizes.append(len(json.dumps(record(sandbox, tmp_path / str(users)))))
    assert sizes[1] < 1.3 * sizes[0]


# --- saving -------------------------------------------------------------------------------------------------


@pytest.fixture(name="sandbox")
def small_company() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


def test_bundle_is_its_owners_alone_and_shown_in_a_pipe_without_a_question(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    done = jc1p("-c", config_for(sandbox, tmp_path), "doctor", "--record", file)
    assert done.code == 0, done.err
    assert S_IMODE(file.stat().st_mode) == 0o600
    for text in TEXTS.values():
        assert text in done.out
    assert done.out.splitlines()[-1].startswith(f"Saved {file}.")


def test_file_that_is_there_stays_and_nothing_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    (file := tmp_path / "bundle.json").write_text("mine")
    for options in ((), ("--yes",)):
        done = jc1p("-c", config_for(sandbox, tmp_path), "doctor", "--record", file, *options)
        assert (done.code, file.read_text()) == (2, "mine")
        assert "this file already exists" in done.err
    assert not sandbox.requests
    missing = tmp_path / "missing" / "bundle.json"
    assert jc1p("-c", config_for(sandbox, tmp_path), "doctor", "--record", missing).code == 2


def test_yes_without_a_recording_is_a_mistake(sandbox: Sandbox, tmp_path: Path) -> None:
    done = jc1p("-c", config_for(sandbox, tmp_path), "doctor", "--yes")
    assert done.code == 2
    assert "--yes goes with --record" in done.err


@pytest.mark.matrix
def test_on_a_terminal_all_of_it_can_be_seen_before_it_is_saved(sandbox: Sandbox, tmp_path: Path) -> None:
    config, file = config_for(sandbox, tmp_path), tmp_path / "bundle.json"
    for last, code in (("n", 130), ("y", 0)):
        with TerminalSession("-c", config, "doctor", "--record", file, cwd=tmp_path) as terminal:
            came = terminal.answer("[y/N, v shows all of it]", "v")
            assert "Not answered by this reading" in came
            assert '"format": "jc1p recording"' in terminal.answer("[y/N, v shows all of it]", last)
            assert terminal.end() == code, terminal.seen
        assert file.exists() is (last == "y")


# --- replaying ----------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"format": "jc1p recording", "format_version": 1, "knobs": {"jumpcloud": {}, "bridge": {}}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not a complete JSON document"),
        ("[1]", "not a recording"),
        ('{"format_version": "1.1"}', "not a recording"),
        (json.dumps({**GOOD, "format_version": 2}), "update jc1p"),
        (json.dumps({**GOOD, "format_version": True}), "format_version is missing"),
        (json.dumps({**GOOD, "knobs": []}), "it has no knobs"),
        (json.dumps({**GOOD, "knobs": {"jumpcloud": {}, "bridge": {"no_such": 1}}}), "there is no knob 'no_such'"),
        (json.dumps({**GOOD, "knobs": {"jumpcloud": {}, "bridge": {"shape": "2001"}}}), "the knob shape has a value"),
        (json.dumps({**GOOD, "knobs": {"jumpcloud": {"organizations": "1"}, "bridge": {}}}), "organizations has a"),
    ],
)
def test_file_that_is_no_recording_is_a_usage_error(content: str, words: str, tmp_path: Path) -> None:
    (file := tmp_path / "bundle.json").write_text(content)
    done = jc1p("sandbox", "--replay", file, cwd=tmp_path)
    assert done.code == 2
    assert words in done.err
    assert len(done.err.splitlines()) <= 2


def test_replay_and_profile_do_not_go_together(tmp_path: Path) -> None:
    (file := tmp_path / "bundle.json").write_text(json.dumps(GOOD))
    assert jc1p("sandbox", "--replay", file, "--profile", "bare", cwd=tmp_path).code == 2
    assert jc1p("sandbox", "--replay", tmp_path / "missing", cwd=tmp_path).code == 2


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
names = st.sampled_from([*asdict(BridgeKnobs()), "unknown"])


@pytest.mark.matrix
@given(st.dictionaries(names, json_values, max_size=3), st.binary(max_size=20))
def test_damaged_bundle_raises_nothing_but_a_value_error(knobs: dict[str, Any], noise: bytes) -> None:
    whole = json.dumps({**GOOD, "knobs": {"jumpcloud": {}, "bridge": knobs}}).encode()
    for content in (whole, whole[: len(whole) // 2], noise):
        try:
            _, bridge = read_bundle(content)
        except ValueError:
            continue
        for name, value in asdict(bridge).items():
            assert type(value) is type(getattr(BridgeKnobs(), name)) or name in {"user_groups", "ms_per_member"}


def test_words_of_knobs_have_their_defaults_and_all_else_that_is_a_word_is_free() -> None:
    usual = {**asdict(JumpCloudKnobs()), **asdict(BridgeKnobs())}
    assert {name for name, value in usual.items() if isinstance(value, str)} - CHOICES.keys() == {"version"}
    assert all(usual[name] in words for name, words in CHOICES.items())
