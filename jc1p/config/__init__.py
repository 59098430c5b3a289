"""The YAML file as models. models.py has every key, fields.py the special forms; files.py finds it, loader.py loads it.

The models are imported only on access, since `jc1p status` works without them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jc1p.config.files import find_config
    from jc1p.config.loader import Loaded, load_config
    from jc1p.config.models import Config

__all__ = ["Config", "Loaded", "find_config", "load_config"]

HOMES = {"Config": "models", "Loaded": "loader", "find_config": "files", "load_config": "loader"}


def __getattr__(name: str) -> Any:
    """Import a name from its module on access."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
