"""This repository's own CI and forms, without linters: every supported Python, and no secrets."""

import re
import tomllib

from support.deploying import GITHUB, TOP, WORKFLOWS, parse, parsed, strings

CI = GITHUB / "workflows" / "ci.yml"
USES = re.compile(r"uses: (\S+?)@(\S+) # (\S+)")


def test_every_python_that_is_promised_is_tested() -> None:
    classifiers = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["classifiers"]
    promised = [each.rpartition(" ")[2] for each in classifiers if each.startswith("Programming Language :: Python ::")]
    assert parsed(CI)["jobs"]["python"]["strategy"]["matrix"]["python"] == promised


def test_ci_runs_what_a_developer_runs() -> None:
    run = " ".join(strings(parsed(CI)))
    assert "make lint types contracts test" in run
    assert ".ci/run" in run
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    assert {"lint", "types", "contracts", "test"} <= targets


def test_actions_are_the_same_everywhere() -> None:
    deployed = {found for path in WORKFLOWS for found in USES.findall(path.read_text())}
    assert set(USES.findall(CI.read_text())) <= deployed


def test_bug_form_asks_for_what_there_is_and_for_no_secret() -> None:
    form = (GITHUB / "ISSUE_TEMPLATE" / "bug.yml").read_text()
    assert "Do not paste secrets" in form
    asked = [each["id"] for each in parsed(GITHUB / "ISSUE_TEMPLATE" / "bug.yml")["body"] if "id" in each]
    assert {"version", "doctor", "log"} <= set(asked)
    for command in re.findall(r"(?:`|\d\. )jc1p ([^`\n]*)", form):
        if command != "--version":
            parse(command.split())


def test_ci_may_read_the_code_and_nothing_else() -> None:
    workflow = parsed(CI)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False]
