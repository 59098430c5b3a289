"""The YAML file as models. models.py has every key, fields.py the special forms, loader.py finds and loads."""

from jc1p.config.loader import Loaded, find_config, load_config
from jc1p.config.models import Config

__all__ = ["Config", "Loaded", "find_config", "load_config"]
