"""For any names in JumpCloud and 1Password, `jc1p init` writes a file with exactly these names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jc1p.config import Config, load_config
from jc1p.config.secrets import FromCommand, FromFile, FromOnePassword, Given
from jc1p.setup.answers import Addressee, Answers, missing
from jc1p.setup.places import SecretPlace, Variable, parse_place, said_of_place, written
from jc1p.setup.quoting import quoted
from jc1p.setup.starter import config_text

FILE = Path("/nowhere/jc1p.yaml")
ENVIRONMENT = {"KEY": "jca-1", "TOKEN": "tok-1", "HOOK": "https://hooks.example.com/x"}

AWKWARD = [
    "Sales: EMEA", "*all", "R&D #1", 'it\'s "quoted"', "- dash", "null", "true", "0123", "${HOME}", "$${X}", "🌙 ليلى",
    "two\nlines", "tab\there", " led by a blank", "{curly}", "[square]", "!tag", "&anchor", "%", "@at", "`tick`",
    "a, b", "\x1b[31mred", "\u2028", "é", "|", ">", "?", "=", "~", "\\back", "trailing ",
]  # fmt: skip

names = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30),
)


def answers(**changes: object) -> Answers:
    known: dict[str, object] = {
        "region": "eu", "api_key": Variable("KEY"), "application": "1Password", "scim_url": "https://scim.example.com",
        "token": Variable("TOKEN"), "protected": ("ann@example.com",), "notify": (),
    }  # fmt: skip
    return Answers(**(known | changes))  # type: ignore[arg-type]


def read(text: str) -> Config:
    return load_config(FILE, ENVIRONMENT, text=text).config


@given(names, st.lists(names, max_size=4), names, names)
def test_names_come_back_as_they_were(application: str, groups: list[str], organization: str, comment: str) -> None:
    given_ = answers(
        application=application, groups=tuple(groups), organization=organization,
        comments={"scope": comment, "application": comment},
    )  # fmt: skip
    scope = read(config_text(given_)).scope
    assert scope.application == application
    assert scope.groups == tuple(groups)


@pytest.mark.parametrize("name", AWKWARD)
def test_quoted_name_is_on_one_line(name: str) -> None:
    assert len(quoted(name).splitlines()) == 1


@given(st.lists(names, min_size=1, max_size=3), names)
def test_programs_and_paths_come_back_as_they_were(argv: list[str], path: str) -> None:
    given_ = answers(
        token=FromCommand(tuple(argv)),
        api_key=FromFile(Path("/x") / path),
        notify=(Addressee("exec", argv=tuple(argv)),),
    )
    config = read(config_text(given_))
    assert config.onepassword.token == FromCommand(tuple(argv))
    assert config.jumpcloud.api_key == FromFile(Path("/x") / path)
    assert config.notify[0].exec == tuple(argv)


def test_every_answer_is_in_the_file() -> None:
    given_ = answers(
        region="http://127.0.0.1:1", api_key=None, client_id="id", ca_file=Path("/ca.pem"), protected=(),
        client_secret=FromOnePassword("op://v/my item/secret"), org_id="5f1a00000000000000000001", application=None,
        groups=("Team *",), notify=(Addressee("slack", Variable("HOOK")),), state_path=Path("/somewhere else"),
    )  # fmt: skip
    config = read(config_text(given_))
    assert (config.jumpcloud.url, config.jumpcloud.client_id) == ("http://127.0.0.1:1", "id")
    assert config.jumpcloud.client_secret == FromOnePassword("op://v/my item/secret")
    assert config.jumpcloud.org_id == "5f1a00000000000000000001"
    assert config.scope.groups == ("Team *",)
    assert config.users.protected == ()
    assert config.http.ca_file == Path("/ca.pem")
    assert config.state.path == Path("/somewhere else")
    assert [str(event) for event in config.notify[0].on] == ["refused", "failed", "partial", "recovered"]


# --- places of secrets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("JUMPCLOUD_API_KEY", Variable("JUMPCLOUD_API_KEY")),
        ("${key}", Variable("key")),
        ("${KEY:-x}", Variable("KEY", "x")),
        ("/etc/jc1p/key", FromFile(Path("/etc/jc1p/key"))),
        ("./key", FromFile(Path("./key"))),
        ("{file: key}", FromFile(Path("key"))),
        ("op://vault/item/field", FromOnePassword("op://vault/item/field")),
        ("{command: [pass, show, jc1p]}", FromCommand(("pass", "show", "jc1p"))),
    ],
)
def test_place_of_a_secret(text: str, place: SecretPlace) -> None:
    assert parse_place(text) == place
    assert parse_place(written(place).strip('"')) == place


@pytest.mark.parametrize(
    "secret",
    ["jca_3sRqhCJ4", "0123456789abcdef0123456789abcdef01234567", "eyJhbGciOi.JIUzI1.NiIs", "A" * 65, "op://half",
     "{command: []}", "{file: }", "{canary", "", "key.txt", "pass=word"],
)  # fmt: skip
def test_secret_itself_is_refused_and_not_quoted(secret: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - whatever it says
        parse_place(secret)
    assert not secret or secret not in str(refused.value)


def test_arguments_of_a_command_are_not_told() -> None:
    assert said_of_place(FromCommand(("pass", "hunter2"))) == "the command pass"
    assert said_of_place(FromCommand(("pass hunter2",))) == "the command pass"


def test_literal_secret_never_comes_from_a_place() -> None:
    assert isinstance(read(config_text(answers())).jumpcloud.api_key, Given)
    assert "jca-1" not in config_text(answers())


# --- missing answers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"region": None}, "--region"), ({"api_key": None}, "--api-key-from"), ({"application": None}, "--application"),
        ({"scim_url": None}, "--scim-url"), ({"token": None}, "--token-from"), ({"protected": None}, "--protect"),
        ({"notify": None}, "--notify"), ({"api_key": None, "client_id": "x"}, "--client-secret-from"),
        ({"api_key": None, "client_secret": Variable("X")}, "--client-id"),
    ],
)  # fmt: skip
def test_each_answer_is_missed_by_its_option(changes: dict[str, object], option: str) -> None:
    assert [option in line for line in missing(answers(**changes))] == [True]


def test_nothing_is_missing_from_whole_answers() -> None:
    assert not list(missing(answers()))
    assert not list(missing(answers(application=None, groups=("Team *",), protected=())))
