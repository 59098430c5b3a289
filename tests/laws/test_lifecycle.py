"""Any history of a company, over real sockets: after the next runs 1Password is as JumpCloud asks.

A hypothesis state machine. The simulator's mail counter checks invitations, and the SCIM ids show whether an account
was replaced.
"""

import asyncio
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from support.syncing import OPEN, sync_once

from jc1p.config import load_config
from jc1p.sandbox.days import take_out
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.knobs import BridgeKnobs
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import OWNER, make_world, settle
from jc1p.state.store import open_state

picks = st.integers(0, 10_000)


class Lifecycle(RuleBasedStateMachine):
    """Joiners, movers, leavers, rehires, renames, changes outside jc1p, lost state, interrupted runs, lost answers.

    Passwords expire and are renewed, which suspends or doesn't. The journal survives, so no user gets the same mail
    twice.

    Email changes are confirmed at once, late or never; the bridge may drop externalId and delete suspended accounts.
    Groups pass their names on, even if a bridge allows two groups with one name.
    """

    sandbox: Sandbox

    @initialize(keeps_external_id=st.booleans(), email_change=st.sampled_from(["pending", "immediate"]),
                shape=st.sampled_from(["2026", "2023"]), expired=st.sampled_from(["ignore", "suspend"]),
                post_group=st.sampled_from(["existing", "409", "second"]))  # fmt: skip
    def open(self, *, keeps_external_id: bool, email_change: str, shape: str, post_group: str, expired: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        world = make_world(users=40, groups=6, assigned_users=30)
        settle(world)
        if not keeps_external_id:
            for account in world.accounts:
                account.external_id = ""
            world.linked_groups.clear()
        knobs = BridgeKnobs(
            keeps_external_id=keeps_external_id, email_change=email_change, shape=shape, post_group=post_group
        )
        self.sandbox = Sandbox(world, bridge_knobs=knobs)
        self.sandbox.__enter__()
        path = self.folder / "jc1p.yaml"
        text = self.sandbox.config_text(self.folder / "state") + OPEN
        path.write_text(text.replace("users:\n", f"users:\n  when_password_expired: {expired}\n", 1))
        self.expiry_suspends = expired == "suspend"
        self.config = load_config(path, {}).config
        self.account_of: dict[str, str] = {}
        self.group_of: dict[str, str] = {}
        self.members_of: defaultdict[str, set[str]] = defaultdict(set)
        self.deleted: Counter[str] = Counter()
        self.news = self.lost_answers = 0
        self.is_rename_open = False
        self.inactive: set[str] = set()
        self.may_return: set[str] = set()
        self.sync()

    def teardown(self) -> None:
        if hasattr(self, "sandbox"):
            try:
                self.ends_in_step()
            finally:
                self.sandbox.__exit__(None, None, None)

    # --- what happens in the company --------------------------------------------------------------------

    def someone(self, pick: int) -> dict[str, Any]:
        """Mostly people with access, since events of the others matter less."""
        world = self.sandbox.world
        users = list(world.users.values()) if pick % 5 == 0 else [world.users[id_] for id_ in sorted(world.effective())]
        return users[pick % len(users)]

    def some_group(self, pick: int) -> Any:
        assigned = self.sandbox.world.assigned_groups
        return self.sandbox.world.groups[assigned[pick % len(assigned)]]

    @rule(pick=picks)
    def joins(self, pick: int) -> None:
        self.news += 1
        user = self.sandbox.world.add_user(f"New{self.news}", f"Person{self.news}")
        self.some_group(pick).members.append(user["id"])

    @rule(pick=picks)
    def leaves_for_good(self, pick: int) -> None:
        self.sandbox.world.delete_user(self.someone(pick)["id"], leave_dangling=True)

    @rule(pick=picks, group=picks)
    def is_rehired(self, pick: int, group: int) -> None:
        """Deleted, and back as a new record with the same email."""
        old = self.someone(pick)
        self.sandbox.world.delete_user(old["id"], leave_dangling=True)
        names = {name: old[name] for name in ("email", "username", "displayname")}
        again = self.sandbox.world.add_user(old["firstname"], old["lastname"], **names)
        self.some_group(group).members.append(again["id"])

    @rule(pick=picks)
    def is_suspended(self, pick: int) -> None:
        self.someone(pick).update(state="SUSPENDED", suspended=True)

    @rule(pick=picks)
    def comes_back(self, pick: int) -> None:
        self.someone(pick).update(state="ACTIVATED", suspended=False)

    @rule(pick=picks)
    def password_expires(self, pick: int) -> None:
        self.someone(pick)["password_expired"] = True

    @rule(pick=picks)
    def expired_password_is_renewed(self, pick: int) -> None:
        expired = [user for user in self.sandbox.world.users.values() if user["password_expired"]]
        if expired:
            expired[pick % len(expired)]["password_expired"] = False

    def is_off(self, user: dict[str, Any]) -> bool:
        """Suspended in JumpCloud, or treated as suspended."""
        return bool(user["state"] == "SUSPENDED" or (self.expiry_suspends and user["password_expired"]))

    @rule(pick=picks)
    def is_unassigned(self, pick: int) -> None:
        take_out(self.sandbox.world, self.someone(pick))

    @rule(pick=picks, group=picks)
    def joins_a_group(self, pick: int, group: int) -> None:
        members, user = self.some_group(group).members, self.someone(pick)["id"]
        if user not in members:
            members.append(user)

    @rule(pick=picks)
    def changes_email(self, pick: int) -> None:
        self.news += 1
        self.someone(pick)["email"] = f"renamed{self.news}@example.com"
        self.is_rename_open = True

    @rule(pick=picks)
    def changes_name(self, pick: int) -> None:
        self.news += 1
        self.someone(pick)["displayname"] = f"Name Number{self.news}"

    @rule(pick=picks)
    def renames_a_group(self, pick: int) -> None:
        self.news += 1
        self.some_group(pick).name = f"Group {self.news}"

    @rule(pick=picks, member=picks, is_name_taken=st.booleans())
    def group_name_is_handed_on(self, pick: int, member: int, *, is_name_taken: bool) -> None:
        """A group gets another name, which may be taken in 1Password, and a new group takes the old one."""
        self.news += 1
        world, old = self.sandbox.world, self.some_group(pick)
        new = world.add_group(old.name)
        old.name = f"Group {self.news}"
        if is_name_taken:
            self.sandbox.bridge.add_group(old.name)
        joiner = world.add_user(f"New{self.news}", f"Person{self.news}")
        new.members += [joiner["id"], self.someone(member)["id"]]
        world.assigned_groups.append(new.id)

    @rule(pick=picks, other=picks)
    def groups_exchange_names(self, pick: int, other: int) -> None:
        one, two = self.some_group(pick), self.some_group(other)
        one.name, two.name = two.name, one.name

    # --- changes outside jc1p ---------------------------------------------------------------------------

    @rule(pick=picks)
    def somebody_suspends_an_account_by_hand(self, pick: int) -> None:
        accounts = [each for each in self.sandbox.bridge.users() if each["userName"] != OWNER]
        self.patch(accounts[pick % len(accounts)]["id"], "active", value=False)

    @rule(pick=picks)
    def somebody_reactivates_an_account_by_hand(self, pick: int) -> None:
        accounts = [each for each in self.sandbox.bridge.users() if not each["active"]]
        if accounts:
            self.patch(accounts[pick % len(accounts)]["id"], "active", value=True)

    @rule(pick=picks)
    def somebody_renames_an_account_by_hand(self, pick: int) -> None:
        accounts = [each for each in self.sandbox.bridge.users() if each["userName"] != OWNER]
        self.patch(accounts[pick % len(accounts)]["id"], "displayName", value="Edited By Hand")

    def patch(self, id_: str, path: str, *, value: object) -> None:
        stored = self.sandbox.bridge.storage.by_id("User")[id_]
        setattr(stored, {"active": "active", "displayName": "display_name"}[path], value)

    @rule(pick=picks)
    def account_policy_deletes_a_suspended_account(self, pick: int) -> None:
        gone = [each for each in self.sandbox.bridge.users() if not each["active"]]
        if gone:
            account = gone[pick % len(gone)]
            self.deleted[account["userName"].casefold()] += 1
            self.account_of = {person: id_ for person, id_ in self.account_of.items() if id_ != account["id"]}
            self.sandbox.bridge.delete_account(account["id"])

    @rule()
    def people_confirm_their_new_addresses(self) -> None:
        self.sandbox.bridge.confirm_emails()

    # --- runs -------------------------------------------------------------------------------------------

    def lose_state(self) -> None:
        """At any time if the bridge keeps links; otherwise not while an email change is open (docs/lifecycle.md)."""
        if self.sandbox.bridge_knobs.keeps_external_id or not (
            self.is_rename_open or self.sandbox.bridge.pending_emails or self.is_group_rename_open()
        ):
            for path in self.folder.rglob("state.db"):
                path.unlink()

    def is_group_rename_open(self) -> bool:
        """A linked group has another name than in JumpCloud: without state and externalId the name would decide."""
        names = {each["id"]: each["displayName"] for each in self.sandbox.bridge.groups()}
        groups = self.sandbox.world.groups
        return any(
            id_ in groups and scim_id in names and groups[id_].name.strip() != names[scim_id]
            for scim_id, id_ in self.group_links().items()
        )

    def group_links(self) -> dict[str, str]:
        """SCIM id to JumpCloud id of each group, from state and from externalId."""
        groups = {each["id"]: each for each in self.sandbox.bridge.groups()}
        with open_state(self.folder / "state", read_only=True) as state:
            links = {scim_id: id_ for id_, scim_id in state.links().groups.items() if scim_id in groups}
        return links | {id_: each["externalId"] for id_, each in groups.items() if each.get("externalId")}

    @rule(pick=picks)
    def email_changes_while_state_is_lost(self, pick: int) -> None:
        self.changes_email(pick)
        self.lose_state()
        self.sync()

    @rule()
    def sync_without_state(self) -> None:
        self.lose_state()
        self.sync()

    @rule()
    def sync(self) -> None:
        self.note_members()
        asyncio.run(sync_once(self.config, self.folder / "state"))
        self.is_rename_open = False
        self.nobody_was_invited_twice_or_replaced()

    @rule(cut_after=st.integers(0, 6))
    def sync_is_cut_off(self, cut_after: int) -> None:
        self.note_members()
        asyncio.run(sync_once(self.config, self.folder / "state", cut_after=cut_after))
        self.nobody_was_invited_twice_or_replaced()

    @rule(kind=st.sampled_from(["reset", "502-html", "truncated"]), method=st.sampled_from(["POST", "PATCH"]),
          skip=st.integers(0, 3))  # fmt: skip
    def sync_loses_an_answer(self, kind: Any, method: str, skip: int) -> None:
        self.note_members()
        self.sandbox.faults[:] = [Fault(kind, service="onepassword", method=method, skip=skip, after=True)]
        asyncio.run(sync_once(self.config, self.folder / "state"))
        self.lost_answers += not self.sandbox.faults
        self.sandbox.faults.clear()
        self.nobody_was_invited_twice_or_replaced()

    # --- invariants -------------------------------------------------------------------------------------

    def note_members(self) -> None:
        """The members of each JumpCloud group so far, as runs read them, and the reasons for suspended accounts."""
        self.note_suspensions()
        for id_, group in self.sandbox.world.groups.items():
            self.members_of[id_] |= set(group.members)

    def note_suspensions(self) -> None:
        """Before a run: suspended accounts whose person is suspended in JumpCloud may be reactivated later."""
        self.inactive = {each["id"] for each in self.sandbox.bridge.users() if not each["active"]}
        self.may_return &= self.inactive
        people = {account: person for person, account in self.linked().items()}
        users = self.sandbox.world.users
        by_email = {user["email"].casefold(): id_ for id_, user in users.items()}
        for each in self.sandbox.bridge.users():
            ids = {people.get(each["id"]), by_email.get(each["userName"].casefold())}
            if each["id"] in self.inactive and any(self.is_off(users[id_]) for id_ in ids if id_ in users):
                self.may_return.add(each["id"])

    def nobody_came_back_whom_somebody_else_suspended(self) -> None:
        """After a run: it reactivated accounts only if jc1p suspended them, or saw the reason in JumpCloud."""
        now = {each["id"]: each["active"] for each in self.sandbox.bridge.users()}
        back = {id_ for id_ in self.inactive if now.get(id_)}
        assert back <= self.may_return, back - self.may_return
        self.may_return |= {id_ for id_, active in now.items() if not active} - self.inactive

    def nobody_is_in_a_group_that_is_anothers(self) -> None:
        """All users that a run added to a linked group have been in that JumpCloud group."""
        accounts = {account: person for person, account in self.linked().items()}
        groups = {each["id"]: each for each in self.sandbox.bridge.groups()}
        for scim_id, jumpcloud_id in self.group_links().items():
            assert self.group_of.setdefault(scim_id, jumpcloud_id) == jumpcloud_id
            people = {accounts[id_] for id_ in groups[scim_id]["members"] if id_ in accounts}
            strangers = people - self.members_of[jumpcloud_id]
            assert not strangers, (groups[scim_id]["displayName"], strangers)

    def nobody_was_invited_twice_or_replaced(self) -> None:
        self.nobody_came_back_whom_somebody_else_suspended()
        self.nobody_is_in_a_group_that_is_anothers()
        for email, mails in self.sandbox.bridge.invitations.items():
            assert mails <= 1 + self.deleted[email], self.sandbox.bridge.invitations
        asked = max(self.sandbox.bridge.confirmations.values(), default=1)
        assert asked <= 1 + self.lost_answers, self.sandbox.bridge.confirmations
        for person, account in self.linked().items():
            assert self.account_of.setdefault(person, account) == account

    def linked(self) -> dict[str, str]:
        """The account of each user, from state and, if the bridge keeps it, from externalId."""
        accounts = {each["id"]: each for each in self.sandbox.bridge.users()}
        with open_state(self.folder / "state", read_only=True) as state:
            remembered = {person: id_ for person, id_ in state.links().users.items() if id_ in accounts}
        return remembered | {each["externalId"]: id_ for id_, each in accounts.items() if each.get("externalId")}

    def ends_in_step(self) -> None:
        """After the next runs the target matches the source, before and after addresses are confirmed."""
        self.sync()
        plan, _ = asyncio.run(sync_once(self.config, self.folder / "state"))
        assert plan.changes == (), plan.changes
        for _ in range(2):
            self.sandbox.bridge.confirm_emails()
            self.sync()
        plan, _ = asyncio.run(sync_once(self.config, self.folder / "state"))
        assert plan.changes == (), plan.changes
        held = {item.user for item in plan.held}
        world = self.sandbox.world
        wanted = {
            world.users[id_]["email"].casefold() for id_ in world.effective()
            if world.users[id_]["state"] == "ACTIVATED" and not world.users[id_]["suspended"]
            and not self.is_off(world.users[id_]) and world.users[id_]["email"] not in held
        }  # fmt: skip
        active = {each["userName"].casefold() for each in self.sandbox.bridge.users() if each["active"]}
        assert wanted <= active
        off = [user for user in world.users.values() if self.is_off(user) and user["state"] != "STAGED"]
        leavers = {
            user["email"].casefold() for user in off if user["id"] in world.effective() and user["email"] not in held
        }  # fmt: skip
        assert not leavers & active


def tried(examples: int, steps: int) -> settings:
    """This many histories with at most this many steps, the same ones each time."""
    return settings(
        max_examples=examples, stateful_step_count=steps, suppress_health_check=list(HealthCheck), derandomize=True
    )


class Longer(Lifecycle):
    """The same rules; hypothesis makes one test case per machine."""


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = tried(examples=4, steps=8)
TestLongLifecycle = Longer.TestCase
TestLongLifecycle.settings = tried(examples=30, steps=14)
TestLongLifecycle = pytest.mark.matrix(pytest.mark.timeout(300)(TestLongLifecycle))
