"""The two services over HTTP: http/ sends and retries, jumpcloud/ and scim/ know what to say."""

import sys

# httpx tries to import its own command line, which brings click, pygments and half of rich: a third of its cost here.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None stops the import, as Python documents
