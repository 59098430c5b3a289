import pytest
import typer

from jc1p.cli.hooks import FinishedCommand, Hook
from jc1p.cli.session import fail, session
from jc1p.cli.usage.options import Common, Output
from jc1p.errors import StateUnavailable


def run(*hooks: Hook) -> int:
    with pytest.raises(typer.Exit) as ended, session("sync", Common(), Output.TEXT, dry_run=True) as here:
        here.hooks.extend(hooks)
    return ended.value.exit_code


def test_everybody_is_told_the_exit_code_of_the_run() -> None:
    told: list[int] = []
    assert (
        run(
            Hook("a", lambda finished: told.append(finished.exit_code)),
            Hook("b", lambda finished: told.append(finished.exit_code)),
        )
        == 0
    )
    assert told == [0, 0]


def test_what_ended_the_run_is_not_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: FinishedCommand) -> None:
        raise StateUnavailable("cannot use the state folder")

    def run_and_fail() -> None:
        with session("sync", Common(), Output.TEXT, dry_run=True) as here:
            here.hooks.append(Hook("the record", fail))
            raise StateUnavailable("cannot use the state folder")

    with pytest.raises(typer.Exit):
        run_and_fail()
    assert capsys.readouterr().err.count("cannot use the state folder") == 1


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyError("x"), KeyboardInterrupt()])
def test_who_can_not_be_told_keeps_neither_the_others_nor_the_result(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[int] = []

    def break_down(_: FinishedCommand) -> None:
        raise error

    assert run(Hook("the report x.html", break_down), Hook("b", lambda finished: told.append(finished.exit_code))) == 0
    assert told == [0]
    assert "warning: the report x.html: " in capsys.readouterr().err


def test_one_reason_that_fails_twice_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """As a full disk does: it stops the changes, and then the end of the journal can't be written either."""

    def fail_twice() -> None:
        with session("sync", Common(), Output.TEXT, dry_run=False) as here:
            fail(here, StateUnavailable("cannot write the journal"))
            raise StateUnavailable("cannot write the journal")

    with pytest.raises(typer.Exit):
        fail_twice()
    assert capsys.readouterr().err.count("cannot write the journal") == 1
