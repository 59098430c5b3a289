"""The base of all parts of the configuration's models."""

from pydantic import BaseModel, ConfigDict

import jc1p.runtime.no_plugins  # noqa: F401 - before the first model is used


class Section(BaseModel):
    """Settings that all parts share: no unknown keys, nothing mutable, no values in error texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)
