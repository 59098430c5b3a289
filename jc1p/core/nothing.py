"""The default of values that map something: an empty mapping that nobody can fill."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[Any, Any] = MappingProxyType({})
