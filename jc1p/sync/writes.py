"""Sends one change to 1Password: the call for each kind, and a check of its answer.

The content of the answer decides about success, not its status. apply handles order and stops, the client retries.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import assert_never

from jc1p.core.attributes import LANGUAGE, compared_form
from jc1p.core.folding import fold
from jc1p.core.matching import linked_person
from jc1p.core.models import Account, Created, NewAccount
from jc1p.core.outcomes import Applied, Failed, Outcome
from jc1p.core.plan import Change, Kind, person_of
from jc1p.errors import BelongsToAnother, NotKept, OutcomeUnknown
from jc1p.sync.progress import Progress


async def apply_change(run: Progress, change: Change) -> Outcome:  # noqa: PLR0911 - one return a kind
    match change.kind:
        case Kind.CREATE_USER:
            return await create_user(run, change)
        case Kind.REACTIVATE_USER | Kind.UPDATE_USER | Kind.RENAME_USER | Kind.LINK_USER | Kind.SUSPEND_USER:
            return await update_user(run, change)
        case Kind.CREATE_GROUP:
            created = await run.target.create_group(change.group or "", change.jumpcloud_id or "")
            refuse_anothers_group(run, change, created)
            run.ids[change.key] = created.id
            note = "a group with this name existed; it was linked" if created.existed else None
            return Applied(change, created.id, note, existed=created.existed)
        case Kind.RENAME_GROUP:
            renamed = await done(change, run.target.rename_group(known_id(change), change.group or ""))
            run.freed.add(change.key)
            return renamed
        case Kind.ADD_MEMBERS:
            return await change_members(run, change, run.target.add_members)
        case Kind.REMOVE_MEMBERS:
            return await change_members(run, change, run.target.remove_members)
        case Kind.DELETE_GROUP:
            return await done(change, run.target.delete_group(known_id(change)))
        case _:
            assert_never(change.kind)


async def done(change: Change, work: Awaitable[None]) -> Outcome:
    await work
    return Applied(change, change.scim_id)


def known_id(change: Change) -> str:
    """The SCIM id of a change to an existing account or group."""
    if change.scim_id is None:
        raise ValueError(f"change {change.id} ({change.kind}) names nothing in 1Password")
    return change.scim_id


async def create_user(run: Progress, change: Change) -> Outcome:
    """Invite. If the account already exists, it gets the wanted values instead."""
    after = {name: str(difference.after) for name, difference in change.attributes.items()}
    new = NewAccount(
        user_name=after["userName"],
        display_name=after["displayName"],
        given_name=after["name.givenName"],
        family_name=after["name.familyName"],
        external_id=after["externalId"],
        preferred_language=after.get(LANGUAGE, ""),
    )
    created = await run.target.create_user(new)
    refuse_anothers_account(run, change, created)
    if not created.existed:
        run.ids[change.key] = created.id
        return Applied(change, created.id)
    return await adopt(run, change, created, new.external_id)


async def adopt(run: Progress, change: Change, created: Created, external_id: str) -> Outcome:
    """Link an existing account. A suspended one stays suspended and out of groups, unless its return is due.

    An existing externalId is kept: only a match that the plan shows may replace it.
    """
    account = created.account
    is_back = account is not None and not account.active and created.id in run.options.returns_due
    wanted: dict[str, str | bool] = {"active": True} if is_back else {}
    if account and not account.external_id:
        wanted["externalId"] = external_id
    shown = await run.target.update_user(created.id, wanted) if wanted else None
    refuse_unshown_state(change, shown, wanted)
    if account and not account.active and not is_back:
        run.left_suspended.add(change.key)
        note = "an account with this email existed, suspended outside jc1p; it was linked and stays suspended"
        return Applied(change, created.id, note, existed=True)
    run.ids[change.key] = created.id
    note = "an account with this email existed; it was linked, and no invitation was sent"
    return Applied(change, created.id, note, existed=True)


def refuse_anothers_account(run: Progress, change: Change, created: Created) -> None:
    """Raises BelongsToAnother for an existing account that may become this person's only through a plan that shows it.

    It is linked to another person, has another address, or is protected.
    """
    if not created.existed:
        return
    shown = linked_person(created.account.external_id) if created.account else ""
    linked = {shown, run.plan.linked_accounts.get(created.id, "")} - {"", change.jumpcloud_id}
    owners = {person_of(key) for key, id_ in run.plan.ids.items() if id_ == created.id} - {"", change.jumpcloud_id}
    address = str(change.attributes["userName"].after)
    what = ""
    if owners or linked:
        what = f"of another JumpCloud user ({', '.join(sorted(owners or linked))})"
    elif created.account and fold(created.account.user_name) != fold(address):
        what = f"at another address, {created.account.user_name}"
    elif change.key in run.plan.protected_users and shown != change.jumpcloud_id:
        what = "at this address, which is protected and which 1Password's list did not show"
    if what:
        raise BelongsToAnother(
            f"1Password answered with the existing account {created.id} {what}; it was not changed, and no "
            "invitation was sent",
            service="1Password", hint="Run it again. If it happens again, check both with `jc1p why EMAIL`.",
        )  # fmt: skip


def refuse_anothers_group(run: Progress, change: Change, created: Created) -> None:
    """Raises BelongsToAnother for an existing group that is linked to another JumpCloud group or has another name."""
    owner = run.plan.linked_groups.get(created.id) or (
        linked_person(created.group.external_id) if created.group else ""
    )
    has_name = created.group is None or fold(created.group.name) == fold(change.group or "")
    if created.existed and (owner not in {"", change.jumpcloud_id} or not has_name):
        whose = f"belongs to the JumpCloud group {owner}" if owner else "has another name"
        raise BelongsToAnother(
            f"1Password answered with the existing group {created.id}, which {whose}; it was not changed",
            service="1Password", hint="Run it again. If it happens again, check both with `jc1p why GROUP`.",
        )  # fmt: skip


async def update_user(run: Progress, change: Change) -> Outcome:
    attributes = {
        name: difference.after for name, difference in change.attributes.items() if difference.after is not None
    }
    if not attributes:
        # Only state can keep this link: the bridge has shown that it drops externalId.
        return Applied(change, change.scim_id)
    shown = await run.target.update_user(known_id(change), attributes)
    refuse_unshown_state(change, shown, attributes)
    if change.kind is Kind.RENAME_USER and not shows_address(shown, str(attributes["userName"])):
        return Applied(change, change.scim_id, "waiting for the user to confirm the new email", awaits=True)
    if change.kind is Kind.RENAME_USER:
        run.freed.add(change.key)
    if shown and not shows(shown, attributes):
        return Applied(change, change.scim_id, "1Password answered without showing the change; the next run checks")
    return Applied(change, change.scim_id)


STILL_ACTIVE = (
    "If it happens again, suspend the account in 1Password. Add owners and accounts that provisioning "
    "cannot suspend to users.protected."
)


def refuse_unshown_state(change: Change, shown: Account | None, sent: Mapping[str, str | bool]) -> None:
    """Raises NotKept if 1Password answered with success but shows the account unchanged.

    If only the status of a suspension counted, a leaver could keep access.
    """
    if shown is None or shown.active is sent.get("active", shown.active):
        return
    if change.kind is Kind.SUSPEND_USER:
        message = "1Password answered with success, but the account is still active; the next run tries again"
        raise NotKept(message, service="1Password", hint=STILL_ACTIVE)
    message = "1Password answered with success, but the account is still suspended; the next run tries again"
    raise NotKept(message, service="1Password", hint="If it happens again, reactivate the account in 1Password.")


def shows(shown: Account, attributes: Mapping[str, str | bool]) -> bool:
    """True when the answer to an update shows the name and the language that were sent."""
    pairs = {"displayName": shown.display_name, LANGUAGE: shown.preferred_language}
    return all(
        compared_form(name, value) == compared_form(name, str(attributes.get(name, value)))
        for name, value in pairs.items()
    )


def shows_address(shown: Account | None, address: str) -> bool:
    """True when the answer to an email change shows the new address (facts/scim-bridge.md 2.5)."""
    return shown is not None and fold(shown.user_name) == fold(address)


async def change_members(
    run: Progress, change: Change, write: Callable[[str, Sequence[str]], Awaitable[None]]
) -> Outcome:
    """Add or remove the members that have an account; the note names the others."""
    present = change.members
    if not all(member.key in run.ids for member in present):
        present = tuple(member for member in present if member.key in run.ids)
    await write(run.ids[change.key], [run.ids[member.key] for member in present])
    note = left_out(run, change) if present is not change.members else None
    return Applied(change, run.ids[change.key], note, members=present)


def left_out(run: Progress, change: Change) -> str:
    """The users without an account to add, in words: an invitation with a lost answer may have been sent."""
    unknown = {
        each.change.key for each in run.outcomes.values()
        if isinstance(each, Failed) and isinstance(each.error, OutcomeUnknown)
    }  # fmt: skip
    missing = [member for member in change.members if member.key not in run.ids]
    others = unknown | run.left_suspended
    parts = {
        "skipped, not invited": [each.email for each in missing if each.key not in others],
        "skipped, suspended in 1Password": [each.email for each in missing if each.key in run.left_suspended],
        "skipped, unknown whether they were invited": [each.email for each in missing if each.key in unknown],
    }
    return "; ".join(f"{words}: {', '.join(who)}" for words, who in parts.items() if who)
