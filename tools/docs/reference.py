"""The parts of pages that are generated from the code: `python -m tools.docs.reference` writes them again.

They are between `<!-- generated: NAME -->` and `<!-- end of NAME -->`; everything around them is written by hand.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jc1p import errors
from jc1p.cli.usage.help import argument_word, value_word
from jc1p.errors import ExitCode, Jc1pError
from jc1p.sandbox.knobs import PROFILES
from tools.docs.pages import GENERATED, Page, Problem, all_pages
from tools.docs.settings import escaped, section_table, template_fields
from tools.docs.tree import leaves, root

EXIT_CODES = frozenset(ExitCode)


def written(name: str) -> str:
    """The content of the part with that name. Raises KeyError for an unknown name."""
    if name.startswith("configuration "):
        return section_table(name.removeprefix("configuration "))
    return {"commands": commands, "errors": error_table, "profiles": profile_table, "fields": template_fields}[name]()


def renewed(page: Page) -> str:
    """A page with its generated parts up to date."""

    def part(found: Any) -> str:
        name = found["name"]
        return f"<!-- generated: {name} -->\n{written(name)}\n<!-- end of {name} -->"

    return GENERATED.sub(part, page.text)


def check_generated(page: Page) -> Iterator[Problem]:
    """Generated parts that are out of date."""
    for found in GENERATED.finditer(page.text):
        line = page.text.count("\n", 0, found.start()) + 1
        try:
            is_so = found["body"] == f"{written(found['name'])}\n"
        except KeyError:
            yield page.problem(line, f"nobody writes a part called {found['name']}")
            continue
        if not is_so:
            yield page.problem(line, f"the part {found['name']} is out of step with the code: `make docs`")


# --- commands -----------------------------------------------------------------------------------------------


def commands() -> str:
    """Every command with its arguments and options; shared options are listed once."""
    every = [(name, command) for name, command in leaves()]
    shared = shared_panels([command for _, command in every])
    parts = [f"## {title}\n\n{option_table(options)}" for title, options in shared.items()]
    return "\n\n".join([*(command_part(name, command, shared) for name, command in every), *parts])


def shared_panels(every: Sequence[Any]) -> dict[str, list[Any]]:
    """Panels of options that are the same in all commands with them."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for command in [root(), *every]:
        for panel, options in panels(command).items():
            found[panel].append(options)
    return {
        panel: uses[0]
        for panel, uses in found.items()
        if panel and len(uses) > 1 and len({tuple(tuple(option.opts) for option in options) for options in uses}) == 1
    }


def panels(command: Any) -> dict[str, list[Any]]:
    """A command's options by the panel that `--help` shows them in."""
    found: dict[str, list[Any]] = defaultdict(list)
    for parameter in command.params:
        if parameter.opts[0].startswith("-"):
            found[parameter.rich_help_panel or ""].append(parameter)
    return found


def command_part(name: str, command: Any, shared: Mapping[str, object]) -> str:
    own = {panel: options for panel, options in panels(command).items() if panel not in shared}
    arguments = [parameter for parameter in command.params if not parameter.opts[0].startswith("-")]
    also = [f"[{panel.lower()}](#{panel.lower().replace(' ', '-')})" for panel in panels(command) if panel in shared]
    lines = [f"## jc1p {name}", "", one_line(command.help), ""]
    words = " ".join(argument_word(argument) for argument in arguments)
    lines += [f"`jc1p {name}{' [OPTIONS]' if command.params else ''}{f' {words}' if words else ''}`"]
    lines += [f"\n- `{argument_word(each)}`: {one_line(each.help)}" for each in arguments]
    options = [option for panel in own.values() for option in panel]
    if options:
        lines += ["", option_table(options)]
    if also:
        lines += ["", f"Also: {', '.join(also)}."]
    return "\n".join(lines)


def option_table(options: Sequence[Any]) -> str:
    lines = ["| option | default | meaning |", "|---|---|---|"]
    return "\n".join([*lines, *(option_row(option) for option in options)])


def option_row(option: Any) -> str:
    value = "" if option.is_flag else f" {value_word(option)}"
    names = ", ".join(f"`{name}{value}`" for name in option.opts)
    default = getattr(option.default, "value", option.default)
    variable = f" [`{option.envvar}`]" if option.envvar else ""
    is_told = not option.is_flag and default not in {None, ""}
    return f"| {escaped(names)} | {f'`{default}`' if is_told else ''} | {escaped(one_line(option.help))}{variable} |"


def one_line(text: str | None) -> str:
    return " ".join((text or "").split())


# --- tables -------------------------------------------------------------------------------------------------


def error_table() -> str:
    """The codes of errors, with their exit codes and meanings."""
    found: dict[str, tuple[int, list[str]]] = {}
    for kind in vars(errors).values():
        if (
            isinstance(kind, type)
            and issubclass(kind, Jc1pError)
            and ("code" in vars(kind) or kind is errors.Unexpected)
        ):
            _, meanings = found.setdefault(kind.code, (kind.exit_code, []))
            meanings.append(escaped((kind.__doc__ or "").strip().split("\n")[0]))
    rows = [f"| `{code}` | {exit_code} | {' '.join(meanings)} |" for code, (exit_code, meanings) in found.items()]
    return "\n".join(["| error.code | exit code | meaning |", "|---|---|---|", *rows])


def profile_table() -> str:
    """The sandbox's presets."""
    rows = [f"| `{name}` | {description} |" for name, (description, _, _) in PROFILES.items()]
    return "\n".join(["| profile | simulated quirks |", "|---|---|", *rows])


def main() -> None:
    """Write every generated part again."""
    for page in all_pages():
        text = renewed(page)
        if text != page.text:
            page.path.write_text(text, encoding="utf-8")
            print(f"wrote {page.name}")


if __name__ == "__main__":
    main()
