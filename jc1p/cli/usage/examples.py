"""Three command lines for each main command, shown at the end of its help; a test parses each."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "": ("jc1p demo", "jc1p doctor", "jc1p sync --dry-run"),
    "sync": ("jc1p sync --dry-run", "jc1p sync --no-removals --limit 2", "jc1p sync --yes --report report.html"),
    "plan": (
        "jc1p plan --out plan.json",
        "jc1p plan --compare proposed.yaml",
        "jc1p plan --detailed-exitcode --output markdown",
    ),
    "apply": ("jc1p apply plan.json", "jc1p apply plan.json --yes", "jc1p apply plan.json --allow suspensions=12"),
    "drift": ("jc1p drift", "jc1p drift --only groups", "jc1p drift --output json --report drift.html"),
    "status": ("jc1p status", "jc1p status --max-age 26h", "jc1p status --check --output json"),
    "why": ("jc1p why ada@example.com", "jc1p why Engineering", "jc1p why ada@example.com --output json"),
    "users": ("jc1p users list", "jc1p users list --unowned --output csv", "jc1p users show ada@example.com"),
    "users list": (
        "jc1p users list --in-scope",
        "jc1p users list --state suspended",
        "jc1p users list --unowned --output csv",
    ),
    "groups": ("jc1p groups list", "jc1p groups list --unowned", "jc1p groups show Engineering"),
    "review": (
        "jc1p review",
        "jc1p review --since 2026-09-01 --report review.html --report review.csv",
        "jc1p review --close --reference AUDIT-2026-Q4",
    ),
    "config": ("jc1p config init", "jc1p config check", "jc1p config show --output json"),
    "init": ("jc1p init", "jc1p init --sandbox", "jc1p init --region eu --api-key-from JUMPCLOUD_API_KEY"),
    "doctor": ("jc1p doctor", "jc1p doctor --output json", "jc1p doctor --record bundle.json"),
    "import": ("jc1p import", "jc1p import --link --accept ada@example.com", "jc1p import --csv people.csv"),
    "history": ("jc1p history", "jc1p history --limit 5", "jc1p history show 20261124T001200Z-7f3a"),
    "rollback": ("jc1p rollback last --dry-run", "jc1p rollback last", "jc1p rollback 20261124T001200Z-7f3a --yes"),
    "pause": ("jc1p pause", "jc1p pause --for 8h", 'jc1p pause --reason "bridge update"'),
    "resume": ("jc1p resume", "jc1p -c jc1p.yaml resume", "jc1p resume --output json"),
    "report": (
        "jc1p report merge runs/*.json",
        "jc1p report merge runs/*.json --expect 12 --exit-code",
        "jc1p report merge runs/*.json --max-age 26h --output markdown",
    ),
    "help": ("jc1p help", "jc1p help sync", "jc1p help config check"),
    "version": ("jc1p version", "jc1p --version", "jc1p help version"),
    "completion": ("jc1p completion bash", "jc1p completion zsh", "jc1p completion fish"),
    "demo": ("jc1p demo", "jc1p demo --users 200", "jc1p demo --seed 7"),
    "sandbox": ("jc1p sandbox", "jc1p sandbox --users 500 --latency 20", "jc1p sandbox --profile list"),
}
"""By the command's name, "" for the program itself."""
