"""The setup from its first question to the files, in an order that suits an admin."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from jc1p.config import load_config
from jc1p.config.secrets import FromFile
from jc1p.errors import UsageError
from jc1p.setup.answers import Answers, missing
from jc1p.setup.jumpcloud_questions import choose_scope, log_in
from jc1p.setup.new_files import write_files
from jc1p.setup.notify_questions import choose_receivers
from jc1p.setup.onepassword_questions import choose_owners, reach_bridge, tell_groups
from jc1p.setup.op_cli import CliSays
from jc1p.setup.places import Variable
from jc1p.setup.questions import Desk
from jc1p.setup.secret_questions import located, note_variables, withheld
from jc1p.setup.starter import config_text

AskCli = Callable[[Collection[str]], CliSays]


@dataclass(frozen=True, slots=True)
class WrittenSetup:
    """What was written, and the variables that have to be set, with their values for this process only."""

    answers: Answers
    files: tuple[Path, ...]
    variables: Mapping[str, str]


def refuse_missing(answers: Answers) -> None:
    """Raises UsageError that names every missing answer."""
    if lacking := list(missing(answers)):
        lines = "\n".join(f"  {line}" for line in lacking)
        raise UsageError(
            f"{len(lacking)} answers are missing, and there is no terminal to ask on:\n{lines}",
            hint="WHERE is a variable's name, a path, op://vault/item/field or {command: [program, argument]}.",
        )


def interview(desk: Desk, answers: Answers, ask_cli: AskCli) -> Answers:
    """All answers, each tried. Raises Jc1pError if an answer fails and there is no terminal."""
    receivers = [receiver.place for receiver in answers.notify or ()]
    note_variables(desk, [answers.api_key, answers.client_secret, answers.token, *receivers])
    answers, login = log_in(desk, answers)
    answers, desired = choose_scope(desk, answers, login)
    answers, bridge = reach_bridge(desk, answers)
    says = ask_cli(withheld(desk))
    tell_groups(desk, desired, bridge, says)
    answers = choose_owners(desk, answers, bridge, says)
    return choose_receivers(desk, answers)


def write_answers(desk: Desk, answers: Answers, path: Path) -> WrittenSetup:
    """Write the files of typed secrets, then the configuration. Raises ConfigError; all or nothing."""
    text, variables = config_text(answers), typed_variables(desk)
    load_config(path, {**desk.environment, **variables}, text=text)
    secrets = {
        located(desk, place): desk.values[key].get_secret_value() + "\n"
        for key, place in desk.typed.items()
        if isinstance(place, FromFile)
    }
    write_files({**secrets, path: text})
    return WrittenSetup(answers, (path, *secrets), variables)


def typed_variables(desk: Desk) -> dict[str, str]:
    """The variables of the secrets that were typed."""
    typed = {place.name: key for key, place in desk.typed.items() if isinstance(place, Variable)}
    return {name: desk.values[key].get_secret_value() for name, key in typed.items()}
