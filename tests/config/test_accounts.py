"""The quick reading of a configuration agrees with the models, and leaves unusual values to them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jc1p.config import load_config
from jc1p.config.accounts import Odd, accounts_in, digest_of, read_accounts, values_of
from jc1p.config.settings import state_folder_of
from jc1p.errors import ConfigError

REST = "scope:\n  groups: [eng]\n"
KEY = "  api_key: ${JUMPCLOUD_API_KEY}\n"
BRIDGE = "onepassword:\n  scim_url: https://scim.example.com/scim\n  token: ${OP_SCIM_TOKEN}\n"

SOUND = [
    f"jumpcloud:\n{KEY}{BRIDGE}",
    f"jumpcloud:\n  region: eu\n{KEY}{BRIDGE}",
    f"jumpcloud:\n  region:\n  url:\n{KEY}{BRIDGE}",
    f"jumpcloud:\n  url: http://127.0.0.1:8001/api/v2/\n{KEY}{BRIDGE}",
    f"jumpcloud:\n  region: ${{REGION:-in}}\n  org_id: 0123456789abcdef01234567\n{KEY}{BRIDGE}",
    f"jumpcloud:\n{KEY}onepassword:\n  scim_url: ${{BRIDGE}}/Users\n  token: x\n",
    f"jumpcloud:\n{KEY}onepassword: {{scim_url: 'https://a.example.com/', token: {{file: t}}}}\n",
    f"jumpcloud:\n{KEY}{BRIDGE}state:\n  path: state\n",
    f"jumpcloud:\n{KEY}{BRIDGE}state:\n  path: ~/jc1p\n",
    f"jumpcloud:\n{KEY}{BRIDGE}state:\n  path:\n",
    f"jumpcloud:\n{KEY}{BRIDGE}state:\n",
]
ODD = [
    "", "[]", "jumpcloud: [", "jumpcloud: {}\njumpcloud: {}\n", f"jumpcloud:\n  region: mars\n{KEY}{BRIDGE}",
    f"jumpcloud:\n  region: us\n  region: eu\n{KEY}{BRIDGE}", f"jumpcloud:\n  region: ${{UNSET}}\n{KEY}{BRIDGE}",
    f"jumpcloud:\n{KEY}onepassword:\n  token: x\n", f"jumpcloud:\n  org_id: acme\n{KEY}{BRIDGE}",
    f"jumpcloud:\n{KEY}onepassword:\n  scim_url: https://acme.1password.com\n  token: x\n",
    f"jumpcloud:\n{KEY}{BRIDGE}state:\n  path: ''\n", f"jumpcloud:\n{KEY}{BRIDGE}state:\n  path: [a]\n",
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("HOME", str(tmp_path))
    return {"BRIDGE": "https://b.example.com", "HOME": str(tmp_path)}


@pytest.mark.parametrize("text", SOUND)
def test_quick_reading_agrees_with_the_models(tmp_path: Path, home: dict[str, str], text: str) -> None:
    path = tmp_path / "jc1p.yaml"
    path.write_text(text + REST)
    try:
        quick = accounts_in(values_of(path.read_text(), home), path, digest_of(path.read_text()))
    except Odd:
        quick = read_accounts(path, home)
    config = load_config(path, home, needs_secrets=False).config
    assert (quick.jumpcloud, quick.org_id) == (config.jumpcloud.api_root, config.jumpcloud.org_id)
    assert quick.bridge == config.onepassword.scim_root
    assert quick.folder == state_folder_of(config)


@pytest.mark.parametrize("text", ODD)
def test_what_is_odd_is_said_by_the_models(tmp_path: Path, home: dict[str, str], text: str) -> None:
    path = tmp_path / "jc1p.yaml"
    path.write_text(text + REST if text not in {"", "[]"} else text)
    assert outcome(lambda: read_accounts(path, home).folder) == outcome(
        lambda: state_folder_of(load_config(path, home, needs_secrets=False).config)
    )


def outcome(read: Callable[[], Path]) -> Path | str:
    """The result of a reading: the folder, or the problem."""
    try:
        return read()
    except ConfigError as wrong:
        return wrong.message
