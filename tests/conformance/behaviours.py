"""What an admin expects of a sync, one behaviour after the other: did it happen, and what did jc1p report?

"yes" means that the server itself shows it. A "no" is fine if jc1p reported it. If it didn't happen but was reported as
done, that is a false success, which must not occur with any server.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from conformance.company import Company

YES, FALSE_SUCCESS = "yes", "FALSE SUCCESS"
PEOPLE = ("ann", "bob", "cy", "dan", "eve", "fay")
Verdict = str
Document = dict[str, Any]


def create(company: Company) -> Verdict:
    company.hire(*PEOPLE)
    done = company.sync()
    reached = all(
        company.account(name).get("active") and company.shown_name(name) == f"{name.capitalize()} Example"
        for name in PEOPLE
    )
    return verdict(done, "ann@example.com", reached=reached)


def update(company: Company) -> Verdict:
    company.person("ann")["displayname"] = "Ann Marie Example"
    done = company.sync()
    return verdict(done, "ann@example.com", reached=company.shown_name("ann") == "Ann Marie Example")


def suspend(company: Company) -> Verdict:
    company.person("bob").update(state="SUSPENDED", suspended=True)
    done = company.sync()
    return verdict(done, "bob@example.com", reached=company.account("bob")["active"] is False)


def reactivate(company: Company) -> Verdict:
    before = company.account("bob")["id"]
    company.person("bob").update(state="ACTIVATED", suspended=False)
    done = company.sync()
    account = company.account("bob")
    return verdict(done, "bob@example.com", reached=(account["active"], account["id"]) == (True, before))


def rename(company: Company) -> Verdict:
    """An email change keeps the account."""
    before = company.account("cy")["id"]
    company.person("cy")["email"] = "cyril@example.com"
    done = company.sync()
    return verdict(done, "cyril@example.com", reached=company.account("cyril").get("id") == before)


def push_group(company: Company) -> Verdict:
    company.make_group("Engineering", "ann", "bob")
    done = company.sync()
    return verdict(done, "Engineering", reached=company.really_in("Engineering") == {"ann", "bob"})


def add_members(company: Company) -> Verdict:
    company.members("Engineering").extend(company.person(name)["id"] for name in ("cyril", "dan", "eve"))
    done = company.sync()
    wanted = {"ann", "bob", "cyril", "dan", "eve"}
    return verdict(done, "Engineering", reached=company.really_in("Engineering") == wanted)


def remove_members(company: Company) -> Verdict:
    for name in ("ann", "dan"):
        company.members("Engineering").remove(company.person(name)["id"])
    done = company.sync()
    return verdict(done, "Engineering", reached=company.really_in("Engineering") == {"bob", "cyril", "eve"})


def rename_group(company: Company) -> Verdict:
    """A rename keeps the group, its members and its vaults."""
    before = company.group_id("Engineering")
    company.source.world.group_named("Engineering").name = "Product"
    done = company.sync()
    kept = company.group_id("Product") == before and company.really_in("Product") == {"bob", "cyril", "eve"}
    return verdict(done, "Product", reached=kept)


def nothing_left(company: Company) -> Verdict:
    """The next run has nothing to do."""
    left = [change for change in company.plan()["changes"] if change["kind"] != "link_user"]
    if not left:
        return YES
    return "no: would " + ", ".join(f"{change['kind']} {change['user'] or change['group']}" for change in left)


BEHAVIOURS: dict[str, Callable[[Company], Verdict]] = {
    "create": create,
    "update": update,
    "suspend": suspend,
    "reactivate": reactivate,
    "rename": rename,
    "push group": push_group,
    "add members": add_members,
    "remove members": remove_members,
    "rename group": rename_group,
    "nothing left": nothing_left,
}


def verdict(done: Document, subject: str, *, reached: bool) -> Verdict:
    """The result of one behaviour, according to the server and to jc1p."""
    said = next(iter(said_of(done, subject)), "")
    if reached:
        return f"no: it came about, and jc1p said: {said}" if said else YES
    return f"no: {said}" if said else f"{FALSE_SUCCESS}: it didn't come about, and jc1p said nothing"


def said_of(done: Document, subject: str) -> Iterator[str]:
    """What a run reports as not done for a person or a group."""
    if done["error"]:
        yield plain(done["error"]["message"])
    changes = {change["id"]: change for change in done["changes"] or []}
    for row in (done["outcome"] or {}).get("changes", []):
        change = changes[row["id"]]
        if row["status"] != "applied" and subject in {change["user"], change["group"]}:
            yield plain(row["error"])
    for held in done["held"] or []:
        if subject in {held["user"], held["group"]}:
            yield plain(f"{held['code']}: {held['reason']}")


def plain(text: str) -> str:
    """The text without what differs between runs: ids and ports."""
    return re.sub(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|127\.0\.0\.1:\d+", "…", text)
