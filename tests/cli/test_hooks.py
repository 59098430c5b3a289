import pytest
import typer

from jc1p.cli.hooks import Teller
from jc1p.cli.options import Common, Output
from jc1p.cli.session import Session, session


def run(*tellers: Teller) -> int:
    with pytest.raises(typer.Exit) as ended, session("sync", Common(), Output.TEXT, dry_run=True) as here:
        here.tellers.extend(tellers)
    return ended.value.exit_code


def test_everybody_is_told_the_exit_code_of_the_run() -> None:
    told: list[int] = []
    assert run(Teller("a", lambda _, code: told.append(code)), Teller("b", lambda _, code: told.append(code))) == 0
    assert told == [0, 0]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyError("x"), KeyboardInterrupt()])
def test_who_can_not_be_told_keeps_neither_the_others_nor_the_result(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[int] = []

    def break_down(_: Session, __: int) -> None:
        raise error

    assert run(Teller("the report x.html", break_down), Teller("b", lambda _, code: told.append(code))) == 0
    assert told == [0]
    assert "warning: the report x.html: " in capsys.readouterr().err
