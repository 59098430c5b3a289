"""Saved plans: the document of `jc1p plan --out`, which `jc1p apply` reads. Contains names and addresses, no secret."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from jc1p.document.parse import NoDocument, parse_document
from jc1p.document.rows import FORMAT_VERSION, SavedPlan
from jc1p.errors import FileNotWritten, UsageError
from jc1p.runtime.atomic_write import write_whole
from jc1p.runtime.bounded_read import LARGEST_DOCUMENT, read_bounded


def write_plan(path: Path, document: str | Iterable[str]) -> None:
    """Write a plan's document, whole or in pieces, readable only by its owner. Raises FileNotWritten."""
    try:
        write_whole(path, chain([document] if isinstance(document, str) else document, ["\n"]))
    except OSError as error:
        hint = "Use a file in a writable folder of a disk that is not full. Nothing was changed."
        raise FileNotWritten(f"cannot write the plan to {path}: {error.strerror or error}", hint=hint) from None


def read_plan(path: Path) -> SavedPlan:
    """Read a saved plan.

    Raises:
        UsageError: the file can't be read, is not a plan, or has another format version.
    """
    try:
        return parse_document(SavedPlan, read_bounded(path, LARGEST_DOCUMENT).decode())
    except OSError as error:
        hint = "Check the path, or create a plan with `jc1p plan --out FILE`."
        raise UsageError(f"cannot read the saved plan {path}: {error.strerror}", hint=hint) from None
    except UnicodeDecodeError:
        raise no_plan(path, "is broken: not UTF-8") from None
    except NoDocument as wrong:
        if wrong.version is None:
            raise no_plan(path, str(wrong)) from None
        version = str(wrong.version)[:20] if isinstance(wrong.version, int | str) else "unknown"
        raise UsageError(
            f"{path} is a plan of format version {version}; this jc1p reads version {FORMAT_VERSION}",
            hint="Create the plan again with this version: `jc1p plan --out FILE`.",
        ) from None


def no_plan(path: Path, reason: str) -> UsageError:
    return UsageError(f"{path} is not a saved plan: it {reason}", hint="Create one with `jc1p plan --out FILE`.")
