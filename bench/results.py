"""Writes results.md and results.svg from the measurements, and checks the bounds."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

RUNS = ("first sync", "nothing to do", "1 % changed")
BARE = "the same pages, bare httpx and json"
PLAIN = "first sync by the plain script"
HEAD = """\
# Cost of runs

`make bench` writes this page; [docs/performance.md](../docs/performance.md) explains it. Measured {measured} on
{machine}; {versions}. Each figure is the median of three complete runs of `jc1p sync --yes`, as cron starts it. The
simulators run in their own processes, with a latency of 20 ms for the first sync and 50 ms for the others. Up to 8
requests to JumpCloud and 4 to the bridge run at once. The company has a group for every 20 users, and each user is in
six groups.

Two rows are not jc1p: bare httpx gets the same pages and json parses them (bench/bare.py), and a plain script looks up
and creates one user after the other (bench/plain.py).

"""
TABLE = """\
| users | run | JumpCloud requests | bridge requests | of these writes | run, s | process, s | latency bound, s | run ÷ bound | CPU, s | peak MB |
|---|---|---|---|---|---|---|---|---|---|---|
"""  # noqa: E501 - a table's head is one line


def rows(sizes: dict[str, Any]) -> str:
    return "\n".join(
        f"| {int(size):,} | {name} | {run['jumpcloud']:.0f} | {run['onepassword']:.0f} | {run['writes']:.0f} | "
        f"{run['run']:.2f} | {run['wall']:.2f} | {run['bound']:.2f} | {run['run'] / run['bound']:.2f} | "
        f"{run['cpu']:.2f} | {run['rss']:.0f} |"
        for size, found in sorted(sizes.items(), key=lambda each: int(each[0]))
        for name, run in runs_of(found)
    )


def runs_of(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The runs of one size, and beside them what they are compared with, on the same latency bound."""
    for name in RUNS:
        yield name, found[name]
        if "bare_run" in found[name]:
            bare = {key: found[name][f"bare_{key}"] for key in ("run", "wall", "cpu", "rss")}
            yield BARE, found[name] | bare
        if name == "first sync" and (plain := found.get("plain script")):
            # It has no start worth mentioning: the whole process is the run.
            yield PLAIN, {**plain, "run": plain["wall"], "bound": found[name]["bound"], "writes": found[name]["writes"]}


def cheapest(size: int, run: dict[str, Any]) -> int:
    """Requests of plan A of facts 8 (with one dangling assignment), and the bridge's pages of both lists."""
    people = size + 1
    groups = max(5, size // 20)
    plan_a = 1 + pages(groups) + pages(people) + pages(groups + 1) + pages(size)
    bridge = pages(groups, 250) + (1 if size <= 1_000 else 2 if size <= 10_000 else pages(size, 1_000))
    assert run
    return plan_a + bridge


def pages(rows: int, size: int = 100) -> int:
    return -(-rows // size)


def bounds(sizes: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Measure, measured value, bound, and whether it holds; only for what was measured."""
    found: list[tuple[str, str, str, bool]] = []

    def at_most(what: str, value: float, most: float, form: str = "{:.2f}") -> None:
        found.append((what, form.format(value), f"at most {form.format(most)}", value <= most))

    for size, runs in sorted(sizes.items(), key=lambda each: int(each[0])):
        run = runs["nothing to do"]
        sent = run["jumpcloud"] + run["onepassword"]
        at_most(f"requests, nothing to do, {int(size):,} users", sent, cheapest(int(size), run) + 3, "{:.0f}")
        for name in RUNS:
            what = f"writes, {name}, {int(size):,} users"
            at_most(what, runs[name]["writes"], runs[name]["expected_writes"], "{:.0f}")
    ten, fifty, thousand = (sizes.get(size) for size in ("10000", "50000", "1000"))
    if ten:
        run = ten["nothing to do"]
        # Not against the latency bound: how near a bare fetch comes to it depends on the processor.
        at_most("run ÷ bare fetch, wall, 50 ms, nothing to do, 10,000 users", run["run"] / run["bare_run"], 1.2)
        at_most("CPU ÷ bare fetch and parse of the same pages, 10,000 users", run["cpu_ratio"], 1.5)
    if thousand and "plain script" in thousand:
        ratio = thousand["plain script"]["wall"] / thousand["first sync"]["wall"]
        found.append(("plain script ÷ first sync, wall, 20 ms, 1,000 users", f"{ratio:.1f}", "at least 5", ratio >= 5))
    if fifty:
        for name in RUNS:
            at_most(f"peak MB, {name}, 50,000 users, 2,500 groups", fifty[name]["rss"], 250, "{:.0f}")
    if ten and fifty:
        small, large = ten["nothing to do"], fifty["nothing to do"]
        at_most("growth of CPU, 10,000 to 50,000 users", large["cpu"] / small["cpu"], 5.5)
        at_most("growth of peak memory, 10,000 to 50,000 users", large["rss"] / small["rss"], 5)
    return found


def write_results(known: dict[str, Any]) -> None:
    """Write both files."""
    judged = bounds(known["sizes"])
    text = HEAD.format(**known) + TABLE + rows(known["sizes"]) + "\n\n![run time by size](results.svg)\n\n"
    text += "| measure | measured | bound | holds |\n|---|---|---|---|\n"
    text += "".join(
        f"| {what} | {value} | {limit} | {'yes' if holds else '**no**'} |\n" for what, value, limit, holds in judged
    )
    (HERE / "results.md").write_text(text)
    draw(known["sizes"])
    print(text)


def draw(sizes: dict[str, Any]) -> None:
    """Seconds by size on double logarithmic axes, with the latency bound dashed."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra, only for the picture
    except ModuleNotFoundError:
        print("no picture: matplotlib is not installed (pip install '.[bench]')", file=sys.stderr)
        return
    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "jc1p", "svg.fonttype": "none", "font.size": 10}
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    people = sorted(map(int, sizes))
    for name, colour in zip(RUNS, ("#2e7d32", "#1565c0", "#ef6c00"), strict=True):
        runs = [sizes[str(size)][name] for size in people]
        axes.plot(people, [run["run"] for run in runs], marker="o", color=colour, label=name)
        axes.plot(people, [run["bound"] for run in runs], linestyle="--", color=colour, alpha=0.5)
    axes.set(xscale="log", yscale="log", xlabel="users", ylabel="seconds (dashed: latency bound)")
    axes.set_xticks(people, [f"{size:,}" for size in people])
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(HERE / "results.svg", metadata={"Date": None})
