"""Parses JSON text into one of the document's models, strictly: invalid text raises NoDocument with the reason."""

import json
from itertools import takewhile
from typing import Any, TypeVar

from pydantic import ValidationError

from jc1p.document.rows import FORMAT_VERSION, Document

Model = TypeVar("Model", bound=Document)


class NoDocument(Exception):
    """Why a text is rejected: a predicate, such as "is empty". `version` is the format version that it claims."""

    def __init__(self, reason: str, *, version: object = None) -> None:
        super().__init__(reason)
        self.version = version


def parse_document(model: type[Model], text: str) -> Model:
    """A document. Raises NoDocument."""
    values = parse_json(text)
    version = values.get("format_version")
    if "format_version" not in values:
        raise NoDocument("is not a jc1p report")
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise NoDocument(f"is of another format version than {FORMAT_VERSION}", version=version)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise NoDocument(first_problem(error)) from None


def parse_json(text: str) -> dict[str, Any]:
    """A JSON object, parsed strictly. Raises NoDocument."""
    if not text.strip():
        raise NoDocument("is empty")
    try:
        values = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise NoDocument("is damaged or incomplete: not a JSON document") from None
    if not isinstance(values, dict):
        raise NoDocument("is not a jc1p report")
    return values


def refuse_constant(name: str) -> object:
    raise ValueError(name)  # only Python reads NaN and the infinities as JSON


def first_problem(error: ValidationError) -> str:
    """The first problem with its place, such as changes[3].kind."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    steps = takewhile(lambda step: "is-instance" not in str(step), first["loc"])  # the names of a union's branches
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:101]
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return f"is not a report of a run: it has no {place}"
    return f"has an invalid {place}"
