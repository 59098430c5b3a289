"""A run as Markdown that fits into a comment on a pull request: headline, counts, and folded lists.

The most important comes first. What doesn't fit is dropped and counted. markdown_escape.py makes remote text safe.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from jc1p.core.kind_words import LABELS
from jc1p.core.outcomes import Applied, Failed, Outcome, Skipped
from jc1p.core.plan import TAKES_OVER, Change, Held, Kind, PlanWarning
from jc1p.core.plan_comparison import PlanComparison
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode
from jc1p.reports.comparison_words import as_own_record, in_scope
from jc1p.reports.headline import MOODS, SIGNS, ending_of, section_title, sentence
from jc1p.reports.markdown_escape import code, words
from jc1p.reports.phrases import REMOVALS_FIRST, blast_radius, count_of, failing, quoted, shown_differences
from jc1p.reports.way_out import finding_lines, way_out

COMMENT_LIMIT = 60_000
"""Bytes of UTF-8: below the limits of the known forges' comments, however they count."""

MEMBERS_SHOWN = 30
FOLDED_FROM = 6
ROOM_FOR_NOTE, ROOM_FOR_MORE = 200, 40
"""Reserved for the note about cut text, and for the line "and N more" of each section."""


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A heading in our own words, and independent lines."""

    title: str
    lines: Sequence[str]
    is_open: bool = False


def render_markdown(record: RunRecord, exit_code: ExitCode, *, limit: int = COMMENT_LIMIT) -> str:
    """The whole report in at most `limit` bytes of UTF-8; a note says what was cut."""
    head = list(head_lines(record, exit_code))
    sections = [section for section in sections_of(record) if section.lines]
    foot = ["", foot_line(record, exit_code)]
    room = limit - size([*head, *foot]) - ROOM_FOR_NOTE
    shares = share_out(room, sections)
    shown = [line for section, share in zip(sections, shares, strict=True) for line in section_lines(section, share)]
    cut = sum(len(section.lines) - share for section, share in zip(sections, shares, strict=True))
    note = [
        "",
        f"**Shortened: {count_of(cut, 'line')} not shown.** See `--report FILE.html` or `--output json` for all.",
    ]
    return "\n".join([*head, *(note if cut else ()), *shown, *foot]) + "\n"


# --- the parts ----------------------------------------------------------------------------------------------


def head_lines(record: RunRecord, exit_code: ExitCode) -> Iterator[str]:
    """Headline, the error that ended the run, and the counts."""
    ending = ending_of(record, exit_code)
    # File names in it come from the command line.
    told = words(sentence(record, exit_code)) if record.comparison else sentence(record, exit_code)
    yield f"### {SIGNS[MOODS[ending]]} jc1p {words(record.command)}: {told}"
    if sides := sides_line(record):
        yield from ("", sides)
    if record.error:
        yield ""
        lines = [line for line in record.error.message.split("\n") if line.strip()]
        yield f"**{words(lines[0] if lines else record.error.code)}**"
        if record.error.hint:
            yield ""
            yield " ".join(words(line) for line in record.typed(record.error.hint).split("\n"))
    if record.comparison:
        yield from ("", *comparison_rows(record.comparison))
        return
    if record.plan and not record.plan.is_empty:
        yield from ("", "| change | count |", "|---|---:|")
        yield from (f"| {row} | {count:,} |" for row, count in count_rows(record))
    if record.plan:
        yield ""
        yield standing_line(record)


def sides_line(record: RunRecord) -> str:
    """The organization and the bridge, if they are known."""
    return " → ".join(f"{side} {code(name)}" for side, name in record.sides)


def count_rows(record: RunRecord) -> Iterator[tuple[str, int]]:
    """Each kind in the plan, in words, with its number."""
    counts = record.plan.counts() if record.plan else {}
    for kind in REMOVALS_FIRST:
        if counts.get(kind):
            yield LABELS[kind], counts[kind]


def standing_line(record: RunRecord) -> str:
    plan = record.plan
    if plan is None:
        return ""
    parts = [f"{count_of(plan.unchanged_users, 'user')} unchanged"]
    parts += [count_of(plan.unowned_users, "unmanaged account")]
    parts += [f"{plan.excluded_users:,} excluded"] if plan.excluded_users else []
    parts += [f"**{len(plan.held):,} held**"] if plan.held else []
    if record.verdict:
        parts.append(f"{'within all safety limits' if record.verdict.allowed else '**blocked by a safety limit**'}")
    return ", ".join(parts) + "."


def sections_of(record: RunRecord) -> Iterator[ReportSection]:
    """All lists, the most important first."""
    if record.error:
        yield ReportSection(
            "More of the error", [item(line) for line in more_lines(record.error.message)], is_open=True
        )
    if record.comparison:
        yield from comparison_sections(record, record.comparison)
        return
    if record.verdict:
        refusals = [item(line) for finding in record.verdict.findings for line in finding_lines(finding.message)]
        refusals += [item(record.typed(line)) for line in way_out(record)]
        yield ReportSection("Blocked by a safety limit", refusals, is_open=True)
    if record.report:
        yield ReportSection("Failed, skipped and noted", [*outcome_lines(record.report.outcomes)], is_open=True)
    plan = record.plan
    if plan:
        for kind in REMOVALS_FIRST:
            changes, radius = plan.of_kind(kind), blast_radius(plan, kind)
            title = section_title(record, kind, len(changes)) + (f" ({radius})" if radius else "")
            yield ReportSection(title, [change_line(change) for change in changes])
        held = [held_line(each._replace(reason=record.typed(each.reason))) for each in plan.held]
        yield ReportSection(f"Held, {len(held):,}", held)
    warnings = [warning_line(each._replace(message=record.typed(each.message))) for each in record.concerns]
    is_open = any(each.code == TAKES_OVER for each in record.warnings)
    yield ReportSection(count_of(len(warnings), "warning").capitalize(), warnings, is_open=is_open)
    notes = [warning_line(each) for each in record.notes]
    yield ReportSection(count_of(len(notes), "note").capitalize(), notes)


def comparison_rows(comparison: PlanComparison) -> Iterator[str]:
    """Both configurations, one row each."""
    yield from ("| | configuration | in scope | changes | held | safety limits |", "|---|---|---|---:|---:|---|")
    for which, side in (("this", comparison.this), ("other", comparison.other)):
        verdict = "kept" if side.verdict.allowed else "**exceeded**"
        counts = f"{len(side.plan.changes):,} | {len(side.plan.held):,}"
        yield f"| {which} | {code(side.file)} | {in_scope(side)} | {counts} | {verdict} |"


def comparison_sections(record: RunRecord, comparison: PlanComparison) -> Iterator[ReportSection]:
    """What only one of the two plans has, the proposal first."""
    for which, side in zip(("the other", "this"), comparison.sides, strict=True):
        findings = [item(line) for finding in side.verdict.findings for line in finding_lines(finding.message)]
        yield ReportSection(f"Blocked by a safety limit under {which} configuration", findings, is_open=True)
        for section in sections_of(as_own_record(record, side)):
            yield replace(section, title=f"Only under {which} configuration: {section.title}")


def more_lines(message: str) -> list[str]:
    """The further lines of an error, after the first one with text."""
    return [line for line in message.split("\n") if line.strip()][1:]


def item(text: str) -> str:
    return f"- {words(text)}"


def change_line(change: Change) -> str:
    parts = [words(change.reason)]
    if change.kind is Kind.CREATE_USER:
        parts.insert(0, code(quoted(change.attributes["displayName"].after)))
    if change.kind is not Kind.LINK_USER:
        parts += [
            f"{code(name)} {code(quoted(difference.before))} → {code(quoted(difference.after))}"
            for name, difference in shown_differences(change)
        ]
    line = f"- {code(change.subject)}: {', '.join(parts)}"
    if change.members:
        shown = " ".join(code(member.email) for member in change.members[:MEMBERS_SHOWN])
        rest = len(change.members) - MEMBERS_SHOWN
        more = f" and {rest:,} more" if rest > 0 else ""
        line += f"; {count_of(len(change.members), 'member')}: {shown}{more}"
    return line


def outcome_lines(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """What failed or was skipped, then what was applied with a note."""
    for outcome in outcomes:
        who = f"- {code(outcome.change.subject)}: {LABELS[outcome.change.kind].lower()}"
        match outcome:
            case Failed():
                yield f"{who} **{failing(outcome)}**: {words(outcome.error.message)}"
            case Skipped():
                yield f"{who} **skipped**: {words(outcome.reason)}"
            case Applied(note=str(note)):
                yield f"{who}: {words(note)}"
            case Applied():
                pass


def held_line(held: Held) -> str:
    who, what = code(held.user or held.group or ""), LABELS[held.kind].lower()
    return f"- {who}: {what} ({words(held.reason)}) {code(held.code)}"


def warning_line(warning: PlanWarning) -> str:
    return f"- {code(warning.subject)}: {words(warning.message)}"


def foot_line(record: RunRecord, exit_code: ExitCode) -> str:
    ended = f"exit code {exit_code}"
    if record.requests:
        ended += f", {record.requests.jumpcloud:,} JumpCloud and {record.requests.onepassword:,} 1Password requests"
    said = f", by {code(record.actor)}" if record.actor else ""
    said += f", reference {code(record.reference)}" if record.reference else ""
    return f"<sub>Run {code(record.run_id)}, {record.created_at:%Y-%m-%d %H:%M} UTC{said}, {ended}.</sub>"


# --- fitting ------------------------------------------------------------------------------------------------


def size(lines: Iterable[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def share_out(room: int, sections: Sequence[ReportSection]) -> list[int]:
    """How many lines of each section fit: small sections whole, the large ones share the rest."""
    shares = [0] * len(sections)
    room -= sum(size(wrapped(section, [])) + ROOM_FOR_MORE for section in sections)
    by_size = sorted(range(len(sections)), key=lambda at: size(sections[at].lines))
    for position, at in enumerate(by_size):
        left = room // (len(by_size) - position)
        for line in sections[at].lines:
            needed = len(line.encode()) + 1
            if needed > left:
                break
            left, room = left - needed, room - needed
            shares[at] += 1
    return shares


def section_lines(section: ReportSection, count: int) -> list[str]:
    """A section with its first `count` lines, folded if it is long."""
    shown = list(section.lines[:count])
    rest = len(section.lines) - count
    if rest:
        shown.append(f"- and {rest:,} more")
    return wrapped(section, shown)


def wrapped(section: ReportSection, shown: Sequence[str]) -> list[str]:
    if section.is_open or len(section.lines) < FOLDED_FROM:
        return ["", f"**{section.title}**", "", *shown]
    return ["", f"<details><summary>{section.title}</summary>", "", *shown, "", "</details>"]
