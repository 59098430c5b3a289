"""A Notice in the format of each receiver: text, Slack's payload, Teams' adaptive card, the JSON document.

Text from outside (names, quoted answers) is data in all of them: it can't become a mention, link, markup or line.
"""

import re
from collections.abc import Mapping
from typing import Any

from jc1p import __version__
from jc1p.core.outcomes import Applied, Failed, Skipped
from jc1p.core.run_record import RunRecord
from jc1p.document.render import error_of
from jc1p.errors import ExitCode
from jc1p.notify.incidents import Decision
from jc1p.notify.messages import Notice, Surroundings

FORMAT_VERSION = 1
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
CARD = "application/vnd.microsoft.card.adaptive"
MENTION = re.compile(r"(?<![A-Za-z0-9._%+-])@(?=\w)")


def as_text(notice: Notice) -> str:
    """Plain text with lines."""
    return "\n".join(
        [
            notice.title, *(f"{name}: {said}" for name, said in notice.facts),
            *([f"Error: {notice.quote}"] if notice.quote else []), *(f"- {each}" for each in names_of(notice)),
            f"Next: {notice.next_step}",
        ]
    )  # fmt: skip


def names_of(notice: Notice) -> list[str]:
    return [*notice.names, *([f"and {notice.names_left_out} more"] if notice.names_left_out else [])]


def as_slack(notice: Notice) -> dict[str, Any]:
    """The payload of Slack's webhooks and compatible ones. Text alone: not all of those know blocks."""
    lines = [
        f"*{slack(notice.title)}*", *(f"{name}: {code(said)}" for name, said in notice.facts),
        *([code(notice.quote)] if notice.quote else []), *(f"• {code(each)}" for each in names_of(notice)),
        f"Next: {slack(notice.next_step)}",
    ]  # fmt: skip
    return {"text": "\n".join(lines), "unfurl_links": False, "unfurl_media": False}


def slack(text: str) -> str:
    """Slack reads <...> as links and mentions; Mattermost reads an @ at the start of a word as a mention."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return MENTION.sub("@\u200b", escaped)


def code(text: str) -> str:
    """Inside backticks nothing is markup and no address becomes a link."""
    return f"`{slack(text.replace('`', chr(0x2019)))}`"


def as_teams(notice: Notice) -> dict[str, Any]:
    """An adaptive card in the envelope of Workflows. Only text runs, which don't interpret Markdown."""
    lines = [line(said, label=f"{name}: ") for name, said in notice.facts]
    lines += [line(notice.quote)] if notice.quote else []
    lines += [line(f"• {each}") for each in names_of(notice)]
    body = [line(notice.title, weight="Bolder", size="Medium"), *lines, line(notice.next_step, label="Next: ")]
    card = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "msteams": {"width": "Full"}, "body": body}
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}]}


def line(text: str, *, label: str = "", **style: str) -> dict[str, Any]:
    runs = [{"type": "TextRun", "text": label, "weight": "Bolder"}] if label else []
    return {"type": "RichTextBlock", "inlines": [*runs, {"type": "TextRun", "text": text, **style}]}


def as_document(
    notice: Notice, record: RunRecord, exit_code: ExitCode, decision: Decision, where: Surroundings
) -> Mapping[str, Any]:
    """The JSON document for programs: the same facts as values, and the text for admins."""
    report, plan, verdict, error = record.report, record.plan, record.verdict, error_of(record)
    return {
        "format_version": FORMAT_VERSION,
        "jc1p_version": __version__,
        "event": decision.tell and decision.tell.value,
        "is_reminder": decision.is_reminder,
        "since": decision.since and f"{decision.since:%Y-%m-%dT%H:%M:%SZ}",
        "title": notice.title,
        "text": as_text(notice),
        "organization": dict(notice.facts).get("JumpCloud organization"),
        "bridge": where.bridge,
        "config": where.config,
        "command": record.command,
        "run_id": record.run_id,
        "created_at": f"{record.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "exit_code": exit_code,
        "reference": dict(notice.facts).get("Reference"),
        "actor": dict(notice.facts).get("Run by"),
        "planned": plan and {kind.value: count for kind, count in plan.counts().items()},
        "held": plan and len(plan.held),
        "outcome": report and {
            "applied": report.number(Applied), "failed": report.number(Failed), "skipped": report.number(Skipped),
        },
        "findings": verdict and [
            {"limit": each.limit, "planned": each.planned, "allowed": each.allowed} for each in verdict.findings
        ],
        "error": error and {"code": error.code, "message": notice.quote},
        "names": list(notice.names),
        "names_left_out": notice.names_left_out,
    }  # fmt: skip
