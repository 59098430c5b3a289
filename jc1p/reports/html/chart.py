"""The picture of a run: people and memberships kept, added and removed, as two bars."""

from collections.abc import Iterator

from jc1p.core.run_record import RunRecord
from jc1p.reports.headline import is_blocked
from jc1p.reports.html.before_after import Movement, memberships_moved, people_moved
from jc1p.reports.html.markup import Markup, element

WIDTH, HEIGHT = 1000, 24
THINNEST = 8
"""So that one among ten thousand is visible too."""


def pictures(record: RunRecord) -> Iterator[Markup]:
    """People and memberships, if there are any."""
    if record.plan is None:
        return
    when = when_so(record)
    moved = [
        (f"Active managed accounts{when}", people_moved(record), "suspended"),
        (f"Memberships in groups{when}", memberships_moved(record), "removed"),
    ]
    shown = [
        picture(name, movement, tensed(record, lost), tensed(record, "added"))
        for name, movement, lost in moved
        if movement.before or movement.gained
    ]
    if shown:
        title = "What this run changed" if record.report else "What the plan would change"
        yield element("section", *shown, class_="card pictures", aria_label=title)


def when_so(record: RunRecord) -> str:
    if record.report:
        return ""
    return ", if this plan were applied" if is_blocked(record) else ", once this plan is applied"


def tensed(record: RunRecord, done: str) -> str:
    """Text such as "suspended", "to be suspended", and "would be suspended" if a safety limit blocks it."""
    return done if record.report else f"would be {done}" if is_blocked(record) else f"to be {done}"


def picture(name: str, movement: Movement, lost: str, added: str) -> Markup:
    came, went = f"+{movement.gained:,}", f"\u2212{movement.lost:,}"
    caption = element(
        "figcaption",
        element("span", name, class_="label"),
        element("strong", f"{movement.before:,} → {movement.after:,}"),
        element("span", came, class_="plus") if movement.gained else None,
        element("span", went, class_="minus") if movement.lost else None,
        class_="numbers",
    )
    said = (
        f"{name}: {movement.before:,} before, {movement.gained:,} {added}, {movement.lost:,} {lost}, "
        f"{movement.after:,} after"
    )
    legend = [("unchanged", "kept", movement.kept), (lost, "lost", movement.lost), (added, "gained", movement.gained)]
    return element(
        "figure",
        caption,
        bar(movement, said),
        element("ul", *(legend_line(*each) for each in legend if each[2]), class_="legend"),
    )


def legend_line(word: str, key: str, count: int) -> Markup:
    return element("li", element("span", class_=f"key {key}"), f"{count:,} {word}")


def bar(movement: Movement, said: str) -> Markup:
    """One bar: kept, removed (striped, so that it shows without colour), added."""
    widths = widths_of([movement.kept, movement.lost, movement.gained])
    at, parts = 0, []
    for name, width in zip(("kept", "lost", "gained"), widths, strict=True):
        if width:
            parts.append(element("rect", class_=name, x=at, y=0, width=width, height=HEIGHT))
            parts += stripes(at, width) if name == "lost" else []
        at += width
    return element(
        "svg", *parts, class_="bar", role="img", aria_label=said, viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
    )  # fmt: skip


def stripes(at: int, width: int) -> list[Markup]:
    return [element("path", class_="stripe", d=f"M{x} 0V{HEIGHT}") for x in range(at + 6, at + width, 12)]


def widths_of(counts: list[int]) -> list[int]:
    """Shares of the whole width; every part with a count is visible, even if thin."""
    total = sum(counts)
    if total == 0:
        return [0] * len(counts)
    widths = [max(THINNEST, count * WIDTH // total) if count else 0 for count in counts]
    largest = widths.index(max(widths))
    widths[largest] += WIDTH - sum(widths)
    return widths
