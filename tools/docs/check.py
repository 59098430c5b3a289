"""`make docs-check`: are the pages correct? Prints every problem, exits 1 if there is one.

Pages are checked one by one; file names select pages, for working on a single page.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.docs.mentions import check_links, check_mentions
from tools.docs.pages import ROOT, Page, Problem, all_pages, read_page, slug_of
from tools.docs.pictures import FOLDER, check_pictures
from tools.docs.reference import EXIT_CODES, check_generated
from tools.docs.sessions import check_sessions
from tools.docs.tree import leaves
from tools.docs.words import check_word_files, check_words
from tools.docs.yaml_blocks import check_examples, check_yaml

CHECKS = (check_links, check_mentions, check_words, check_generated, check_yaml, check_sessions)
INDEX = ROOT / "docs" / "README.md"
EXIT_CODE_PAGE = ROOT / "docs" / "exit-codes.md"


def check_page(page: Page) -> Iterator[Problem]:
    """All problems of one page."""
    for check in CHECKS:
        yield from check(page)


def check_whole() -> Iterator[Problem]:
    """Checks of all pages together."""
    yield from check_index(read_page(INDEX), ROOT / "docs")
    yield from check_exit_codes(read_page(EXIT_CODE_PAGE))
    yield from check_sections(read_page(ROOT / "docs" / "configuration.md"))
    yield from check_commands(read_page(ROOT / "docs" / "commands.md"))
    yield from check_examples()
    yield from check_word_files()
    yield from check_shown(all_pages(), FOLDER)
    yield from check_pictures()


def check_index(index: Page, folder: Path) -> Iterator[Problem]:
    """Pages that the index lacks."""
    linked = {(index.path.parent / target.partition("#")[0]).resolve() for _, target in index.links()}
    for path in sorted(folder.glob("*.md")):
        if path != index.path and path not in linked:
            yield index.problem(1, f"it doesn't link {path.name}")


def check_shown(pages: Sequence[Page], folder: Path) -> Iterator[Problem]:
    """Pictures that no page shows."""
    shown = {(page.path.parent / target).resolve() for page in pages for _, target in page.links()}
    for path in sorted(folder.glob("*")):
        if path not in shown:
            yield Problem(f"docs/pictures/{path.name}", 1, "no page shows this picture")


def check_exit_codes(page: Page) -> Iterator[Problem]:
    """Codes that the table of exit codes lacks or invents."""
    cells = (line.split("|")[1].strip(" `*") for line in page.text.splitlines() if line.startswith("|"))
    told = {int(cell) for cell in cells if cell.isdigit()}
    for code in sorted(told ^ EXIT_CODES):
        yield page.problem(1, f"exit code {code} is {'made up' if code in told else 'missing'}")


def check_sections(page: Page) -> Iterator[Problem]:
    """Sections of the configuration that its reference lacks."""
    from jc1p.config import Config  # noqa: PLC0415 - beside its use

    for section in Config.model_fields:
        if f"<!-- generated: configuration {section} -->" not in page.text:
            yield page.problem(
                1, f"the section {section} has no table; put `<!-- generated: configuration {section} -->` there"
            )


def check_commands(page: Page) -> Iterator[Problem]:
    """Commands that the overview lacks."""
    linked = {target for _, target in page.links()}
    for name, _ in leaves():
        if f"#{slug_of(f'jc1p {name}')}" not in linked:
            yield page.problem(1, f"the table at the top doesn't link jc1p {name}")


def main(names: Sequence[str]) -> int:
    """Check the named pages, or everything; returns the exit code."""
    began = time.monotonic()
    pages = [read_page(Path(name).resolve()) for name in names] or all_pages()
    problems = [problem for page in pages for problem in check_page(page)]
    problems += [] if names else check_whole()
    for problem in problems:
        print(problem)
    print(f"{len(pages)} pages, {len(problems)} problems, {time.monotonic() - began:.1f} s")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
