"""The JumpCloud part of a setup: region and credential, tried at once; organization; application or groups."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from jc1p.clients.jumpcloud.connection import ApiKey
from jc1p.clients.jumpcloud.oauth import ServiceAccount
from jc1p.clients.jumpcloud.offers import ApplicationOffer
from jc1p.core.folding import fold
from jc1p.core.models import Group
from jc1p.core.scope import Desired, Scope, find_groups
from jc1p.errors import Jc1pError, OrganizationRequired, ServiceError, Unauthorized
from jc1p.setup.answers import Answers
from jc1p.setup.questions import Desk, amount, is_plain, picked
from jc1p.setup.regions import MEANS, others_than, parse_region, root_of, token_url_of
from jc1p.setup.secret_questions import API_KEY, CLIENT_SECRET, obtain
from jc1p.setup.trials import Login, read_group_names, read_offers, read_scope, try_login

MOST_SHOWN = 40
"""Lines of a list to choose from."""
GROUPS = "groups"


def log_in(desk: Desk, answers: Answers) -> tuple[Answers, Login]:
    """A credential that JumpCloud accepts, and the organization."""
    answers, refused = with_region(desk, answers), False
    while True:
        answers = with_credential(desk, answers, refused=refused)
        login = login_of(desk, answers)
        refused = False
        desk.asker.tell(f"Trying {login.root} …")
        try:
            return with_organization(desk, answers, login, desk.run(try_login(login, desk.hide)))
        except Unauthorized as error:
            desk.complain(Unauthorized(error.message, service=error.service, hint=refusal_hint(answers)))
            elsewhere = find_region(desk, answers)
            answers, refused = replace(answers, region=elsewhere or answers.region), not elsewhere
            if not others_than(answers.region or ""):
                # An address of its own: another server may have refused the credential.
                answers = with_region(desk, replace(answers, region=None), default=answers.region or "")
        except ServiceError as error:
            desk.complain(error)
            answers = with_region(desk, replace(answers, region=None), default=answers.region or "")


def refusal_hint(answers: Answers) -> str:
    """The meaning of a 401 here."""
    others = others_than(answers.region or "")
    where = f" This was region {answers.region}. Other regions: {' and '.join(others)}." if others else ""
    return f"{MEANS}.{where}"


def with_region(desk: Desk, answers: Answers, *, default: str = "us") -> Answers:
    def ask() -> str:
        return desk.asker.ask("JumpCloud region (us, eu, in)", default=default)

    return replace(answers, region=desk.until_good(answers.region, ask, parse_region))


def with_credential(desk: Desk, answers: Answers, *, refused: bool) -> Answers:
    """An API key or a service account, with its secret."""
    if not answers.api_key and not answers.client_id and not answers.client_secret and asks_for_account(desk):
        answers = replace(answers, client_id=desk.asker.ask("Client id of the service account").strip())
    if not answers.client_id and not answers.client_secret:
        return replace(answers, api_key=obtain(desk, API_KEY, answers.api_key, refused=refused))
    if (refused and desk.may_ask) or not answers.client_id:
        client_id = desk.asker.ask("Client id of the service account", default=answers.client_id or "").strip()
        answers = replace(answers, client_id=client_id)
    if not answers.client_id:
        return with_credential(desk, replace(answers, client_id=None, client_secret=None), refused=False)
    return replace(answers, client_secret=obtain(desk, CLIENT_SECRET, answers.client_secret, refused=refused))


def asks_for_account(desk: Desk) -> bool:
    desk.asker.tell("Sign in to JumpCloud with", "  1  an administrator's API key", "  2  a service account")

    def choice(answer: str) -> bool:
        place = picked(answer, 2)
        if place is None:
            raise ValueError("type 1 or 2")
        return place == 1

    return desk.until_good(None, lambda: desk.asker.ask("Sign in with", default="1"), choice)


def login_of(desk: Desk, answers: Answers, region: str | None = None) -> Login:
    """The login from the answers so far, in another region if one is given."""
    where = region or answers.region or ""
    if answers.api_key:
        return Login(root_of(where), ApiKey(desk.values[API_KEY.key]), answers.org_id, desk.tls)
    account = ServiceAccount(answers.client_id or "", desk.values[CLIENT_SECRET.key], token_url_of(where))
    desk.hide(account.basic)
    return Login(root_of(where), account, answers.org_id, desk.tls)


def find_region(desk: Desk, answers: Answers) -> str | None:
    """Another region that accepts the credential; None if none does, or if it must not be tried there."""
    others = others_than(answers.region or "")
    if not others or not desk.agrees(f"Try it in {' and '.join(others)} too?"):
        return None

    def is_accepted(region: str) -> bool:
        desk.run(try_login(login_of(desk, answers, region), desk.hide))
        return True

    found = first_accepting(others, is_accepted)
    desk.asker.tell(f"It belongs to region {found}." if found else "The other regions refuse it too.")
    return found


def first_accepting(regions: Iterable[str], is_accepted: Callable[[str], bool]) -> str | None:
    """The first region whose trial succeeds."""
    for region in regions:
        try:
            if is_accepted(region):
                return region
        except ServiceError:
            continue
    return None


# --- organization -----------------------------------------------------------------------------------------------


def with_organization(desk: Desk, answers: Answers, login: Login, known: Mapping[str, str]) -> tuple[Answers, Login]:
    """The only organization, or the chosen one of several."""
    org_id = answers.org_id
    if len(known) > 1 or (org_id and known and org_id not in known):
        org_id = desk.until_good(org_id, lambda: ask_organization(desk, known), lambda given: chosen_of(given, known))
    name = known.get(org_id or "") or next(iter(known.values()), "")
    desk.asker.tell(f"JumpCloud accepts the credential. Organization: {name or 'without a name'}.")
    only = org_id if len(known) > 1 or answers.org_id else None
    return replace(answers, org_id=only, organization=name), replace(login, org_id=only)


def ask_organization(desk: Desk, known: Mapping[str, str]) -> str:
    if not desk.may_ask:
        shown = ", ".join(f"{name or 'unnamed'} ({id_})" for id_, name in sorted(known.items()))
        raise OrganizationRequired(
            f"this credential has access to {len(known)} organizations: {shown}", hint="Select one with --org-id ID."
        )
    lines = [f"  {number}  {name or 'unnamed'}  {id_}" for number, (id_, name) in enumerate(sorted(known.items()), 1)]
    desk.asker.tell("This credential has access to several organizations:", *lines)
    answer = desk.asker.ask("Organization (number or id)").strip()
    place = picked(answer, len(known))
    return sorted(known)[place] if place is not None else answer


def chosen_of(org_id: str, known: Mapping[str, str]) -> str:
    if org_id not in known:
        raise OrganizationRequired(
            f"{org_id or 'nothing'} is not an organization of this credential. It has access to: "
            f"{', '.join(sorted(known))}"
        )
    return org_id


# --- scope ------------------------------------------------------------------------------------------------------


def choose_scope(desk: Desk, answers: Answers, login: Login) -> tuple[Answers, Desired]:
    """An application, or groups; with the people and groups in its scope."""
    given = (answers.application, answers.groups)

    def read(wanted: tuple[str | None, tuple[str, ...]]) -> tuple[Answers, Desired]:
        application, groups = wanted
        found = desk.run(read_scope(login, Scope(application=application, groups=groups), desk.hide))
        size = f"{amount(len(found.people), 'user')} and {amount(len(found.groups), 'group')}"
        desk.asker.tell(f"In scope: {size}.")
        if not found.people and not desk.agrees("No user is in scope: a sync would be blocked. Use it anyway?"):
            raise ValueError("choose another application or other groups")
        comments = {**answers.comments, "scope": f"{size} at the time of set-up"}
        return replace(answers, application=application, groups=groups, comments=comments), found

    return desk.until_good(given if any(given) else None, lambda: ask_scope(desk, login), read)


def ask_scope(desk: Desk, login: Login) -> tuple[str | None, tuple[str, ...]]:
    """The admin's choice from the offers."""
    offers = desk.run(read_offers(login, desk.hide))
    if not offers:
        desk.asker.tell("JumpCloud has no applications. Choose user groups.")
        return None, ask_groups(desk, login)
    desk.asker.tell("Applications in JumpCloud:", *offer_lines(offers))
    answer = desk.asker.ask(
        f"Application (number, label or id; {GROUPS} to choose user groups instead)", default=usual(offers)
    ).strip()
    if answer.lower() == GROUPS:
        return None, ask_groups(desk, login)
    place = picked(answer, min(len(offers), MOST_SHOWN))
    is_label = any(fold(offer.label) == fold(answer) for offer in offers)
    return (answer if place is None or is_label else label_or_id(offers[place], offers)), ()


def usual(offers: Sequence[ApplicationOffer]) -> str:
    """The number of the most likely application, "" if none is named 1Password."""
    ours = [number for number, offer in enumerate(offers, 1) if offer.is_ours]
    used = [number for number in ours if offers[number - 1].people]
    return next((str(number) for number in (*used, *ours)), "")


def label_or_id(chosen: ApplicationOffer, offers: Sequence[ApplicationOffer]) -> str:
    """The application's name in the file: its label unless another has the same."""
    same = [offer for offer in offers if fold(offer.label) == fold(chosen.label)]
    return chosen.label if len(same) == 1 and is_plain(chosen.label) else chosen.id


def offer_lines(offers: Sequence[ApplicationOffer]) -> Iterable[str]:
    wide = max(len(offer.label) for offer in offers[:MOST_SHOWN])
    for number, offer in enumerate(offers[:MOST_SHOWN], 1):
        yield f"  {number:>2}  {offer.label:<{wide}}  {contents(offer)}".rstrip()
    if len(offers) > MOST_SHOWN:
        yield f"  and {len(offers) - MOST_SHOWN} more: type the label or the id"


def contents(offer: ApplicationOffer) -> str:
    if offer.people is None:
        return ""
    shown = ", ".join(offer.groups[:4]) + (", …" if len(offer.groups) > 4 else "")  # noqa: PLR2004 - in a line
    return f"{amount(offer.people, 'user')}, {amount(len(offer.groups), 'group')}" + (f": {shown}" if shown else "")


def ask_groups(desk: Desk, login: Login) -> tuple[str, ...]:
    """User groups by number, name or pattern, one per line."""
    names = desk.run(read_group_names(login, desk.hide))
    known = [Group(id_, name) for id_, name in sorted(names.items(), key=lambda item: (item[1].lower(), item[0]))]
    lines = [f"  {number:>2}  {group.name}" for number, group in enumerate(known[:MOST_SHOWN], 1)]
    more = [f"  and {len(known) - MOST_SHOWN} more"] if len(known) > MOST_SHOWN else []
    desk.asker.tell("User groups in JumpCloud:", *lines, *more)
    chosen: list[str] = []
    while answer := desk.asker.ask("Group (number, name or pattern such as Team *; empty when done)"):
        try:
            entry = group_entry(answer, known)
        except Jc1pError as error:
            desk.complain(error)
            continue
        chosen += [entry] if entry not in chosen else []
        desk.asker.tell(f"  chosen: {', '.join(chosen)}")
    if not chosen:
        raise ValueError("choose an application or at least one group")
    return tuple(chosen)


def group_entry(answer: str, known: Sequence[Group]) -> str:
    """A group's entry in the file. Raises GroupNotFound."""
    if any(fold(group.name) == fold(answer) for group in known):
        return answer
    place = picked(answer, min(len(known), MOST_SHOWN))
    if place is None:
        find_groups(answer, known)
        return answer
    group = known[place]
    is_alone = sum(fold(each.name) == fold(group.name) for each in known) == 1
    return group.name if is_alone and is_plain(group.name.strip()) else group.id
