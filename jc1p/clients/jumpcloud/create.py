"""Creates a user in JumpCloud, for `jc1p import --create`: the only write there, never sent twice without checking."""

import httpx

from jc1p.clients.http.exchange import Answer, Repeat
from jc1p.clients.jumpcloud.connection import JumpCloudConnection
from jc1p.clients.jumpcloud.errors import checked_object, explain
from jc1p.clients.jumpcloud.oauth import NAME
from jc1p.clients.jumpcloud.paging import read_list
from jc1p.clients.jumpcloud.parse import FIELDS, id_of, parse_person
from jc1p.core.folding import fold
from jc1p.core.models import CreatedPerson, NewPerson, Person
from jc1p.errors import Jc1pError, OutcomeUnknown, RequestRefused


async def create_person(connection: JumpCloudConnection, new: NewPerson) -> CreatedPerson:
    """Create a STAGED user. See JumpCloudClient.create_person."""
    body = {"username": new.username, "email": new.email, "firstname": new.firstname, "lastname": new.lastname,
            "displayname": new.displayname, "state": "STAGED"}  # fmt: skip
    try:
        answer = await connection.http.send(
            "POST", "/systemusers", body=body, repeat=Repeat.CREATE, headers=connection.org_header
        )
    except OutcomeUnknown:
        if found := await find_by(connection, "email", new.email):
            return CreatedPerson(found)
        raise
    if answer.status == httpx.codes.BAD_REQUEST:
        # The text of a duplicate's 400 is not documented, so a lookup tells it from other errors.
        if found := await find_by(connection, "email", new.email):
            return CreatedPerson(found, existed=True)
        raise await explain_refusal(connection, answer, new)
    return CreatedPerson(parse_person(checked_object(answer, "POST /systemusers"), frozenset()))


async def find_by(connection: JumpCloudConnection, name: str, value: str) -> Person | None:
    """The person with this email or username. The filter is case-sensitive (facts 4.3), so lower case is tried too."""
    for wanted in dict.fromkeys((value, value.lower())):
        fetch = connection.v1_pages(
            "/systemusers", {"sort": "_id", "fields": " ".join(FIELDS), "filter": f"{name}:$eq:{wanted}"}
        )
        listing = await read_list("users", fetch, id_of, lambda _, row: parse_person(row, frozenset()), exact=True)
        for person in listing.rows.values():
            if fold(getattr(person, name)) == fold(value):
                return person
    return None


async def explain_refusal(connection: JumpCloudConnection, answer: Answer, new: NewPerson) -> Jc1pError:
    if holder := await find_by(connection, "username", new.username):
        said = f"the username {new.username} is taken by {holder.email}"
        return RequestRefused(f"JumpCloud refused to create {new.email}: {said}", service=NAME, status=400)
    return explain(answer, "POST /systemusers")
