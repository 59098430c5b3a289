"""Runs with every ending, and Markdown as a real parser sees it."""

from markdown_it import MarkdownIt
from markdown_it.token import Token

from jc1p.core.guard import Limit, Limits
from jc1p.core.outcomes import Applied, Failed, Report
from jc1p.core.plan import Plan
from jc1p.core.run_record import RunRecord
from jc1p.errors import Unauthorized
from support.runs import company, record

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


OURS = {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item", "inline",
        "text", "code_inline", "strong", "html_inline", "html_block", "softbreak"}  # fmt: skip


HTML = {"<sub>", "</sub>", "<details><summary>", "</details>"}


def tokens(text: str) -> list[Token]:
    return [each for block in PARSER.parse(text) for each in (block, *(block.children or ()))]


def kinds_in(text: str) -> set[str]:
    return {token.type.removesuffix("_open").removesuffix("_close") for token in tokens(text)}


def bare(record: RunRecord, **known: object) -> RunRecord:
    unknown = dict.fromkeys(("source", "target", "plan", "fingerprint", "verdict", "requests"))
    return record._replace(**unknown, **known)  # type: ignore[arg-type]


def with_report(plan: Plan) -> Report:
    return Report((Failed(plan.changes[0], Unauthorized("no", service="1Password")),
                   *(Applied(change, "id") for change in plan.changes[1:])))  # fmt: skip


PLAN = company()


SYNC = record(PLAN)


REAL = SYNC._replace(dry_run=False)


REFUSED = record(PLAN, limits=Limits(suspensions=Limit()))
