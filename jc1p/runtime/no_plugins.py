"""pydantic without plugins: nothing that happens to be installed beside jc1p has a say in what its models accept.

Looking for plugins reads the metadata of every package that is installed, and imports what that takes, before the first
model can be used. Imported by whatever defines models.
"""

import sys
from types import ModuleType

LOADER = "pydantic.plugin._loader"


def without_plugins() -> ModuleType:
    """What pydantic asks for its plugins, and has none."""
    loader = ModuleType(LOADER)
    loader.__dict__["get_plugins"] = tuple
    return loader


sys.modules.setdefault(LOADER, without_plugins())
