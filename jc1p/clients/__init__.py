"""The two services over HTTP: http/ sends and retries, jumpcloud/ and scim/ know the two APIs."""

import sys

# httpx tries to import its own command line, with click, pygments and half of rich: a third of its import time here.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None stops the import, as Python documents
