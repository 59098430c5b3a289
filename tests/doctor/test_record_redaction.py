"""No personal data gets into a bundle: tested with any JSON, and with the simulators' answers."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from hypothesis import given
from hypothesis import strategies as st

from jc1p.clients.http.exchange import Exchanged
from jc1p.doctor.record.redact import StandIns, redact, redact_address, redact_headers
from jc1p.doctor.record.tape import Tape
from jc1p.doctor.record.vocabulary import KEYS, WORDS
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

SHORTEST = 4
"""Shorter texts occur in every bundle by chance."""

secrets = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=SHORTEST, max_size=20).map(
    lambda text: f"zq{text}qz"
)
"""Texts that are in no vocabulary."""
texts = st.one_of(
    secrets,
    secrets.map(lambda text: f"{text}@{text}.example"),
    secrets.map(lambda text: f"https://{text}.example/Users/{text}?{text}#{text}"),
    secrets.map(lambda text: f"/{text}/Users"),
    secrets.map(lambda text: f"ACTIVATED {text}"),
    secrets.map(lambda text: f"https://[{text}"),
)
keys = st.one_of(secrets, st.sampled_from(sorted(KEYS)), st.sampled_from(sorted(WORDS)))
values = st.recursive(
    st.one_of(texts, st.integers(10**6), st.booleans(), st.none(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)


def texts_in(value: Any) -> Iterator[str]:
    """Every text and every key."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, str):
        yield value


@given(values)
def test_no_text_that_is_not_known_gets_through(value: Any) -> None:
    shown = json.dumps(redact(value, StandIns()), ensure_ascii=False)
    for text in texts_in(value):
        for part in text.replace("/", " ").replace("@", " ").replace(".", " ").split():
            assert not (part.startswith("zq") and part in shown), (text, shown)


@given(values, texts, st.lists(st.tuples(texts, texts), max_size=4), st.sampled_from([200, 404]))
def test_no_text_of_a_whole_exchange_gets_through(
    value: Any, text: str, pairs: list[tuple[str, str]], status: int
) -> None:
    tape = Tape()
    url = f"https://{quote(text, safe='')}.example/{quote(text)}/Users?{urlencode([*pairs, ('filter', text)])}"
    sent: Any = {"Operations": [{"op": "add", "path": f'members[value eq "{text}"]', "value": value}]}
    headers = {"Content-Type": text, "Location": text, text: text, "X-Total-Count": text}
    for content in (json.dumps(value).encode(), text.encode(), b"<p>" + text.encode()):
        for body in (sent, value, None):
            tape.hear(
                Exchanged("JumpCloud", "GET", url, body, signed=True, status=status, headers=headers, content=content)
            )
    shown = json.dumps(tape.exchanges, ensure_ascii=False)
    everything = (text, *texts_in(value), *(each for pair in pairs for each in pair))
    for each in everything:
        for part in each.replace("/", " ").replace("@", " ").replace(".", " ").split():
            assert not (part.startswith("zq") and part in shown), (each, shown)


@given(st.integers(10**6), st.sampled_from(["employeeIdentifier", "phoneNumbers", "id", "anything"]))
def test_numbers_show_only_where_they_count_something(number: int, key: str) -> None:
    assert str(number) not in json.dumps(redact({key: number}, StandIns()))


@given(st.lists(texts, min_size=1, max_size=8))
def test_the_same_text_has_the_same_stand_in_and_no_other_has_it(given_: list[str]) -> None:
    stand_ins = StandIns()
    shown = [stand_ins.stand_in(text) for text in given_]
    assert len(set(shown)) == len(set(given_))
    assert [stand_ins.stand_in(text) for text in given_] == shown


def test_shape_of_an_answer_stays() -> None:
    stand_ins = StandIns()
    shown = redact(
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "QZ7XMPLE2BINHPRMYTZOI3H2AA",
            "userName": "ada@example.com", "active": True, "externalId": "", "totalResults": 12,
            "custom": "ada@example.com", "emails": [{"value": "ada@example.com", "type": "work"}],
            "meta": {"location": "https://scim.example.com/scim/v2/Users/QZ7XMPLE2BINHPRMYTZOI3H2AA?x=1"},
        },
        stand_ins,
    )  # fmt: skip
    assert shown == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "<id of 26 capitals and digits 1>",
        "userName": "<email 2>", "active": True, "externalId": "", "totalResults": 12,
        "<text 3>": "<email 2>", "emails": [{"value": "<email 2>", "type": "work"}],
        "meta": {"location": "https://<text 4>/scim/v2/Users/<id of 26 capitals and digits 1>?…"},
    }  # fmt: skip


def test_word_shows_only_under_its_own_key() -> None:
    assert redact({"state": "SUSPENDED"}, StandIns()) == {"state": "SUSPENDED"}
    assert redact({"department": "SUSPENDED"}, StandIns()) == {"department": "<text 1>"}


def test_of_headers_only_counts_and_the_media_type_show() -> None:
    headers = {"X-Total-Count": "27", "Set-Cookie": "a=b", "Content-Type": "text/html; charset=zq"}
    headers["Retry-After"] = "soon"
    assert redact_headers(headers) == {
        "x-total-count": "27", "content-type": "text/html", "retry-after": "<no number>",
    }  # fmt: skip
    assert redact_headers({"content-type": "application/x-acme"}) == {"content-type": "<another>"}


def test_deep_nesting_ends() -> None:
    value: Any = "secret-in-the-deep"
    for _ in range(500):
        value = [value]
    assert "secret" not in json.dumps(redact(value, StandIns()))


def test_nothing_of_the_made_up_company_gets_through() -> None:
    with Sandbox(make_world(users=40, groups=8)) as sandbox:
        signed = {"x-api-key": sandbox.jumpcloud.key, "Authorization": f"Bearer {sandbox.bridge.token}"}
        addresses = [f"{sandbox.jumpcloud_url}/api{path}" for path in (
            "/systemusers?limit=100", "/v2/usergroups?limit=100", "/applications", "/organizations",
            f"/v2/applications/{sandbox.world.application_id}/users?limit=100",
        )]  # fmt: skip
        addresses += [f"{sandbox.bridge_url}{path}" for path in (
            "/scim/Users?count=100", "/scim/Groups", "/scim/ServiceProviderConfig", "/health",
        )]  # fmt: skip
        answers = [httpx.get(address, headers=signed) for address in addresses]
        people = list(sandbox.world.users.values())
        private = {str(user[key]) for user in people for key in ("_id", "username", "email", "lastname", "displayname")}
        private |= {group.name for group in sandbox.world.groups.values()} | set(sandbox.world.groups)
        private |= {sandbox.jumpcloud.key, sandbox.bridge.token, sandbox.world.application_id, "Example Corp"}
    assert {answer.status_code for answer in answers} == {200}
    stand_ins = StandIns()
    bodies = [redact(answer.json(), stand_ins) for answer in answers]
    # A group may have the name of a part of a documented key: Operations, maxOperations.
    shown = [text for text in texts_in(bodies) if text not in KEYS]
    shown += [redact_address(address, stand_ins) for address in addresses]
    assert not {each for each in private if len(each) >= SHORTEST and any(each in text for text in shown)}
    assert sum(text.startswith("<email ") for text in shown) > len(people)
