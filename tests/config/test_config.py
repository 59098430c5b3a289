"""The configuration file: every problem at once with its place, and never a secret in a message."""

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.effort import times

from jc1p.config import Config, find_config, load_config
from jc1p.config.addresses import bridge_addresses
from jc1p.config.settings import limits_of, policy_of, scope_of, state_folder_of
from jc1p.core.guard import Limit, Limits
from jc1p.errors import ConfigError

HERE = Path(__file__).parents[1]
CANARY = "canary-secret-41c7"
GOOD = f"""\
jumpcloud: {{api_key: {CANARY}}}
onepassword: {{scim_url: https://scim.example.com, token: {CANARY}}}
scope: {{application: 1Password Business}}
"""


def load(tmp_path: Path, text: str, **environment: str) -> Config:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return load_config(path, environment).config


def problems(tmp_path: Path, text: str, **environment: str) -> list[str]:
    """The lines of the error, without the path."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environment)
    assert CANARY not in str(caught.value) + repr(caught.value) + str(caught.value.hint)
    return [line.removeprefix(f"{tmp_path}/c.yaml:") for line in caught.value.message.splitlines()]


def test_defaults_are_the_contracts(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    policy, limits = policy_of(config), limits_of(config)
    assert scope_of(config).application == "1Password Business"
    assert (policy.users.grace_period, policy.users.suspend_deleted) == (timedelta(0), True)
    assert policy.users.templates["displayName"] == ("{displayname}", "{firstname} {lastname}", "{username}")
    assert limits == Limits()
    assert (limits.suspensions, limits.creations) == (Limit(percent=10, floor=3, cap=50), Limit(floor=500))
    assert (config.http.jumpcloud_concurrency, config.http.onepassword_concurrency) == (8, 2)
    assert policy.groups.protected == (
        "Owners", "Administrators", "Team Members", "Security", "Recovery", "Provision Managers",
    )  # fmt: skip


def test_example_file_is_the_starter_file_and_holds_the_defaults(tmp_path: Path) -> None:
    example = (HERE.parent / "config.example.yaml").read_text()
    assert example == (HERE.parent / "jc1p" / "config.example.yaml").read_text()
    loaded = load(tmp_path, example, JUMPCLOUD_API_KEY=CANARY, OP_SCIM_TOKEN=CANARY)
    assert loaded.model_dump() == load(tmp_path, GOOD).model_dump()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jumpcloud:\n\tregion: us\n", "2:1: not YAML: indented with a tab; YAML accepts only spaces"),
        ("- a\n", "1:1: the file must have keys such as jumpcloud: and onepassword:"),
        (GOOD + "users: {}\nusers: {}\n", "5:1: users: duplicate key (first in line 4)"),
        (GOOD + "user: {}\n", "4:1: user: unknown key; did you mean users?"),
        (GOOD + "users:\n  grace_perod: 1h\n", "5:3: users.grace_perod: unknown key; did you mean grace_period?"),
        (GOOD + "users: {grace_period: soon}\n",
         "4:23: users.grace_period: a duration is a number and a unit, such as 30m, 12h or 7d"),
        (GOOD + "users: {ownership: mine}\n", "4:20: users.ownership: must be 'linked', 'directory' or 'all'"),
        (GOOD + 'users: {attributes: {displayName: "{emial}"}}\n',
         "4:35: users.attributes.displayName: JumpCloud has no field 'emial' for templates; did you mean email?"),
        (GOOD + "users: {attributes: {title: x}}\n",
         "4:21: users.attributes: 1Password has no attribute 'title'; known are userName, displayName, "
         "name.givenName, name.familyName, preferredLanguage"),
        (GOOD + "guard: {creations: -1}\n",
         '4:20: guard.creations: a limit must be a number such as 5, a share such as "10%", '
         "or {percent: 10, floor: 3, cap: 50}"),
        (GOOD + "guard: {suspensions: {flor: 3}}\n",
         "4:22: guard.suspensions: unknown key flor; did you mean floor?"),
        (GOOD + "guard: {suspensions: {percent: 10, cap: }}\n", "4:22: guard.suspensions: cap needs a value"),
        (GOOD + "guard: {suspensions: {percent: ~, floor: 3}}\n", "4:22: guard.suspensions: percent needs a value"),
        (GOOD + "guard: {creations: 120%}\n", "4:20: guard.creations: a percentage must be a number from 0 to 100"),
        (GOOD + "http: {attempts: many}\n",
         "4:18: http.attempts: must be a whole number"),
        (GOOD + "http: {attempts: 0}\n", "4:18: http.attempts: must be at least 1"),
        (GOOD + "http: {timeout: 5x}\n", "4:17: http.timeout: must be a number of seconds, such as 30"),
        (GOOD + "groups: {names: {Eng: }}\n", "4:18: groups.names.Eng: this key needs a value"),
        (GOOD + "users: {aliases: {a@b.example: ~}}\n", "4:19: users.aliases.a@b.example: this key needs a value"),
        (GOOD + "groups: {name: Team}\n",
         '4:16: groups.name: the template must contain {name} and no other field, such as "JC {name}"'),
        (GOOD + "notify: [{webhook: x}]\n",
         "4:20: notify[0].webhook: a webhook address needs https:// and a host"),
        (GOOD + f"notify: [{{slack: http://hooks.example.com/{CANARY}}}]\n",
         "4:18: notify[0].slack: only https is accepted, because a webhook address is a credential"),
        (GOOD + f"notify: [{{slack: 'https://u:{CANARY}@hooks.example.com/'}}]\n",
         "4:18: notify[0].slack: a webhook address cannot have a user or password"),
        (GOOD + f"notify: [{{teams: https://hooks..example.com/{CANARY}}}]\n",
         "4:18: notify[0].teams: not a valid address; a webhook address starts with https://"),
        (GOOD + "notify:\n- exec: [page]\n- {slak: x}\n", "6:4: notify[1].slak: unknown key; did you mean slack?"),
        (GOOD + "notify: [{on: [failed]}]\n",
         "4:10: notify[0]: set exactly one of slack, teams, webhook or exec, and there is none"),
        (GOOD + "notify: [{webhook: 'https://a.example/', exec: [page]}]\n",
         "4:10: notify[0]: set exactly one of slack, teams, webhook or exec, not webhook and exec"),
        (GOOD + "notify: [{exec: page}]\n", "4:17: notify[0].exec: must be a list, such as [/usr/local/bin/page]"),
        (GOOD + "notify: [{exec: []}]\n",
         "4:17: notify[0].exec: the list is empty; add an entry, or leave the key out"),
        (GOOD + "notify: [{exec: [page], on: [failure]}]\n",
         "4:30: notify[0].on[0]: must be 'changes', 'refused', 'failed', 'partial', 'recovered' or 'ok'"),
        (GOOD + "notify: [{exec: [page], on: []}]\n",
         "4:29: notify[0].on: the list is empty; add an entry, or leave the key out"),
        (GOOD + "notify: [{exec: [page], detail: all}]\n",
         "4:33: notify[0].detail: must be 'counts' or 'names'"),
        (GOOD + "notify: [{exec: [page], remind: 0h}]\n",
         "4:33: notify[0].remind: must be longer than zero, such as 24h; leave the key out for no reminder"),
        (GOOD + "notify: [{slack: '${HOOK}'}]\n",
         "4:18: notify[0].slack: the environment variable HOOK is not set (or empty)"),
        (GOOD.replace("{application: 1Password Business}", "{}"),
         "3:8: scope: the scope is empty: set application or groups"),
        (GOOD + 'users: {protected: ["${OWNER}"]}\n',
         "4:21: users.protected[0]: the environment variable OWNER is not set (or empty)"),
        (GOOD + "users: {protected: [${X}]}\n",
         '4:22: not YAML: inside [] or {} a variable needs quotes, as in "${NAME}"'),
        (GOOD + 'users: {protected: ["${1X}"]}\n',
         "4:21: users.protected[0]: "
         "${ is not followed by a variable name; write ${NAME} or ${NAME:-default}, or $${ for a literal ${"),
        (GOOD.replace(CANARY, f'"jca_${{{CANARY}!x}}"', 1),
         "1:22: jumpcloud.api_key: "
         "${ is not followed by a variable name; write ${NAME} or ${NAME:-default}, or $${ for a literal ${"),
        (GOOD.replace("{application: 1Password Business}", "{groups: Engineering}"),
         "3:17: scope.groups: must be a list, such as [Engineering]"),
        (GOOD + "users: {protected: me@x}\n", "4:20: users.protected: must be a list, such as [ann@example.com]"),
        (GOOD + "users: suspended\n", "4:8: users: must have keys and values"),
        (GOOD + "state: /var/lib/jc1p\n", "4:8: state: must have keys and values, such as {path: /var/lib/jc1p}"),
        (GOOD + "users: {aliases: [a]}\n",
         "4:18: users.aliases: must have keys and values, such as {ann@example.com: ann.lee@example.com}"),
        (GOOD.replace("{api_key:", "{org_id: Example Corp, api_key:"),
         "1:21: jumpcloud.org_id: must be the organization's id, 24 digits and letters from a to f"),
        (GOOD + "protected: [a@example.com]\n",
         "4:1: protected: unknown key; indent it under users: or groups:"),
        (GOOD + "api_key: x\n", "4:1: api_key: unknown key; indent it under jumpcloud:"),
        (GOOD + "groups: {application: x}\n", "4:10: groups.application: unknown key; it belongs under scope:"),
        (GOOD + "notify: [{email: a@example.com}]\n",
         "4:11: notify[0].email: unknown key; did you mean detail? Known are detail, exec, on, remind, slack, teams, "
         "timeout, webhook"),
        (GOOD.replace("{scim_url: https://scim.example.com,", "{scim_url: ,"),
         "2:15: onepassword.scim_url: this key needs a value"),
        (GOOD.replace("{application: 1Password Business}", ""), "3:1: scope: this key needs a value"),
        (GOOD.replace(CANARY, "$JUMPCLOUD_API_KEY", 1), "1:22: jumpcloud.api_key: a variable needs braces: ${NAME}"),
        (GOOD.replace(CANARY, "op:/vault/item/field", 1),
         "1:22: jumpcloud.api_key: a 1Password reference looks like op://vault/item/field"),
        (GOOD.replace(CANARY, "./keys/jumpcloud", 1),
         "1:22: jumpcloud.api_key: this is a path; write {file: PATH} to read the secret from it"),
        (GOOD.replace(CANARY, "/etc/passwd", 1),
         "1:22: jumpcloud.api_key: this is a path; write {file: PATH} to read the secret from it"),
        (GOOD + 'state: {path: "~nosuchuser/x"}\n', "4:15: state.path: there is no user nosuchuser for ~"),
        (GOOD + 'state: {path: "a\\0b"}\n',
         "4:15: state.path: a path or command cannot contain a NUL character"),
        (GOOD.replace("https://scim.example.com", '"https://scim.exa\\0mple.com"'),
         "2:25: onepassword.scim_url: an address has no spaces or control characters; use an address "
         "such as https://scim.example.com"),
        (GOOD.replace("https://scim.example.com", "https://scim..example.com"),
         "2:25: onepassword.scim_url: not a valid address; use an address such as https://scim.example.com"),
        (GOOD.replace("{api_key:", "{client_id: x, api_key:"),
         "1:12: jumpcloud: use either api_key or client_id and client_secret, not both"),
        (GOOD.replace(f"{{api_key: {CANARY}}}", "{region: us}"),
         "1:12: jumpcloud: the credential is missing: set api_key, or client_id and client_secret"),
        (GOOD.replace("https://scim.example.com", "https://acme.1password.eu/"),
         "2:25: onepassword.scim_url: acme.1password.eu is the account's sign-in address. Use the address "
         "of your SCIM bridge, such as https://scim.example.com"),
        (GOOD.replace("https://scim.example.com", "http://scim.example.com"),
         "2:25: onepassword.scim_url: only https is accepted, because each request carries credentials; use an "
         "address such as https://scim.example.com"),
        (GOOD.replace("https://scim.example.com", "https://u:p@scim.example.com"),
         "2:25: onepassword.scim_url: the address cannot have a user, query or fragment; use an "
         "address such as https://scim.example.com"),
        (GOOD + "users:\n  aliases: {Ann@example.com: a@old.example, ann@EXAMPLE.com: b@old.example}\n",
         "5:12: users.aliases: Ann@example.com and ann@EXAMPLE.com are the same JumpCloud email"),
        (GOOD.replace("https://scim.example.com", "scim.example.com"),
         "2:25: onepassword.scim_url: an address needs https:// and a host, such as "
         "https://scim.example.com"),
    ],
)  # fmt: skip
def test_problem_is_told_with_line_column_and_key(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, text) == [expected]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + 'users: {protected: ["${OWNER}"]}\n', "Set it with `export OWNER=…`."),
        (GOOD + "users: {attributes: {displayName: '${firstname}'}}\n", "JumpCloud's field is {firstname}, without $."),
        (GOOD + "notify: [{slack: '${HOOK}'}]\n", "Set it with `export HOOK=…`, or write `{file: PATH}` in its place."),
        (GOOD.replace("scim.example.com", "my.1password.com"), "Set onepassword.scim_url to the bridge's address"),
        (GOOD + "user: {}\n", "`jc1p config schema` lists every key"),
        (GOOD + "user: {}\nhttp: {attempts: many}\n", "`jc1p config schema` lists every key"),
        (GOOD + "http: {attempts: many}\n", "Correct the value, then run `jc1p config check`."),
        (GOOD + "http: {attempts: many, timeout: 30s}\n", "Correct the values, then run `jc1p config check`."),
    ],
)
def test_hint_fits_its_problem(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert said in (caught.value.hint or "")


def test_all_problems_come_at_once_in_order_of_line(tmp_path: Path) -> None:
    text = "jumpcloud: {regoin: us}\nscope: {}\nusers: {staged: maybe}\nfoo: 1\n"
    places = [line.split(": ")[0] + " " + line.split(": ")[1] for line in problems(tmp_path, text)]
    assert places == ["1:1 onepassword", "1:13 jumpcloud.regoin", "2:8 scope", "3:17 users.staged", "4:1 foo"]


def test_text_stays_as_written(tmp_path: Path) -> None:
    config = load(
        tmp_path, GOOD.replace("{application: 1Password Business}", "{groups: [0123, on, 12:30, 2026-01-01, ~x]}")
    )
    assert config.scope.groups == ("0123", "on", "12:30", "2026-01-01", "~x")


def test_variables_fill_scalars_and_never_bring_yaml_along(tmp_path: Path) -> None:
    text = (
        GOOD.replace("1Password Business", '"${APP:-1Password} ${KIND}"') + "users: {protected: ['$${X}', '${MANY}']}\n"
    )
    config = load(tmp_path, text, KIND="Business", MANY="[a, b]: {c}")
    assert config.scope.application == "1Password Business"
    assert config.users.protected == ("${X}", "[a, b]: {c}")


@pytest.mark.parametrize(
    ("written", "limit"),
    [("7", Limit(floor=7)), ("10%", Limit(percent=10)), ("{percent: 2.5, floor: 1}", Limit(2.5, 1))],
)
def test_limits_have_three_forms(tmp_path: Path, written: str, limit: Limit) -> None:
    assert load(tmp_path, GOOD + f"guard: {{suspensions: {written}}}\n").guard.suspensions == limit


@pytest.mark.parametrize(
    ("written", "duration"), [("30m", {"minutes": 30}), ("12h", {"hours": 12}), ("7d", {"days": 7}), ("0h", {})]
)
def test_durations(tmp_path: Path, written: str, duration: dict[str, int]) -> None:
    assert load(tmp_path, GOOD + f"users: {{grace_period: {written}}}\n").users.grace_period == timedelta(**duration)


@pytest.mark.parametrize(
    ("url", "root", "first"),
    [
        ("https://scim.example.com", "https://scim.example.com", "/scim"),
        ("https://scim.example.com/", "https://scim.example.com", "/scim"),
        ("https://scim.example.com/scim", "https://scim.example.com", "/scim"),
        ("https://scim.example.com/scim/v2/", "https://scim.example.com", "/scim/v2"),
        ("https://scim.example.com/v2", "https://scim.example.com", "/scim/v2"),
        ("https://scim.example.com/app/status", "https://scim.example.com", "/scim"),
        ("https://scim.example.com/scim/Users", "https://scim.example.com", "/scim"),
        ("https://gate.example.com:8443/op/scim", "https://gate.example.com:8443/op", "/scim"),
        ("https://provisioning.1password.com/scim/v2", "https://provisioning.1password.com", "/scim/v2"),
    ],
)
def test_every_form_of_the_bridges_address(url: str, root: str, first: str) -> None:
    found, bases = bridge_addresses(url)
    assert (found, bases[0], sorted(bases)) == (root, first, ["", "/scim", "/scim/v2"])


def test_regions_lead_to_their_hosts(tmp_path: Path) -> None:
    europe = load(tmp_path, GOOD.replace("{api_key", "{region: eu, api_key")).jumpcloud
    assert europe.api_root == "https://console.eu.jumpcloud.com"
    assert europe.token_url == "https://admin-oauth.id.eu.jumpcloud.com/oauth2/token"
    local = load(tmp_path, GOOD.replace("{api_key", "{url: http://127.0.0.1:9/api/, api_key")).jumpcloud
    assert (local.api_root, local.token_url) == ("http://127.0.0.1:9", "http://127.0.0.1:9/oauth2/token")


def test_literal_secrets_and_open_files_are_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace(CANARY, '"${KEY}"', 1))
    path.chmod(0o644)
    told = load_config(path, {"KEY": "x"}).warnings
    assert any("onepassword.token is a secret in plain text" in warning for warning in told)
    assert not any("jumpcloud.api_key" in warning for warning in told)
    assert any("other users can read the secrets in it (mode 644)" in warning for warning in told)
    path.chmod(0o600)
    assert not any("other users can read" in warning for warning in load_config(path, {"KEY": "x"}).warnings)


@pytest.mark.parametrize("value", ["[]", "[large_pages, memberof]", "[anything]", "yes", "{a: b}", ""])
def test_key_without_effect_is_ignored_with_a_warning_that_names_its_place(tmp_path: Path, value: str) -> None:
    written = f"jumpcloud:\n  api_key: {CANARY}\n  accelerators: {value}\n" + GOOD.partition("\n")[2]
    assert load(tmp_path, written).model_dump() == load(tmp_path, GOOD).model_dump()
    (tmp_path / "c.yaml").write_text(written)
    (ignored,) = load_config(tmp_path / "c.yaml", {}).ignored_keys
    assert ignored.key == "jumpcloud.accelerators"
    assert ignored.message == (
        f"{tmp_path}/c.yaml:3:3: jumpcloud.accelerators: this key no longer has any "
        "effect. Delete it: the next version rejects it."
    )
    assert ignored.message in load_config(tmp_path / "c.yaml", {}).warnings


def test_secret_never_shows(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert CANARY not in repr(config) + str(config) + config.model_dump_json() + str(config.model_dump())


def test_file_is_found_in_the_promised_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config(Path("given.yaml"), {"JC1P_CONFIG": "env.yaml"}) == Path("given.yaml")
    assert find_config(None, {"JC1P_CONFIG": "env.yaml"}) == Path("env.yaml")
    (tmp_path / "jc1p.yaml").touch()
    assert find_config(None, {}) == Path("jc1p.yaml")


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_unreadable_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"not found|cannot read"):
        load_config(tmp_path / name, {})


def test_deep_aliases_do_not_explode(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(ConfigError, match="aliases may be nested"):
        load(tmp_path, "\n".join(lines))


def test_schema_accepts_the_example_and_refuses_unknown_keys() -> None:
    schema = Config.model_json_schema()
    Draft202012Validator.check_schema(schema)
    example: dict[str, Any] = yaml.safe_load((HERE.parent / "config.example.yaml").read_text())
    example["state"].pop("path")
    assert [error.message for error in Draft202012Validator(schema).iter_errors(example)] == []
    assert [*Draft202012Validator(schema).iter_errors({**example, "foo": 1})]
    assert json.dumps(schema)


def test_paths_begin_at_the_file_or_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/of/ann")
    written = {"~/st": Path("/home/of/ann/st"), "st": tmp_path / "st", "/var/st": Path("/var/st")}
    assert {text: load(tmp_path, GOOD + f"state: {{path: {text}}}\n").state.path for text in written} == written


def test_state_folders_differ_by_pair_of_accounts(tmp_path: Path) -> None:
    one = load(tmp_path, GOOD)
    two = load(tmp_path, GOOD.replace("{api_key", "{region: eu, api_key"))
    folders = {state_folder_of(config, lambda: tmp_path) for config in (one, two)}
    assert len(folders) == 2
    assert all(folder.name.startswith("scim.example.com-") for folder in folders)


@given(
    text=st.text(max_size=200) | st.sampled_from([GOOD, GOOD + "users: &a [*a]\n", "? [a]: b\n", "a: !!python/x 1\n"])
)
@times(2)
def test_any_text_is_a_configuration_or_a_configuration_error(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with suppress(ConfigError):
        load_config(path, {})


NOTIFY = """\
notify:
- {slack: "${HOOK}", 'on': [refused, recovered], remind: 24h}
- {teams: op://a/b/c, detail: names}
- {webhook: {file: hook}, timeout: 3}
- {exec: [page, --token, canary-secret-41c7]}
"""


def test_receivers_are_secrets_and_in_the_schema(tmp_path: Path) -> None:
    hook = f"https://hooks.example.com/services/{CANARY}?sig={CANARY}"
    config = load(tmp_path, GOOD + NOTIFY, HOOK=hook)
    assert [each.kind for each in config.notify] == ["slack", "teams", "webhook", "exec"]
    assert len(config.notify[1].on) == 5
    assert CANARY not in repr(config) + config.model_dump_json()
    validator = Draft202012Validator(Config.model_json_schema())
    given = {**yaml.safe_load(GOOD + NOTIFY)}
    assert [error.message for error in validator.iter_errors(given)] == []
    assert [*validator.iter_errors({**given, "notify": [{"exec": ["x"], "on": []}]})]
    (tmp_path / "hook").write_text(hook)
    (tmp_path / "hook").chmod(0o644)
    told = load_config(tmp_path / "c.yaml", {"HOOK": hook}).warnings
    assert [warning for warning in told if "notify[2].webhook" in warning]
    assert not [warning for warning in told if "notify[0]" in warning]


def test_commands_that_want_the_state_alone_need_no_receiver(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD + NOTIFY)
    assert len(load_config(path, {}, needs_secrets=False).config.notify) == 4


def test_keys_that_have_no_effect_are_not_suggested(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, GOOD.replace("{api_key:", "{zzz: 1, api_key:"))
    assert "accelerators" not in told


def test_warning_about_a_readable_file_names_the_command(tmp_path: Path) -> None:
    path, key = tmp_path / "my config.yaml", tmp_path / "key"
    path.write_text(GOOD.replace(f"token: {CANARY}", "token: {file: key}"))
    key.write_text(CANARY)
    path.chmod(0o644)
    key.chmod(0o644)
    warnings = "\n".join(load_config(path, {}).warnings)
    assert f"Run `chmod 600 '{path}'`" in warnings
    assert f"Run `chmod 600 {key}`" in warnings


def test_folder_in_place_of_a_secret_file_is_not_to_be_closed(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace(CANARY, "{file: .}"))
    assert load_config(path, {}).secret_warnings == ()
