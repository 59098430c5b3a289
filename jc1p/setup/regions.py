"""JumpCloud's regions: accepted inputs, and other regions to try after a refused key. Pure."""

from jc1p.config.addresses import CONSOLES, console_address
from jc1p.config.choices import Region

REGIONS = tuple(region.value for region in Region)
MEANS = (
    "JumpCloud answers 401 if the key is wrong, was regenerated, has expired or is of another region, "
    "and if API access is off for the admin"
)


def parse_region(text: str) -> str:
    """us, eu or in, or the address of another host such as the sandbox's. Raises ValueError."""
    word = text.strip()
    if word.lower() in REGIONS:
        return word.lower()
    consoles = {root.rpartition("//")[2]: region.value for region, (root, _) in CONSOLES.items()}
    host = word.lower().removeprefix("https://").partition("/")[0]
    if host in consoles:
        return consoles[host]
    if "//" not in word:
        raise ValueError("enter us, eu or in; the address bar of your Admin Portal shows the region")
    return console_address(word)


def root_of(region: str) -> str:
    """The console's address without a path."""
    return CONSOLES[Region(region)][0] if region in REGIONS else region


def token_url_of(region: str) -> str:
    """Where a service account gets its tokens."""
    return CONSOLES[Region(region)][1] if region in REGIONS else f"{region}/oauth2/token"


def others_than(region: str) -> tuple[str, ...]:
    """The other regions that a refused key may belong to; none for a custom address."""
    return tuple(each for each in REGIONS if each != region) if region in REGIONS else ()
