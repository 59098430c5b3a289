"""`jc1p import --link --group NAME`: show which links of groups move, ask, and move them."""

from collections.abc import Callable, Sequence

from rich.text import Text

from jc1p.cli.actions.read_both import Surveyed, survey_again
from jc1p.cli.session import Session, fail
from jc1p.cli.terminal.question import confirm
from jc1p.cli.terminal.stop_signals import TIME_TO_FINISH, stop_on_signals
from jc1p.cli.usage.options import Output
from jc1p.core.attributes import listed
from jc1p.errors import ExitCode, Interrupted, Jc1pError, PlanMoved, in_our_words
from jc1p.queries.group_moves import GroupMove, group_moves
from jc1p.reports.group_moves import FAILED, LINKED, PLANNED, STATE_ONLY, UNCHANGED, move_lines, move_values
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import count_of
from jc1p.sync.real_run import move_group_links

Moved = list[tuple[GroupMove, str]]
DONE = {LINKED, STATE_ONLY}


async def move_links(here: Session, both: Surveyed, names: Sequence[str], *, writes: bool, ask: bool) -> None:
    """Move the links of these 1Password groups; what was moved before an error is shown."""
    moves = group_moves(both.situation, names)
    found: Moved = [(move, UNCHANGED if move.is_done else PLANNED) for move in moves]
    waiting = [move for move in moves if not move.is_done]
    if not writes or not waiting:
        show(here, found)
        return
    if ask:
        print_lines(here.err, [*move_lines(found), Text("No member changes; the next plan shows what follows.")])
        with both.context.deadline.not_counting():
            is_stale = confirm(here.err, f"Move {count_of(len(waiting), 'link')}?", here.terminal)
        if is_stale and group_moves(await survey_again(here, both), names) != moves:
            raise PlanMoved(
                f"{listed(names)} changed while the question was open; no link was moved",
                hint="Run the command again and check the groups.",
            )

    def note(move: GroupMove, is_kept: bool | None) -> None:  # noqa: FBT001 - called back with what 1Password shows
        found[moves.index(move)] = (move, FAILED if is_kept is None else LINKED if is_kept else STATE_ONLY)

    why: Jc1pError | None = None
    try:
        why = await move_in_time(both, waiting, note)
    except Exception as error:  # noqa: BLE001 - in any case, show what was done
        why = in_our_words(error)
    show(here, found)
    if why:
        is_in_part = any(status in DONE for _, status in found) and not isinstance(why, Interrupted)
        here.exit_code = ExitCode.IN_PART if is_in_part else None
        fail(here, why)


async def move_in_time(
    both: Surveyed, moves: Sequence[GroupMove], note: Callable[[GroupMove, bool | None], None]
) -> Jc1pError | None:
    """Move each link; returns why the rest of them was not tried. Raises Jc1pError."""
    deadline = both.context.deadline
    with stop_on_signals(grace=TIME_TO_FINISH) as stop:
        async with deadline.ending(grace=TIME_TO_FINISH):
            return await move_group_links(
                moves, both.clients, both.context, note, lambda: stop.reason or deadline.why_over()
            )


def show(here: Session, found: Moved) -> None:
    here.body = {**(here.body or {}), "group_links": [move_values(move, status) for move, status in found]}
    if here.output is Output.TEXT and not (here.common.quiet and all(status == UNCHANGED for _, status in found)):
        done = sum(status in DONE for _, status in found)
        print_lines(here.out, [*move_lines(found), Text(f"{count_of(done, 'link')} moved.")])
