"""Who ran jc1p, according to the environment, and the reference on the command line."""

import json
from pathlib import Path

import pytest
from support.inprocess import jc1p

from jc1p.cli.actor import LONGEST, actor_in
from jc1p.core.run_options import LONGEST_REFERENCE, RunOptions
from jc1p.errors import UsageError
from jc1p.sandbox.server import Sandbox

GITHUB = {
    "GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada", "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/access", "GITHUB_RUN_ID": "7",
}  # fmt: skip
GITLAB = {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "ada", "CI_JOB_URL": "https://gitlab.com/acme/access/-/jobs/7"}


@pytest.mark.parametrize(("environ", "actor"), [
    (GITHUB, "ada (https://github.com/acme/access/actions/runs/7)"),
    (GITLAB, "ada (https://gitlab.com/acme/access/-/jobs/7)"),
    ({"GITLAB_CI": "true"}, "CI"),
])  # fmt: skip
def test_ci_names_its_actor_and_run(environ: dict[str, str], actor: str) -> None:
    assert actor_in(environ) == actor


def test_elsewhere_it_is_the_user_and_the_host() -> None:
    user, at, host = actor_in({"GITHUB_ACTOR": "not in a run"}).partition("@")
    assert user
    assert at
    assert host


def test_actor_is_bounded_and_holds_nothing_that_a_terminal_acts_on() -> None:
    found = actor_in(GITHUB | {"GITHUB_ACTOR": "a\x1b[2J\n\u202e" + "b" * 1000})
    assert found.startswith("a[2Jbb")
    assert len(found) == LONGEST


@pytest.mark.parametrize("text", ["x" * (LONGEST_REFERENCE + 1), "two\nlines", "\x1b[2J", "\u202eback"])
def test_reference_that_is_too_long_or_acts_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--reference"):
        RunOptions(reference=text).check()


def test_reference_is_no_part_of_the_fingerprint() -> None:
    assert RunOptions(reference="CHG-1").digested == ()


def test_reference_and_actor_are_in_document_and_history(sandbox: Sandbox, config: Path) -> None:
    done = jc1p("-c", config, "sync", "-y", "--reference", "CHG-1", "-o", "json")
    document = json.loads(done.out)
    assert (document["reference"], bool(document["actor"])) == ("CHG-1", True)
    (run,) = json.loads(jc1p("-c", config, "history", "-o", "json").out)["runs"]
    assert (run["reference"], run["actor"]) == ("CHG-1", document["actor"])
    assert "CHG-1" in jc1p("-c", config, "history").out
    assert "Reference: CHG-1" in jc1p("-c", config, "history", "show", run["run_id"]).out


def test_saved_plan_carries_its_reference_to_apply(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    assert jc1p("-c", config, "plan", "--reference", "CHG-2", "--out", plan).code == 0
    done = jc1p("-c", config, "apply", plan, "-y", "-o", "json")
    assert json.loads(done.out)["reference"] == "CHG-2"
