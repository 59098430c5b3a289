"""The trace of one person or account. Pure."""

from collections.abc import Sequence

from jc1p.core.attributes import LANGUAGE, compared_form, field_value, listed
from jc1p.core.duplicates import resemblances
from jc1p.core.folding import fold, matches_any
from jc1p.core.matching import MatchedBy
from jc1p.core.models import Account, Group, Person
from jc1p.core.people_filter import PeopleEntry, first_fit, fits, key_value
from jc1p.core.plan import Plan, user_key
from jc1p.core.planning import Situation
from jc1p.core.planning.returns import LIKELY_CONNECTOR
from jc1p.core.policy import SuspendedBy
from jc1p.core.scope import Scope
from jc1p.queries.why.steps import STATE_WORDS, Step, Trace, change_step, group_rule, scope_rule
from jc1p.queries.why.subject import Subject

MATCH_RULES = {
    MatchedBy.LINK: "a link in state",
    MatchedBy.EXTERNAL_ID: "the account's externalId is this user's JumpCloud id",
    MatchedBy.EMAIL: "the same email, ignoring case",
    MatchedBy.ALIAS: "users.aliases",
}


def trace_user(situation: Situation, scope: Scope, plan: Plan, subject: Subject, groups: Sequence[str]) -> Trace:
    person, account = subject.person, subject.account
    key = user_key(person.id if person else None, account.id if account else None)
    email = person.email if person else account.user_name if account else ""
    changes = tuple(
        change for change in plan.changes if change.key == key or any(member.key == key for member in change.members)
    )
    held = tuple(item for item in plan.held if is_about(item.user_key, item.user, key, email))
    warnings = tuple(each for each in plan.warnings if is_about(each.key, each.subject, key, email))
    steps = (
        Step("jumpcloud", *seen_person(situation, subject, groups)),
        Step("scope", *seen_scope(situation, scope, person)),
        match_step(situation, subject),
        attributes_step(situation, subject),
        change_step(changes, held, plan.left_alone.get(key)),
    )
    return Trace(email, is_group=False, steps=steps, changes=changes, held=held, warnings=warnings)


def is_about(named_key: str, name: str | None, key: str, email: str) -> bool:
    """Whether an item of the plan is about this user: by its key; by its name if it has none."""
    return named_key == key if named_key else bool(name) and fold(name or "") == fold(email)


def seen_person(situation: Situation, subject: Subject, groups: Sequence[str]) -> tuple[str, str]:
    person = subject.person
    if person:
        name = situation.wanted[person.id].display_name
        where = f"in groups {listed(groups, most=20)}" if groups else "in no group"
        return f'"{name}", {person.email}, JumpCloud id {person.id}; {where}', state_of(person)
    gone = situation.matches.gone.get(subject.account.id) if subject.account else None
    if gone:
        return f"JumpCloud id {gone}, which is no longer in the user list", "deleted from JumpCloud"
    return "no JumpCloud user has this account", "JumpCloud's user list was read completely"


def state_of(person: Person) -> str:
    expired = ", with an expired password" if person.password_expired else ""
    return f"{STATE_WORDS[person.state]}{expired}"


def seen_scope(situation: Situation, scope: Scope, person: Person | None) -> tuple[str, str]:
    if person is None:
        return "no user to check", "the scope selects JumpCloud users"
    if person.id in situation.desired.excluded:
        return "excluded: jc1p does not change this user", f"scope.exclude_users: {excluding_entry(scope, person)}"
    if person.id in situation.desired.kept_out:
        return "out of scope: matches no entry of scope.users", f"scope.users: {what_misfits(scope, person)}"
    if person.id not in situation.desired.people:
        return "out of scope: in no group in scope, and not assigned directly", scope_rule(scope)
    through = situation.desired.through.get(person.id, ())
    rules = [group_rule(situation, scope, group) for group in in_groups(situation, person)]
    if person.id in situation.source.assigned_people:
        rules.append(f"assigned to the application {scope.application} directly")
    if entry := first_fit(person, scope.users):
        rules.append(f"matched by scope.users: {entry}")
    how = f"through {listed(through, most=20)}" if through else "directly"
    return f"in scope {how}", "; ".join(dict.fromkeys(rules))


def excluding_entry(scope: Scope, person: Person) -> str:
    by_address = (entry for entry in scope.exclude_users if matches_any(person.email, (entry,)))
    return next(by_address, "") or str(first_fit(person, scope.exclude_entries))


def what_misfits(scope: Scope, person: Person) -> str:
    """Each entry with the fields that exclude a user."""
    return "; ".join(f"{entry}, but {', '.join(misfits(person, entry))}" for entry in scope.users)


def misfits(person: Person, entry: PeopleEntry) -> list[str]:
    found = [
        (key, key_value(person, key)) for key, values in entry.keys if not fits(person, PeopleEntry(((key, values),)))
    ]
    return [f'{key} is "{value}"' if value else f"{key} is empty" for key, value in found]


def in_groups(situation: Situation, person: Person) -> list[Group]:
    return [group for group in situation.desired.groups.values() if person.id in group.members]


def described(account: Account) -> str:
    external = f"externalId {account.external_id}" if account.external_id else "no externalId"
    return f"{account.user_name}, {'active' if account.active else 'suspended'}, id {account.id}, {external}"


def match_step(situation: Situation, subject: Subject) -> Step:
    person, account = subject.person, subject.account
    case = situation.matches.ambiguous_people.get(person.id) if person else None
    if case:
        return Step("match", case.message, "ambiguous")
    if person and account:
        details = (suspension_of(situation, person, account),) if not account.active else ()
        return Step("match", described(account), MATCH_RULES[situation.matches.by_person[person.id].by], details)
    if account:
        return Step("match", described(account), "no JumpCloud user matches by link, externalId, email or alias")
    if person is None:
        return Step("match", "nothing", "neither side has it")
    wanted = situation.wanted[person.id]
    alike = [
        f"{each.account.user_name} ({each.account.id}) has {each.why}: {'holds' if each.is_strong else 'only warns'}"
        for each in resemblances(person, wanted, situation.leftovers, situation.crowd)
    ]
    rule = f"no link, no externalId {person.id}, no account at {wanted.user_name or '(no email)'}"
    return Step("match", "no 1Password account", rule, tuple(alike))


def suspension_of(situation: Situation, person: Person, account: Account) -> str:
    """Who suspended an account according to earlier runs, otherwise who probably did."""
    known = situation.memory.suspensions.get(account.id)
    likely = f". {LIKELY_CONNECTOR}" if person.password_expired else ""
    if known is None:
        return f"suspended, but not by jc1p, according to state and journal{likely}"
    since = f"known since {known.since:%Y-%m-%d %H:%M} UTC"
    match known.by:
        case SuspendedBy.JC1P:
            return f"suspended by jc1p, {since}"
        case SuspendedBy.JUMPCLOUD:
            expired = " or had an expired password" if situation.policy.users.suspend_password_expired else ""
            return f"seen suspended while the user was suspended in JumpCloud{expired}, {since}"
        case SuspendedBy.SOMEBODY_ELSE:
            return f"suspended, but not by jc1p, {since}{likely}"


def attributes_step(situation: Situation, subject: Subject) -> Step:
    person, account = subject.person, subject.account
    if not person:
        return Step("attributes", "nothing to compare with", "no JumpCloud user")
    wanted = situation.wanted[person.id]
    pairs = [("userName", account.user_name if account else "", wanted.user_name),
             ("displayName", account.display_name if account else "", wanted.display_name)]  # fmt: skip
    if wanted.preferred_language:
        pairs.append((LANGUAGE, account.preferred_language if account else "", wanted.preferred_language))
    details = [compared(name, before, after, known=account is not None) for name, before, after in pairs]
    differ = account and any(compared_form(name, before) != compared_form(name, after) for name, before, after in pairs)
    saw = "no account to compare with" if not account else "they differ" if differ else "nothing differs"
    fields = ", ".join(f"{name} {field_value(person, name)!r}" for name in ("email", "displayname", "firstname",
                                                                            "lastname"))  # fmt: skip
    return Step("attributes", saw, f"users.attributes, from JumpCloud's {fields}", tuple(details))


def compared(name: str, before: str, after: str, *, known: bool) -> str:
    if not known:
        return f'{name}: would be "{after}"'
    if compared_form(name, before) == compared_form(name, after):
        return f'{name}: "{before}" on both sides'
    return f'{name}: "{before}" in 1Password, "{after}" wanted'
