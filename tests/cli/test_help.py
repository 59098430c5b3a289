"""Help that fits the terminal and can be copied, and command names of other tools that lead to ours."""

import ast
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p

import jc1p.cli.commands as command_modules
from jc1p.cli.usage.examples import EXAMPLES
from jc1p.cli.usage.help import DOCUMENTATION, GROUPS, HelpfulCommand, HelpfulGroup
from tools.docs.tree import mistake_in, root

REPOSITORY = Path(__file__).parents[2]
PYTHON = re.compile(r"<\w+>|list\[|\bPath\b|\{(?!command:)\w|\}\.\.\.|\bNone\b|\bINTEGER\b")
"""Python types and typer's notation in help."""


def every_command(here: Any = None, name: str = "") -> dict[str, Any]:
    here = here or root()
    found = {name: here}
    for word, child in getattr(here, "commands", {}).items():
        found |= every_command(child, f"{name} {word}".strip())
    return found


COMMANDS = every_command()


@pytest.mark.parametrize("name", COMMANDS, ids=lambda name: name or "jc1p")
def test_help_of_every_command_is_for_admins_and_ends_with_exit_codes_and_docs(name: str) -> None:
    done = jc1p(*name.split(), "--help", environment={"COLUMNS": "80"})
    assert done.code == 0
    assert isinstance(COMMANDS[name], HelpfulCommand | HelpfulGroup)
    assert not PYTHON.findall(done.out)
    assert max(map(len, done.out.splitlines())) <= 80
    codes, docs = done.out.index("\nExit codes\n  0 "), done.out.index("\nDocumentation\n")
    assert codes < docs
    assert done.out[docs:].strip() == f"Documentation\n  {DOCUMENTATION}"


@pytest.mark.parametrize("name", COMMANDS, ids=lambda name: name or "jc1p")
def test_every_option_and_argument_says_what_it_is_for(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert (parameter.help or "").strip().endswith((".", ")")), parameter.opts


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_help_breaks_between_words_at_every_width(columns: int) -> None:
    words = set(jc1p("sync", "--help", environment={"COLUMNS": "200"}).out.split())
    assert set(jc1p("sync", "--help", environment={"COLUMNS": str(columns)}).out.split()) == words


def test_commands_stand_in_groups_in_their_order() -> None:
    text = jc1p("--help").out
    shown = re.findall(r"^  (\w+)  ", text[text.index("Everyday\n") : text.index("Options\n")], re.MULTILINE)
    known = [name for names in GROUPS.values() for name in names]
    assert [name for name in shown if name in known] == [name for name in known if name in COMMANDS]
    assert sorted(shown) == sorted(root().commands)


MAIN = ["", *root().commands]


@pytest.mark.parametrize("name", MAIN, ids=lambda name: name or "jc1p")
def test_main_command_has_three_examples(name: str) -> None:
    assert len(EXAMPLES.get(name, ())) == 3
    shown = jc1p(*name.split(), "--help").out
    assert all(f"\n  $ {example}\n" in shown for example in EXAMPLES[name])


@pytest.mark.parametrize("example", [each for examples in EXAMPLES.values() for each in examples])
def test_example_parses(example: str) -> None:
    program, *words = shlex.split(example)
    assert (program, mistake_in(words)) == ("jc1p", "")


def test_examples_are_of_commands_that_exist() -> None:
    assert EXAMPLES.keys() <= COMMANDS.keys()


def test_documentation_is_where_help_says() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    address = project.get("urls", {}).get("Documentation", "")
    paths = DOCUMENTATION.removeprefix(address).split(", ")
    assert all((REPOSITORY / path).is_file() for path in paths) if not address else DOCUMENTATION.startswith(address)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("validate", "jc1p config check"),
        ("lint", "jc1p config check"),
        ("login", "jc1p doctor"),
        ("auth", "jc1p doctor"),
        ("ls", "jc1p users list"),
        ("undo", "jc1p rollback"),
        ("diff", "jc1p plan"),
        ("run", "jc1p sync"),
        ("log", "jc1p history"),
        ("unpause", "jc1p resume"),
        ("explain", "jc1p why"),
        ("get users", "jc1p users list"),
        ("enable", "jc1p resume"),
        ("uninstall", "docs/set-up.md"),
        ("config validate", "jc1p config check"),
        ("config lint", "jc1p config check"),
        ("config view", "jc1p config show"),
        ("config get", "jc1p config show"),
    ],
)
def test_command_of_another_tool_leads_to_ours(typed: str, meant: str) -> None:
    done = jc1p(*typed.split())
    assert (done.code, meant in done.err) == (2, True)
    assert "Did you mean" not in done.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("users list --json", "--output json"),
        ("sync --format json", "--output json"),
        ("sync --auto-approve", "--yes"),
        ("sync --force", "--yes"),
        ("sync --check", "--dry-run"),
        ("sync -n", "--dry-run"),
        ("plan -out=x.json", "--out FILE"),
        ("plan -out x.json", "--out FILE"),
        ("drift -detailed-exitcode", "jc1p plan --detailed-exitcode"),
        ("sync -f other.yaml", "--config FILE"),
        ("sync --no-interactive", "--yes"),
    ],
)
def test_option_of_another_tool_leads_to_ours(typed: str, meant: str) -> None:
    done = jc1p(*typed.split())
    assert (done.code, f"`{meant}`" in done.err) == (2, True), done.err
    assert "Possible options" not in done.err


@pytest.mark.parametrize("typed", ["history -n 5", "drift --check", "history --force", "it's"])
def test_no_option_is_suggested_that_the_command_does_not_have(typed: str) -> None:
    done = jc1p(*typed.split())
    assert (done.code, "Use `" in done.err, "bug" in done.err) == (2, False, False)


def test_log_options_say_what_they_are_without_them() -> None:
    shown = " ".join(jc1p("sync", "--help").out.split())
    assert "Log level. Default: warning. [JC1P_LOG_LEVEL]" in shown
    assert "Log format. Default: text. [JC1P_LOG_FORMAT]" in shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("users", "error: jc1p users needs a command: list, show\n"
         "hint: For example `jc1p users list`. See `jc1p users --help`.\n"),
        ("config", "error: jc1p config needs a command: init, check, show, schema\n"
         "hint: For example `jc1p config init`. See `jc1p config --help`.\n"),
        ("why", "error: Missing argument 'EMAIL_OR_GROUP'.\n"
         "hint: For example `jc1p why ada@example.com`. See `jc1p why --help`.\n"),
        ("doctor -c", "error: Option '-c' requires an argument.\nhint: See `jc1p doctor --help`.\n"),
        ("-c", "error: Option '-c' requires an argument.\nhint: See `jc1p --help`.\n"),
        ("groups show Human Resources", "error: Unexpected argument 'Resources'.\n"
         "hint: Put quotes around a name with spaces. See `jc1p groups show --help`.\n"),
        ("plan other.yaml", "error: Unexpected argument 'other.yaml'.\nhint: See `jc1p plan --help`.\n"),
        ("plan -q -v", "error: --quiet and --verbose exclude each other\nhint: See `jc1p plan --help`.\n"),
        ("sandbox fault", "error: Missing argument 'KIND'.\nhint: See `jc1p sandbox fault --help`.\n"),
    ],
)  # fmt: skip
def test_command_line_that_stops_too_early_says_how_it_goes_on(typed: str, said: str) -> None:
    done = jc1p(*typed.split())
    assert (done.code, done.out, done.err) == (2, "", said)


@pytest.mark.parametrize(
    "line",
    [
        "history --limit 3 show x", "history -o json show x", "sandbox --users 50 day", "sandbox --seed 2 confirm",
        "import --dry-run", "import --yes", "import --accept a@example.com", "import --user a@example.com",
    ],
)  # fmt: skip
def test_option_that_would_have_no_effect_is_refused(line: str) -> None:
    done = jc1p(*line.split())
    assert (done.code, "no effect before" in done.err or "goes with" in done.err) == (2, True)


def test_every_option_is_read_by_its_command() -> None:
    unread: dict[str, set[str]] = {}
    for file in sorted(Path(*command_modules.__path__).glob("*.py")):
        for made in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(made, ast.FunctionDef):
                takes = {each.arg for each in (*made.args.args, *made.args.kwonlyargs)}
                read = {name.id for each in made.body for name in ast.walk(each) if isinstance(name, ast.Name)}
                unread |= {f"{file.name} {made.name}": takes - read} if takes - read else {}
    assert unread == {}
