"""deploy/ and .github/, checked by linters.

These are actionlint, zizmor, shellcheck, hadolint, helm, systemd-analyze and schemas. `make deploy-check` installs
them. Without them these tests are skipped, and with JC1P_NEED_LINTERS they fail.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.deploying import CHART, DEPLOY, GITHUB, UNITS, WORKFLOWS, documents, lint, parse, tool
from support.installed import PROGRAM

from jc1p.config import load_config

IMAGE = ("--set", "image.repository=registry.example.com/jc1p")
VARIANTS: dict[str, list[str]] = {
    "as it comes": [],
    "without state": ["--set", "state.persistent=false", "--set", "networkPolicy.enabled=false"],
    "with a bridge": [
        "--set", "networkPolicy.bridge.namespace=op", "--set", "networkPolicy.bridge.podLabels.app=bridge",
        "--set", "timeZone=Europe/Berlin", "--set", "args={drift}", "--set", "image.digest=sha256:" + 64 * "a",
    ],
    "with everything": [
        "--set", "state.existingClaim=mine", "--set", "image.pullSecrets={pull}", "--set", "podLabels.team=it",
        "--set", "podAnnotations.note=x", "--set", "nodeSelector.disk=ssd", "--set", "suspend=true",
        "--set", "tolerations[0].operator=Exists", "--set-json", 'affinity={"podAntiAffinity": {}}',
    ],
}  # fmt: skip
EXPOSURE = {"jc1p.service": 13, "jc1p@.service": 13, "jc1p-failed@.service": 10}
"""The highest allowed exposure of a unit, in tenths: systemd calls anything below 20 OK."""


@pytest.fixture(scope="module", params=[DEPLOY / "github", GITHUB / "workflows"], ids=["deploy", "own"])
def workflows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the workflows where GitHub expects them."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / ".git").mkdir()
    shutil.copytree(request.param, folder / ".github" / "workflows")
    return folder


def test_workflows_are_sound(workflows: Path) -> None:
    shellcheck = tool("shellcheck")
    lint(
        "actionlint", "-shellcheck", shellcheck, *sorted((workflows / ".github" / "workflows").iterdir()), cwd=workflows
    )


def test_workflows_can_not_be_turned_against_their_owner(workflows: Path) -> None:
    lint("zizmor", "--offline", "--no-progress", "--quiet", "--persona=pedantic", ".github/workflows", cwd=workflows)


def test_pipelines_are_what_their_services_take() -> None:
    own = (GITHUB / "workflows").iterdir()
    lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS, *own)
    gitlab = DEPLOY / "gitlab" / ".gitlab-ci.yml"
    lint("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", gitlab)


def test_issue_forms_are_what_github_takes() -> None:
    *forms, config = sorted((GITHUB / "ISSUE_TEMPLATE").iterdir(), key=lambda path: path.name == "config.yml")
    assert [path.name for path in forms] == ["bug.yml", "feature.yml"]
    lint("check-jsonschema", "--builtin-schema", "vendor.github-issue-forms", *forms)
    lint("check-jsonschema", "--builtin-schema", "vendor.github-issue-config", config)


def test_shell_scripts_are_sound() -> None:
    lint("shellcheck", DEPLOY / "cron" / "jc1p-cron", UNITS / "jc1p-as-service")


def test_dockerfile_is_sound() -> None:
    lint("hadolint", "--failure-threshold", "style", DEPLOY / "docker" / "Dockerfile")


# --- systemd ------------------------------------------------------------------------------------------------


def test_units_are_what_systemd_takes(tmp_path: Path) -> None:
    for unit in UNITS.glob("jc1p*.[st]*"):
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/jc1p/bin/jc1p", str(PROGRAM)))
    named = [tmp_path / each.replace("@", "@acme") for each in sorted(path.name for path in tmp_path.iterdir())]
    for path in named:
        if "@acme" in path.name:
            path.write_text((tmp_path / path.name.replace("@acme", "@")).read_text())
    assert len(named) == 5
    # It exits 0 for unknown keys.
    lint("systemd-analyze", "--man=no", "--recursive-errors=no", "verify", *named, is_quiet=True)


@pytest.mark.parametrize("unit", EXPOSURE)
def test_units_are_locked_up(unit: str, tmp_path: Path) -> None:
    there = tmp_path / unit.replace("@", "@acme")
    there.write_text((UNITS / unit).read_text())
    lint("systemd-analyze", "--no-pager", "--offline=true", f"--threshold={EXPOSURE[unit]}", "security", there)


# --- Kubernetes ---------------------------------------------------------------------------------------------


def rendered(*options: str) -> str:
    return lint("helm", "template", "acme", CHART, *IMAGE, *options)


def pods(text: str) -> list[dict[str, Any]]:
    """The pod specs in rendered manifests."""
    found = []
    for each in documents(text):
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", {"spec": spec})["spec"]
        found += [spec["template"]["spec"]] if "template" in spec else []
    return found


def test_chart_is_sound() -> None:
    lint("helm", "lint", "--strict", *IMAGE, CHART)


@pytest.mark.parametrize("version", ["1.29", "1.37"])
def test_rendered_chart_is_what_kubernetes_takes(version: str, tmp_path: Path) -> None:
    path = tmp_path / "rendered.yaml"
    path.write_text("---\n".join(rendered(*options) for options in VARIANTS.values()))
    lint("kubernetes-validate", "--strict", "--quiet", "-k", version, path)


def test_indexed_job_is_what_kubernetes_takes(tmp_path: Path) -> None:
    jobs = documents((DEPLOY / "kubernetes" / "indexed-job.yaml").read_text())
    for job in jobs:
        job["metadata"]["name"] = job["metadata"].pop("generateName") + "x"  # which the validator requires
    path = tmp_path / "jobs.yaml"
    path.write_text(yaml.safe_dump_all(jobs))
    lint("kubernetes-validate", "--strict", "--quiet", "-k", "1.37", path)


@pytest.mark.parametrize("variant", VARIANTS)
def test_pods_meet_the_restricted_standard_and_write_to_their_state_alone(variant: str) -> None:
    (pod,) = pods(rendered(*VARIANTS[variant]))
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    inside = container["securityContext"]
    assert (inside["readOnlyRootFilesystem"], inside["allowPrivilegeEscalation"]) == (True, False)
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"] == "256Mi"
    assert "env" not in container
    writable = [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert writable == ["/var/lib/jc1p"]


def test_cron_job_never_runs_twice_at_once_nor_tries_again() -> None:
    (job,) = [each for each in documents(rendered()) if each["kind"] == "CronJob"]
    spec = job["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"


@pytest.mark.parametrize("variant", VARIANTS)
def test_chart_gives_jc1p_a_configuration_and_a_command_line_that_it_takes(variant: str, tmp_path: Path) -> None:
    text = rendered(*VARIANTS[variant])
    (config,) = [each["data"]["config.yaml"] for each in documents(text) if each["kind"] == "ConfigMap"]
    path = tmp_path / "config.yaml"
    path.write_text(config)
    assert str(load_config(path, {}).config.state.path) == "/var/lib/jc1p"
    (pod,) = pods(text)
    parse(pod["containers"][0]["args"])


@pytest.mark.parametrize(
    "wrong",
    [
        ["--set", "config.jumpcloud.api_key=literal"],
        ["--set", "config.onepassword.token=literal"],
        ["--set", "image.tag=latest"],
        ["--set", "image.repository="],
        ["--set", "nosuch=1"],
        ["--set", "schedule=hourly"],
    ],
    ids=" ".join,
)
def test_chart_refuses(wrong: list[str]) -> None:
    tool("helm")
    with pytest.raises(AssertionError, match="don't meet the specifications of the schema"):
        rendered(*wrong)


def test_network_policy_lets_nothing_in_and_out_only_what_is_needed() -> None:
    (policy,) = [each for each in documents(rendered(*VARIANTS["with a bridge"])) if each["kind"] == "NetworkPolicy"]
    spec = policy["spec"]
    assert (spec["policyTypes"], spec["ingress"]) == (["Ingress", "Egress"], [])
    assert [sorted({port["port"] for port in rule["ports"]}) for rule in spec["egress"]] == [[53], [443], [8443]]
    assert "169.254.0.0/16" in yaml.safe_dump(spec)
