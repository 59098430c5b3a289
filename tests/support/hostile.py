"""A run with user and group names that try to have an effect: in a terminal, Markdown, HTML, a spreadsheet."""

from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.plan import Change, Difference, Kind, Member, Plan, PlanWarning
from jc1p.errors import RequestRefused
from support.builders import account, group, jc, person, plan_for, pushed, source, target

NAMES = (
    "<script>window.acted=1</script>",
    "<img src=x onerror=window.acted=1>",
    '"><svg onload=window.acted=1>',
    "</title></style></script><script>window.acted=1</script>",
    "<iframe src=//evil.example></iframe><link rel=stylesheet href=//evil.example/x.css>",
    "&lt;b&gt; &amp; <b>bold</b>",
    "`code` ``more`` ``` fence",
    "| pipe | pipe |",
    "[link](https://evil.example) ![image](https://evil.example/x.png) <https://evil.example>",
    "https://evil.example/?q=1 www.evil.example",
    "@everyone @team/admins #1 GH-1 owner/repo#1 deadbeef00 :smile: $x$",
    "# heading\n\n- list\n\n</details>\n<h1>out</h1>",
    "**bold** _it_ ~~gone~~ \\ \\` \\|",
    '=HYPERLINK("https://evil.example";"x")',
    "+1-1;=cmd|' /C calc'!A0",
    "@SUM(1)\t=1\r=2",
    "\u202eevil\u2066 \x1b[2J\x00",
    "\u0644\u064a\u0644\u0649 \U0001f319 & \u05e9\u05dc\u05d5\u05dd",
    "lone \ud800 surrogate",
    " ",
    "`",
    "x" * 3000,
)  # fmt: skip


def hostile_plan() -> Plan:
    """Every name as an invited person, an updated person, a group, a member, a reason and a warning."""
    members = tuple(Member(f"user:{number}", f"{name}@example.com") for number, name in enumerate(NAMES))
    changes = []
    for name in NAMES:
        given = {"userName": Difference(None, name), "displayName": Difference(None, name)}
        changes.append(Change(Kind.CREATE_USER, name, f"in group {name}", user=name, attributes=given))
        renamed = {"displayName": Difference(name, f"{name} {name}")}
        changes.append(Change(Kind.UPDATE_USER, name, name, user=name, attributes=renamed))
        changes.append(Change(Kind.ADD_MEMBERS, name, name, group=name, members=members))
        changes.append(Change(Kind.SUSPEND_USER, name, name, user=name, jumpcloud_id=jc("x")))
    numbered = tuple(change._replace(id=number) for number, change in enumerate(changes, 1))
    ordered = sorted(numbered, key=lambda change: list(Kind).index(change.kind))
    warnings = tuple(PlanWarning("reading", name, name) for name in NAMES)
    have, actual = source([person("ann")], [group("eng", "ann")]), target([account("ann")], [pushed("eng")])
    return plan_for(have, actual)._replace(changes=tuple(ordered), warnings=warnings)


def hostile_report(plan: Plan) -> Report:
    """For every change, an answer of the bridge that quotes the name."""
    outcomes: list[Outcome] = []
    for number, change in enumerate(plan.changes):
        refusal = RequestRefused(f"refused {change.subject}", service="1Password", status=400, hint=change.subject)
        kinds = (Failed(change, refusal), Skipped(change, change.subject), Applied(change, "id", change.subject))
        outcomes.append(kinds[number % 3])
    return Report(tuple(outcomes))
