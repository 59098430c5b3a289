"""A run as one self-contained HTML page, which an admin can send to people without a terminal.

It loads nothing from the network. A strict policy in its head enforces this: only its own style and script, named by
their digests, are allowed. Without the script the page is still complete. Lists are in lists.py, the picture in
chart.py.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from importlib.resources import files

from jc1p import __version__
from jc1p.core.commands import command_of
from jc1p.core.outcomes import Ending
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode
from jc1p.reports.headline import MOODS, Mood, badge_of, ending_of, is_blocked, sentence
from jc1p.reports.html.chart import pictures
from jc1p.reports.html.comparison import comparison_parts
from jc1p.reports.html.lists import filter_form, lists, tiles, troubles, with_code
from jc1p.reports.html.markup import Markup, element, remote, verbatim
from jc1p.reports.phrases import count_of
from jc1p.reports.way_out import finding_lines, way_out

MARKS = {Mood.GOOD: "✓", Mood.CHANGE: "•", Mood.CARE: "!", Mood.BAD: "✗"}


def render_html(record: RunRecord, exit_code: ExitCode) -> str:
    """The whole page."""
    ending = ending_of(record, exit_code)
    told = sentence(record, exit_code)
    return whole_page(
        f"jc1p {record.command}: {told}, {record.created_at:%Y-%m-%d}",
        element("a", "Skip to the report", class_="skip", href="#report"),
        element("div", top(record, exit_code, ending, told), class_=f"band {MOODS[ending]}"),
        element("main", *main_parts(record), id="report"),
        element("footer", *foot(record)),
    )


def whole_page(title: str, *parts: Markup) -> str:
    """A page of these parts, with the one style and the one script that its policy allows."""
    style, script = read_part("report.css"), read_part("report.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        verbatim("style", style),
    )
    body = element("body", *parts, verbatim("script", script))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def read_part(name: str) -> str:
    return files("jc1p.reports.html").joinpath(name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """The page's policy: show its own style, run its own script, and nothing else."""
    return (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    """A source in the policy: the only text that is allowed."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def top(record: RunRecord, exit_code: ExitCode, ending: Ending, told: str) -> Markup:
    badge = f"{MARKS[MOODS[ending]]} {badge_of(record, ending)}"
    return header(record.command, told[:1].upper() + told[1:], badge, facts(record, exit_code))


def header(command: str, title: str, badge: str, known: Iterable[Markup]) -> Markup:
    """The bar at the top: the command, its result, and known facts."""
    mark = element(
        "svg",
        element("path", class_="mark", d="M4 8h13l-4-4M20 16H7l4 4"),
        viewBox="0 0 24 24", aria_hidden="true",
    )  # fmt: skip
    return element(
        "header",
        element("p", mark, f"jc1p {command}", class_="brand"),
        element("div", element("h1", title), element("span", badge, class_="badge"), class_="title"),
        element("dl", *known, class_="facts"),
    )


def facts(record: RunRecord, exit_code: ExitCode) -> Iterator[Markup]:
    """Facts about the run as a whole."""
    yield from facts_of_reading(record)
    command = command_of(record.command)
    could_change = command is not None and command.may_change
    yield fact("Command", f"{record.command}{' --dry-run' if record.dry_run and could_change else ''}")
    yield fact("Run", record.run_id or "none")
    if record.actor:
        yield fact("Run by", record.actor)
    if record.reference:
        yield fact("Reference", record.reference)
    yield fact("Exit code", str(exit_code))
    if record.duration_s is not None:
        yield fact("Took", f"{record.duration_s:,.1f} s")
    if record.verdict and not record.comparison:
        yield fact("Safety limits", "exceeded" if is_blocked(record) else "kept")


def facts_of_reading(record: RunRecord) -> Iterator[Markup]:
    """Which sides were read, and when."""
    yield from (fact(side, remote(name)) for side, name in record.sides)
    when = element(
        "time",
        f"{record.created_at.day} {record.created_at:%B %Y, %H:%M} UTC",
        datetime=f"{record.created_at:%Y-%m-%dT%H:%M:%SZ}",
    )
    yield fact("When", when)


def fact(name: str, value: str) -> Markup:
    return element("div", element("dt", name), element("dd", value))


def main_parts(record: RunRecord) -> Iterator[Markup]:
    """Everything between the headline and the footer, the most important first."""
    if record.error:
        yield notice("Error", [*record.error.message.split("\n")], record.typed(record.error.hint or ""))
    if record.comparison:
        yield from comparison_parts(record, record.comparison)
        yield from reading(record)
        return
    if record.verdict and is_blocked(record):
        findings = [line for finding in record.verdict.findings for line in finding_lines(finding.message)]
        yield notice("Blocked by a safety limit", findings, "\n".join(map(record.typed, way_out(record))) or None)
    yield from troubles(record)
    yield from pictures(record)
    yield from tiles(record)
    yield filter_form(record)
    yield from lists(record)
    yield from reading(record)


def notice(title: str, lines: list[str], hint: str | None) -> Markup:
    said = [line for line in lines if line.strip()]
    many = element("ul", *(element("li", with_code(line)) for line in said))
    return element(
        "section",
        element("h2", title),
        element("p", with_code(said[0])) if len(said) == 1 else many,
        *(element("p", with_code(line), class_="muted") for line in (hint or "").split("\n") if line),
        class_="card notice bad", aria_label=title,
    )  # fmt: skip


def reading(record: RunRecord) -> Iterator[Markup]:
    """Both sides as they were read."""
    source, target, plan = record.source, record.target, record.plan
    if source is None or target is None or plan is None:
        return
    in_scope = both_of(source.in_scope_users, source.in_scope_groups)
    told = [
        f"JumpCloud had {both_of(source.users, source.groups)}, of which {in_scope} are in scope.",
        f"1Password had {count_of(target.users, 'account')} and {count_of(target.groups, 'group')}.",
        f"Unchanged: {both_of(plan.unchanged_users, plan.unchanged_groups)}.",
        f"Not changed: {count_of(plan.unowned_users, 'unmanaged account')}.",
        *([f"Excluded by the scope: {count_of(plan.excluded_users, 'account')}."] if plan.excluded_users else []),
    ]
    if not target.complete:
        told.append("1Password could not be read completely: jc1p suspends and removes nothing until it can.")
    if not target.memberships_visible and target.groups:
        told.append("The bridge does not show group members.")
    if record.requests:
        told.append(
            f"{count_of(record.requests.jumpcloud, 'request')} to JumpCloud, "
            f"{count_of(record.requests.onepassword, 'request')} to 1Password."
        )
    title = "What was read"
    yield element("section", element("h2", title), *(element("p", line) for line in told),
                  class_="card", aria_label=title)  # fmt: skip


def both_of(people: int, groups: int) -> str:
    return f"{count_of(people, 'user')} and {count_of(groups, 'group')}"


def foot(record: RunRecord) -> Iterator[Markup]:
    yield element(
        "p", f"Created by jc1p {__version__}. This report contains names and emails of users: share it with care."
    )
    if record.fingerprint:
        yield element("p", "Fingerprint of the plan: ", element("code", record.fingerprint))
    yield element(
        "p",
        "No account is ever deleted: a suspended account keeps its vaults and can be reactivated. "
        "A match changes nothing in 1Password.",
    )
