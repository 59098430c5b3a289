"""Questions that are repeated until the answer is valid, against the sandbox; a script answers."""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console
from support.inprocess import environment_of
from support.wire import Clock

from jc1p.cli.actions.init import run_stoppable, set_up
from jc1p.cli.terminal.prompts import TerminalAsker
from jc1p.config.secrets import FromCommand, FromFile
from jc1p.errors import (
    ConfigError,
    DeadlineReached,
    Interrupted,
    Jc1pError,
    OrganizationRequired,
    Unauthorized,
    Unreachable,
    UsageError,
)
from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import OWNER, make_world
from jc1p.setup.answers import Addressee, Answers
from jc1p.setup.interview import WrittenSetup, interview, refuse_missing, write_answers
from jc1p.setup.jumpcloud_questions import first_accepting
from jc1p.setup.notify_questions import kind_of, parse_receivers
from jc1p.setup.op_cli import CliSays, ask_cli
from jc1p.setup.places import Variable
from jc1p.setup.questions import Desk
from jc1p.sync.run_deadline import RunDeadline

NO_CLI = CliSays()
UNHURRIED = partial(run_stoppable, RunDeadline())
ENVIRONMENT = {"KEY": "jca_sandbox", "TOKEN": "sandbox-bridge-token", "BAD": "wrong-credential"}


@dataclass
class Script:
    """Answers by the start of the question, each once; records questions and output."""

    answers: list[tuple[str, str]]
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    complaints: list[Jc1pError] = field(default_factory=list)

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        self.asked.append(question)
        if not self.answers:
            raise Interrupted("no answer")
        begins, answer = self.answers.pop(0)
        assert question.startswith(begins), (question, begins, self.complaints)
        return answer or default

    def tell(self, *lines: str) -> None:
        self.told += lines

    def complain(self, error: Jc1pError) -> None:
        self.complaints.append(error)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        yield made


@pytest.fixture
def known(sandbox: Sandbox) -> Answers:
    """Everything, as options would set it."""
    return Answers(
        region=sandbox.jumpcloud_url, api_key=Variable("KEY"), application="1Password Business",
        scim_url=sandbox.bridge_url, token=Variable("TOKEN"), protected=(OWNER,), notify=(),
    )  # fmt: skip


def desk(script: Script, folder: Path, environment: Mapping[str, str] = ENVIRONMENT, *, may_ask: bool = True) -> Desk:
    return Desk(script, may_ask, UNHURRIED, lambda _: None, environment, folder)


def ask(
    known: Answers, folder: Path, *answers: tuple[str, str], says: CliSays = NO_CLI, may_ask: bool = True
) -> tuple[Answers, Script]:
    script = Script(list(answers))
    found = interview(desk(script, folder, may_ask=may_ask), known, lambda _: says)
    assert not script.answers
    return found, script


def test_answers_that_options_give_ask_nothing(known: Answers, tmp_path: Path) -> None:
    found, script = ask(known, tmp_path, may_ask=False)
    assert script.asked == []
    assert found.organization == "Example Corp"
    assert found.org_id is None


def test_time_limit_ends_the_interview_even_if_an_answer_could_be_changed(
    sandbox: Sandbox, known: Answers, tmp_path: Path
) -> None:  # fmt: skip
    sandbox.faults.append(Fault("slow", "onepassword", "GET", "/Users", times=ALWAYS, seconds=5))
    brief = partial(run_stoppable, RunDeadline(1))
    hurried = Desk(Script([]), True, brief, lambda _: None, ENVIRONMENT, tmp_path)
    with pytest.raises(DeadlineReached, match=r"longer than http\.max_run") as caught:
        set_up(hurried, known, tmp_path / "jc1p.yaml")
    assert "Nothing was written" in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []


def test_time_at_a_question_does_not_count() -> None:
    clock = Clock()

    class Slow(Console):
        def input(self, *_: object, **__: object) -> str:
            clock.now += 500
            return "yes\n"

    deadline = RunDeadline(100, clock)
    assert TerminalAsker(Slow(), deadline).ask("Well?") == "yes"
    assert deadline.left == 100


# --- JumpCloud --------------------------------------------------------------------------------------------------


def test_refused_key_is_explained_and_asked_for_again(known: Answers, tmp_path: Path) -> None:
    again = ("JumpCloud region", ""), ("JumpCloud API key", "jca_sandbox")
    found, script = ask(replace(known, api_key=Variable("BAD")), tmp_path, *again)
    assert "in one region only" not in str(script.complaints[0].hint)
    assert "is of another region" in str(script.complaints[0].hint)
    assert isinstance(script.complaints[0], Unauthorized)
    assert found.api_key == Variable("BAD")


def test_refused_key_ends_it_where_nobody_can_be_asked(known: Answers, tmp_path: Path) -> None:
    with pytest.raises(Unauthorized, match="401"):
        ask(replace(known, api_key=Variable("BAD")), tmp_path, may_ask=False)


def test_unreachable_console_brings_the_region_back(sandbox: Sandbox, known: Answers, tmp_path: Path) -> None:
    asked = replace(known, region="http://127.0.0.1:1")
    found, script = ask(asked, tmp_path, ("JumpCloud region", "mars"), ("JumpCloud region", sandbox.jumpcloud_url))
    assert "127.0.0.1:1" in script.complaints[0].message
    assert "us, eu or in" in script.complaints[1].message
    assert found.region == sandbox.jumpcloud_url
    with pytest.raises(Unreachable):
        ask(asked, tmp_path, may_ask=False)


def test_key_of_another_region_is_found_there() -> None:
    def accepts(region: str) -> bool:
        if region == "eu":
            raise Unauthorized("no", service="JumpCloud")
        return True

    assert first_accepting(["eu", "in"], accepts) == "in"
    assert first_accepting(["eu"], accepts) is None


def test_service_account_signs_in(sandbox: Sandbox, known: Answers, tmp_path: Path) -> None:
    account = replace(known, api_key=None)
    found, script = ask(
        account, tmp_path,
        ("Sign in", "3"), ("Sign in", "2"), ("Client id", sandbox.jumpcloud.client_id), ("Secrets from", "1"),
        ("Environment variable", ""), ("JumpCloud client secret", "wrong-secret-000"),
        ("JumpCloud region", ""), ("Client id", ""), ("JumpCloud client secret", sandbox.jumpcloud.client_secret),
    )  # fmt: skip
    assert (found.client_id, found.client_secret) == (sandbox.jumpcloud.client_id, Variable("JUMPCLOUD_CLIENT_SECRET"))
    assert [type(error) for error in script.complaints] == [UsageError, Unauthorized]


def test_one_of_several_organizations_is_chosen(sandbox: Sandbox, known: Answers, tmp_path: Path) -> None:
    sandbox.jumpcloud_knobs.organizations = 3
    found, script = ask(known, tmp_path, ("Organization", "nine"), ("Organization", "1"))
    assert found.org_id == "5f1a00000000000000000001"
    assert any("Subsidiary 2" in line for line in script.told)
    with pytest.raises(OrganizationRequired, match="Subsidiary 3") as several:
        ask(known, tmp_path, may_ask=False)
    assert "--org-id" in str(several.value.hint)


def test_application_that_does_not_exist_is_asked_for_from_a_list(known: Answers, tmp_path: Path) -> None:
    found, script = ask(replace(known, application="1Pass"), tmp_path, ("Application", "Trello"), ("Application", ""))
    assert found.application == "1Password Business"
    assert any("1Password Business  26 users, 5 groups: " in line for line in script.told)
    assert "In scope: 26 users and 5 groups." in script.told
    assert len(script.complaints) == 2


def test_groups_are_chosen_by_number_name_and_pattern(known: Answers, tmp_path: Path) -> None:
    found, script = ask(
        replace(known, application=None), tmp_path, ("Application", "groups"), ("Group", "1"), ("Group", "Nobodies"),
        ("Group", "sales, emea"), ("Group", "Support*"), ("Group", ""),
    )  # fmt: skip
    assert found.application is None
    assert found.groups == ("Engineering", "sales, emea", "Support*")
    assert "Nobodies" in script.complaints[0].message


def test_scope_without_anybody_is_asked_about(known: Answers, tmp_path: Path) -> None:
    answers = ("No user is in scope", "n"), ("Application", "2"), ("No user is in scope", "y")
    found, _ = ask(replace(known, application="Slack"), tmp_path, *answers)
    assert found.application == "Slack"


def test_awkward_labels_are_written_as_ids(sandbox: Sandbox, known: Answers, tmp_path: Path) -> None:
    first, second = sandbox.world.applications
    second["displayLabel"] = first["displayLabel"].upper()
    found, _ = ask(replace(known, application=None), tmp_path, ("Application", "1"))
    assert found.application == first["_id"]


# --- 1Password --------------------------------------------------------------------------------------------------


def test_sign_in_address_is_explained_and_asked_for_again(sandbox: Sandbox, known: Answers, tmp_path: Path) -> None:
    found, script = ask(
        replace(known, scim_url=None), tmp_path, ("SCIM bridge address", "acme.1password.com"),
        ("SCIM bridge address", ""), ("SCIM bridge address", f"{sandbox.bridge_url}/app/status"),
    )  # fmt: skip
    assert "sign-in address" in script.complaints[0].message
    assert found.scim_url == f"{sandbox.bridge_url}/app/status"


@pytest.mark.parametrize("path", ["", "/", "/scim", "/scim/v2/", "/app", "/health", "/Users"])
def test_every_form_of_the_address_works(sandbox: Sandbox, known: Answers, tmp_path: Path, path: str) -> None:
    found, _ = ask(replace(known, scim_url=sandbox.bridge_url + path), tmp_path, may_ask=False)
    assert found.scim_url == sandbox.bridge_url + path


def test_refused_token_and_silent_bridge_bring_their_question_back(
    sandbox: Sandbox, known: Answers, tmp_path: Path
) -> None:
    asked = replace(known, scim_url="http://127.0.0.1:1", token=Variable("BAD"))
    found, script = ask(
        asked, tmp_path, ("SCIM bridge address", sandbox.bridge_url), ("SCIM bridge address", ""),
        ("SCIM bridge's bearer", "sandbox-bridge-token"),
    )  # fmt: skip
    assert [type(error) for error in script.complaints] == [Unreachable, Unauthorized]
    assert "127.0.0.1:1" in script.complaints[0].message
    assert found.token == Variable("BAD")


def test_token_that_another_server_refused_brings_the_address_back(
    sandbox: Sandbox, known: Answers, tmp_path: Path
) -> None:
    found, script = ask(
        replace(known, scim_url=sandbox.jumpcloud_url), tmp_path,
        ("SCIM bridge address", sandbox.bridge_url), ("SCIM bridge's bearer", "sandbox-bridge-token"),
    )  # fmt: skip
    assert [type(error) for error in script.complaints] == [Unauthorized]
    assert found.scim_url == sandbox.bridge_url


def test_provisioning_that_is_off_is_said_and_tried_again(sandbox: Sandbox, known: Answers, tmp_path: Path) -> None:
    sandbox.bridge_knobs.provisioning = False
    script = Script([])
    with pytest.raises(Interrupted):
        interview(desk(script, tmp_path), known, lambda _: NO_CLI)
    assert "provisioning is turned off" in script.complaints[0].message
    assert script.asked == ["SCIM bridge address"]


def test_unknown_owner_is_asked_about(known: Answers, tmp_path: Path) -> None:
    asked = replace(known, protected=("nobody@example.com",))
    answers = ("Keep them", "n"), ("Owners", "not-an-email"), ("Owners", f"{OWNER}, *@partner.example")
    found, script = ask(asked, tmp_path, *answers)
    assert found.protected == (OWNER, "*@partner.example")
    assert any("no account nobody@example.com" in line for line in script.told)


def test_owners_are_proposed_only_if_the_bridge_has_them(known: Answers, tmp_path: Path) -> None:
    says = CliSays(owners=(OWNER.upper(), "boss@elsewhere.example"))
    found, script = ask(replace(known, protected=None), tmp_path, ("Owners", ""), says=says)
    assert found.protected == (OWNER,)
    assert any("boss@elsewhere.example" in line for line in script.told)


def test_groups_of_one_name_come_with_advice(known: Answers, tmp_path: Path) -> None:
    says = CliSays(owners=(), groups=frozenset({"finance", "Engineering", "Owners"}))
    _, script = ask(known, tmp_path, says=says)
    told = "\n".join(script.told)
    assert "1Password has Engineering with the same name" in told
    assert "1Password also has Finance, and provisioning does not see it" in told
    assert "New in 1Password: " in told


# --- the 1Password CLI ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 60", "took longer than"), ("echo not json", "not JSON"), ("echo '{}'", "not a list"),
        ("exit 1", "exit code 1"), ("echo '[null]'", "not a list"), ("yes", "more than 64 kB"),
        ("echo [1,2]", "not a list"),
        ('for i in $(seq 60); do a="$a,{}"; done; echo "[{}$a]"', "lists 61 owners"),
    ],
)  # fmt: skip
def test_cli_that_misbehaves_costs_little_and_is_said(tmp_path: Path, script: str, said: str) -> None:
    program = tmp_path / "op"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    began = time.monotonic()
    with environment_of({"PATH": f"{tmp_path}:{os.environ['PATH']}", "KEY": "x"}):
        found = ask_cli({"KEY"}, patience=1.0)
    assert (found.owners, found.groups) == (None, None)
    assert said in found.remark
    assert time.monotonic() - began < 30, "the minute that it sleeps"


def test_without_a_cli_nothing_is_said(tmp_path: Path) -> None:
    with environment_of({"PATH": str(tmp_path)}):
        assert ask_cli(()) == NO_CLI


# --- receivers and files ----------------------------------------------------------------------------------------


def test_receivers_are_asked_for_one_by_one(known: Answers, tmp_path: Path) -> None:
    found, script = ask(
        replace(known, notify=None), tmp_path, ("Notify", "pigeon"), ("Notify", "slack"), ("Secrets from", "1"),
        ("Environment variable", ""), ("slack webhook", "ftp://nowhere"), ("Environment variable", "HOOK"),
        ("slack webhook", "https://hooks.slack.com/x"), ("Also notify", "exec"),
        ("Program", "/usr/bin/page --team 'a b'"),
        ("Also notify", ""),
    )  # fmt: skip
    assert found.notify == (
        Addressee("slack", Variable("HOOK")),
        Addressee("exec", argv=("/usr/bin/page", "--team", "a b")),
    )
    assert "https://" in script.complaints[1].message


@pytest.mark.parametrize(
    ("kind", "at", "file"),
    [("slack", 0, "slack-webhook"), ("teams", 1, "teams-webhook-2"), ("webhook", 0, "webhook")],
)
def test_file_of_a_receiver_says_what_it_holds(kind: str, at: int, file: str) -> None:
    assert kind_of(kind, at).file == file


def test_receivers_of_the_command_line() -> None:
    assert parse_receivers([]) is None
    assert parse_receivers(["none"]) == ()
    assert parse_receivers(["teams=HOOK", "exec=page me"]) == (
        Addressee("teams", Variable("HOOK")), Addressee("exec", argv=("page", "me")),
    )  # fmt: skip
    for wrong in ("pigeon=HOOK", "slack", "exec=", "exec='"):
        with pytest.raises(ValueError):  # noqa: PT011 - each says something else
            parse_receivers([wrong])


def written(known: Answers, folder: Path, *typed: tuple[str, str]) -> WrittenSetup:
    script = Script(list(typed))
    at = desk(script, folder)
    return write_answers(at, interview(at, known, lambda _: NO_CLI), folder / "jc1p.yaml")


def test_file_that_appears_meanwhile_is_kept_and_nothing_else_is_left(known: Answers, tmp_path: Path) -> None:
    (tmp_path / "jc1p.yaml").write_text("somebody else's")
    with pytest.raises(ConfigError, match="already exists; nothing was written"):
        written(
            replace(known, token=FromFile(Path("token"))), tmp_path, ("SCIM bridge's bearer", "sandbox-bridge-token")
        )
    assert [path.name for path in tmp_path.iterdir()] == ["jc1p.yaml"]
    assert (tmp_path / "jc1p.yaml").read_text() == "somebody else's"


def test_secret_that_is_in_its_file_is_read_and_left_alone(known: Answers, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("sandbox-bridge-token\n")
    done = written(replace(known, token=FromFile(Path("token"))), tmp_path)
    assert done.files == (tmp_path / "jc1p.yaml",)
    assert (tmp_path / "token").read_text() == "sandbox-bridge-token\n"


def test_two_secrets_never_share_a_file(known: Answers, tmp_path: Path) -> None:
    both = replace(known, api_key=FromFile(Path("one")), token=FromFile(Path("./one")))
    done = written(
        both, tmp_path, ("JumpCloud API key", "jca_sandbox"), ("Secrets from", "2"), ("File for the", "./two"),
        ("SCIM bridge's bearer", "sandbox-bridge-token"),
    )  # fmt: skip
    assert [path.name for path in done.files] == ["jc1p.yaml", "one", "two"]
    assert (tmp_path / "one").read_text() == "jca_sandbox\n"


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(UsageError) as lacking:
        refuse_missing(Answers())
    for option in (
        "--region",
        "--api-key-from",
        "--application",
        "--scim-url",
        "--token-from",
        "--protect",
        "--notify",
    ):
        assert option in lacking.value.message


def test_typed_secret_is_hidden_at_once(known: Answers, tmp_path: Path) -> None:
    hidden: list[SecretStr] = []
    at = Desk(Script([("JumpCloud API key", "jca_sandbox")]), True, UNHURRIED, hidden.append, {}, tmp_path)
    with pytest.raises(Interrupted):
        interview(at, known, lambda _: NO_CLI)
    assert [secret.get_secret_value() for secret in hidden] == ["jca_sandbox"]


def test_empty_secret_is_asked_for_again(known: Answers, tmp_path: Path) -> None:
    script = Script(
        [
            ("JumpCloud API key", " "),
            ("Secrets from", "1"),
            ("Environment variable", "KEY"),
            ("JumpCloud API key", "jca_sandbox"),
            ("SCIM bridge's bearer", "sandbox-bridge-token"),
        ]
    )
    interview(Desk(script, True, UNHURRIED, lambda _: None, {}, tmp_path), known, lambda _: NO_CLI)
    assert script.complaints[0].message == "nothing was typed: the JumpCloud API key is missing"


def test_secret_that_is_pasted_at_the_wrong_question_goes_nowhere(known: Answers, tmp_path: Path) -> None:
    typed = [
        ("Sign in", ""), ("Secrets from", "1"), ("Environment variable", "jca_canary77"), ("Environment variable", ""),
        ("JumpCloud API key", "jca_sandbox"),
    ]  # fmt: skip
    found, script = ask(replace(known, api_key=None), tmp_path, *typed)
    assert "jca_canary77" not in str(found) + str([error.message for error in script.complaints])
    typed = [
        ("Sign in", ""),
        ("Secrets from", "2"),
        ("File for", "jca_canary77"),
        ("File for", ""),
        ("JumpCloud", "jca_sandbox"),
    ]
    found, script = ask(replace(known, api_key=None), tmp_path, *typed)
    assert found.api_key == FromFile(Path("jumpcloud-api-key"))
    assert "jca_canary77" not in str(script.complaints[0].message)


def test_programs_get_none_of_the_variables_that_hold_secrets(sandbox: Sandbox, known: Answers, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    program = ("/bin/sh", "-c", f"env > {noted}; echo sandbox-bridge-token")
    asked = replace(known, token=FromCommand(program), notify=(Addressee("slack", Variable("HOOK")),))
    variables = {"KEY": "jca_sandbox", "HOOK": "https://hooks.example.com/canary", "PATH": os.environ["PATH"]}
    with environment_of(variables):
        interview(desk(Script([]), tmp_path, variables, may_ask=False), asked, ask_cli)
    assert "PATH=" in noted.read_text()
    assert "jca_sandbox" not in noted.read_text()
    assert "canary" not in noted.read_text()
