"""Entries that can match nothing, whatever the accounts hold, are warnings that name file, line and key."""

from pathlib import Path

import pytest
from support.inprocess import jc1p

from jc1p.config import load_config

HEAD = """\
jumpcloud: {api_key: "${KEY}"}
onepassword: {scim_url: https://scim.example.com, token: "${KEY}"}
scope:
  groups: [eng]
"""


def warned(folder: Path, more: str) -> list[str]:
    path = folder / "jc1p.yaml"
    path.write_text(HEAD + more)
    path.chmod(0o600)
    return [each.removeprefix(f"{path}:") for each in load_config(path, {"KEY": "x"}).warnings]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("users:\n  protected: [ann@example.com, olivia]\n", "6:32: users.protected[1]: olivia matches no address. "
         "Write olivia@example.com, or olivia@* for any domain."),
        ("users:\n  protected: [Olivia Example]\n", "6:15: users.protected[0]: Olivia Example matches no address. "
         "Write Olivia.Example@example.com, or Olivia.Example@* for any domain."),
        ("  exclude_users: [partner.example]\n", "5:19: scope.exclude_users[0]: partner.example matches no address. "
         "Write *@partner.example for all addresses of a domain, or partner.example@* for one user."),
        ("users:\n  protected: [“a@example.com”]\n", "6:15: users.protected[0]: “a@example.com” matches no address. "
         "Remove the quotation marks."),
        ("users:\n  protected: ['@example.com']\n", "6:15: users.protected[0]: @example.com matches no address. "
         "Write *@example.com for all addresses of the domain."),
        ("users:\n  protected: ['']\n", "6:15: users.protected[0]: an empty entry matches no address. "
         "Write an address such as ann@example.com, or remove it."),
        ("users:\n  protected:\n  - ann@example.com, bob@example.com\n", "7:5: users.protected[0]: "
         "ann@example.com, bob@example.com matches no address. Write one address or pattern for each entry, "
         "such as ann@example.com."),
        ("  exclude_users: [olivia]\n", "5:19: scope.exclude_users[0]: olivia matches no address. "
         "Write olivia@example.com, or olivia@* for any domain."),
        ("  exclude_users: [{email: olivia}]\n", "5:20: scope.exclude_users[0].email: olivia matches no address. "
         "Write olivia@example.com, or olivia@* for any domain."),
        ("  users:\n  - email_domain: [example.com, '@example.org']\n", "6:33: scope.users[0].email_domain[1]: "
         "@example.org matches no email domain. Write only what follows the @: example.org."),
        ("users:\n  aliases: {'*@old.example': a@example.com}\n", "6:13: users.aliases.*@old.example: "
         "*@old.example matches no user: aliases take no patterns. Write one line for each user."),
        ("  exclude_groups: [' ']\n", "5:20: scope.exclude_groups[0]: an empty name matches no group. "
         "Write a name, or remove it."),
        ('users:\n  protected: ["ann@example.com\\u200b"]\n', "6:15: users.protected[0]: ann@example.com\u200b has an "
         "invisible character and matches no address. Write ann@example.com."),
        ('users:\n  aliases: {"\\u202aann@example.com\\u202c": a@example.org}\n', "6:13: users.aliases."
         "\u202aann@example.com\u202c: \u202aann@example.com\u202c has an invisible character and matches no "
         "address. Write ann@example.com."),
        ('  users: [{email_domain: "example.com\\ufeff"}]\n', "5:12: scope.users[0].email_domain: example.com\ufeff "
         "has an invisible character and matches no email domain. Write example.com."),
        ("users:\n  aliases: {ann@example.com: '*@example.org'}\n", "6:13: users.aliases.ann@example.com: "
         "*@example.org is not an email address. Write the user's 1Password email; aliases take no patterns."),
        ("users:\n  aliases: {ann@example.com: a b@example.org}\n", "6:13: users.aliases.ann@example.com: "
         "a b@example.org is not an email address. Write the user's 1Password email; aliases take no patterns."),
        ("groups:\n  names: {Eng: ' '}\n", "6:11: groups.names.Eng: an empty name has no effect. "
         "Write the 1Password name, or remove it."),
        ("groups:\n  protected: ['']\n", "6:15: groups.protected[0]: an empty name matches no group. "
         "Write a name, or remove it."),
    ],
)  # fmt: skip
def test_entry_that_can_match_nothing_is_a_warning_with_its_place(tmp_path: Path, more: str, said: str) -> None:
    assert warned(tmp_path, more) == [said]


@pytest.mark.parametrize(
    "more",
    [
        "users:\n  protected: [ann@example.com, ' Ann@Example.com ', 'ann@*', '*', '*.example.com', 'a?b@c.d']\n",
        "  exclude_users: [ann@example.com, {email: 'ann*', department: Sales}]\n",
        "  users: [{email_domain: [example.com, '*.example.com']}, {username: olivia}]\n",
        "users:\n  aliases: {ann@example.com: a@example.org}\n",
        "groups:\n  names: {'Eng*': Engineering}\n",
    ],
)
def test_entry_that_could_match_is_silent(tmp_path: Path, more: str) -> None:
    assert warned(tmp_path, more) == []


def test_check_warns_and_succeeds(tmp_path: Path) -> None:
    warned(tmp_path, "users:\n  protected: [olivia]\n")
    done = jc1p("-c", tmp_path / "jc1p.yaml", "config", "check", environment={"KEY": "a-key-that-is-long"})
    assert (done.code, done.out) == (0, f"{tmp_path}/jc1p.yaml: ok\n")
    assert "users.protected[0]: olivia matches no address" in done.err
