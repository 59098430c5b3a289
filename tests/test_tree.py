"""Rules for the tree of jc1p/: one name has one meaning, and files import in one direction."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "jc1p"
FEW_ROOMS = 2

SHARED: Mapping[str, str] = {}
"""Functions whose name is correct in three or more modules, each with the reason."""

Trees = Mapping[Path, ast.Module]


def trees() -> Trees:
    return {path.relative_to(PACKAGE): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


def classes(parsed: Trees) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in parsed.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path))
    return found


def rooms_of_functions(parsed: Trees) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path, tree in parsed.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                found[node.name].add(path.parts[0])
    return found


def ambiguous(parsed: Trees) -> Iterator[tuple[str, list[str]]]:
    """Names with more than one meaning, and where."""
    for name, places in classes(parsed).items():
        if len(places) > 1:
            yield name, places
    for name, rooms in rooms_of_functions(parsed).items():
        if len(rooms) > FEW_ROOMS and name not in SHARED:
            yield name, sorted(rooms)


def module_of(path: Path) -> str:
    return ".".join(("jc1p", *path.with_suffix("").parts)).removesuffix(".__init__")


def run_when_imported(nodes: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements outside functions; a function's imports run later."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        for inner in ("body", "orelse", "finalbody"):
            yield from run_when_imported(getattr(node, inner, ()))


def imported(tree: ast.Module, known: Iterable[str]) -> Iterator[str]:
    modules = set(known)
    for node in run_when_imported(tree.body):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules)
        if isinstance(node, ast.ImportFrom) and node.module in modules:
            inner = [f"{node.module}.{each.name}" for each in node.names]
            yield from (name if name in modules else node.module for name in inner)


def circles(imports: Mapping[str, set[str]]) -> set[str]:
    """Modules that import themselves through others: what is left after repeatedly removing modules without imports."""
    left = {name: set(others) - {name} for name, others in imports.items()}
    while ends := [name for name, others in left.items() if not others & left.keys()]:
        for name in ends:
            del left[name]
    return set(left)


def test_one_word_has_one_meaning() -> None:
    assert dict(ambiguous(trees())) == {}


def test_no_file_imports_in_circles() -> None:
    parsed = {module_of(path): tree for path, tree in trees().items()}
    assert circles({name: set(imported(tree, parsed)) for name, tree in parsed.items()}) == set()


def test_what_is_ambiguous_or_circular_is_seen() -> None:
    one, two = ast.parse("class Plan: ...\ndef show(): ..."), ast.parse("class Plan: ...\nasync def show(): ...")
    parsed = {Path("core/a.py"): one, Path("cli/b.py"): two, Path("sync/c.py"): ast.parse("def show(): ...")}
    assert dict(ambiguous(parsed)) == {"Plan": ["core/a.py", "cli/b.py"], "show": ["cli", "core", "sync"]}
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == set()
