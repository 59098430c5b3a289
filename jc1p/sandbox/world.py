"""A simulated company: its people and groups in JumpCloud, and its first accounts in 1Password.

Deterministic for a seed. Unusual data from real directories is always included, whatever the size.
"""

import random
from dataclasses import dataclass, field
from itertools import product
from typing import Any

APPLICATION_LABEL = "1Password Business"
DOMAIN = "example.com"
OWNER = f"olivia.owner@{DOMAIN}"

GIVEN = (
    "Ada", "Alan", "Amara", "Ana", "Bao", "Bianca", "Boris", "Carla", "Chidi", "Dana", "Diego", "Edsger", "Elif",
    "Emeka", "Fatima", "Grace", "Hanna", "Hiro", "Ines", "Ivan", "Jonas", "Kaito", "Katja", "Leila", "Linus", "Lucía",
    "Mads", "Maja", "Mei", "Mila", "Nadia", "Nils", "Noor", "Olga", "Omar", "Paula", "Priya", "Quentin", "Rosa",
    "Ruben", "Sami", "Sofia", "Tariq", "Tove", "Uma", "Viktor", "Wanda", "Xavier", "Yara", "Zoë",
)  # fmt: skip
FAMILY = (
    "Abara", "Alvarez", "Andersen", "Bakker", "Becker", "Bianchi", "Chen", "Costa", "Dijkstra", "Dubois", "Eriksen",
    "Farah", "Fischer", "Garcia", "Haddad", "Hopper", "Ito", "Jansen", "Kaya", "Keller", "Kim", "Kovač", "Larsen",
    "Lopez", "Lovelace", "Martin", "Mbeki", "Mori", "Nakamura", "Novak", "Okafor", "Olsen", "Patel", "Petrov", "Quinn",
    "Rossi", "Santos", "Sato", "Schmidt", "Silva", "Tanaka", "Torvalds", "Turing", "Ueda", "Vega", "Weber", "Wójcik",
    "Xu", "Yilmaz", "Zhang",
)  # fmt: skip
GROUP_NAMES = (
    "Engineering", "Operations", "Finance", "Sales, EMEA", "Support [tier 2]", "Marketing ", "Human Resources",
    "Platform", "Legal", "Design", "Data", "Security Team",
)  # fmt: skip


@dataclass(slots=True)
class UserGroup:
    """A JumpCloud user group; `dangling` counts members whose user was deleted but whose edge remains."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    dangling: int = 0


@dataclass(slots=True)
class StartingAccount:
    """An account that 1Password has before the first run of jc1p."""

    email: str
    display_name: str
    active: bool = True
    is_owner: bool = False
    external_id: str = ""


Bindings = tuple[list[str], list[tuple[str, list[str]]]]
"""Users that are assigned to the application, and groups with their members."""


def access_through(bindings: Bindings) -> dict[str, list[str]]:
    """Each user with the groups that give access."""
    users, groups = bindings
    found: dict[str, list[str]] = {id_: [] for id_ in users}
    for group_id, members in groups:
        for member in members:
            found.setdefault(member, []).append(group_id)
    return found


@dataclass(slots=True)
class World:
    """The company. `users` maps id to the JumpCloud user object as JSON; `assigned_*` belong to the application."""

    random: random.Random
    organizations: list[dict[str, Any]]
    application_id: str
    applications: list[dict[str, Any]]
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, UserGroup] = field(default_factory=dict)
    assigned_groups: list[str] = field(default_factory=list)
    assigned_users: list[str] = field(default_factory=list)
    dangling_assignments: int = 0
    accounts: list[StartingAccount] = field(default_factory=list)
    managed_groups: dict[str, list[str]] = field(default_factory=dict)
    linked_groups: dict[str, str] = field(default_factory=dict)
    """The externalId of managed groups that a sync has linked, by name."""
    hidden_groups: list[str] = field(default_factory=list)
    days: int = 0
    made: int = 0
    _effective: tuple[Bindings, dict[str, list[str]]] = field(default=(([], []), {}), repr=False, compare=False)

    def new_id(self, kind: str) -> str:
        """The next id: 24 hex characters that show the kind."""
        self.made += 1
        return f"{kind}{self.made:0{24 - len(kind)}x}"

    def user_by_email(self, email: str) -> dict[str, Any]:
        """The user with an email. Raises StopIteration when there is none."""
        return next(user for user in self.users.values() if user["email"].lower() == email.lower())

    def group_named(self, name: str) -> UserGroup:
        """The group with a name. Raises StopIteration when there is none."""
        return next(group for group in self.groups.values() if group.name == name)

    def effective(self) -> dict[str, list[str]]:
        """All users with access to the application, and through which assigned groups; [] means directly.

        Every page of a list needs it, so it is cached until an assignment changes. Callers must not change it.
        """
        bindings = list(self.assigned_users), [(id_, list(self.groups[id_].members)) for id_ in self.assigned_groups]
        if bindings != self._effective[0]:
            self._effective = bindings, access_through(bindings)
        return self._effective[1]

    def add_user(self, given: str, family: str, **fields: Any) -> dict[str, Any]:
        """Add an active person; `fields` are JumpCloud's."""
        id_ = self.new_id("64b0")
        local = f"{given}.{family}".strip(".").lower()
        user: dict[str, Any] = {
            "_id": id_, "id": id_, "username": local, "email": f"{local}@{DOMAIN}", "firstname": given,
            "middlename": "", "lastname": family, "displayname": f"{given} {family}".strip(), "state": "ACTIVATED",
            "suspended": False, "activated": True, "account_locked": False, "account_locked_date": None,
            "password_expired": False, "alternateEmail": "", "recoveryEmail": {"address": ""},
            "department": "", "jobTitle": "", "employeeType": "", "location": "",
            "employeeIdentifier": f"E-{self.made}", "attributes": [], "addresses": [],
            "phoneNumbers": [], "organization": self.organizations[0]["_id"], "created": "2024-05-02T09:11:05.123Z",
        }  # fmt: skip
        user.update(fields)
        self.users[id_] = user
        return user

    def add_group(self, name: str) -> UserGroup:
        """Add an empty group."""
        group = UserGroup(self.new_id("65c0"), name)
        self.groups[group.id] = group
        return group

    def delete_user(self, user_id: str, *, leave_dangling: bool = False) -> None:
        """Delete permanently; JumpCloud may keep the edges of the graph (facts 11.3)."""
        del self.users[user_id]
        for group in self.groups.values():
            if user_id in group.members:
                group.members.remove(user_id)
                group.dangling += leave_dangling
        if user_id in self.assigned_users:
            self.assigned_users.remove(user_id)
            self.dangling_assignments += leave_dangling


def make_world(
    *,
    users: int = 60,
    groups: int = 12,
    seed: int = 1,
    assigned_users: int | None = None,
    assigned_groups: int | None = None,
    accounts: bool = True,
) -> World:
    """A company of exactly `users` people and `groups` groups.

    `assigned_users` people have access to the application through exactly `assigned_groups` groups (and three of
    them directly); by default two thirds of both. `accounts` False starts with an empty 1Password.
    """
    if users < FEWEST_PEOPLE or groups < FEWEST_GROUPS:
        raise ValueError(f"the company needs at least {FEWEST_PEOPLE} people and {FEWEST_GROUPS} groups")
    organization = {"_id": "5f1a00000000000000000001", "id": "5f1a00000000000000000001",
                    "displayName": "Example Corp", "logoUrl": None}  # fmt: skip
    application = {
        "_id": "66d0000000000000000000c1", "id": "66d0000000000000000000c1", "name": "1password",
        "displayName": "1Password", "displayLabel": APPLICATION_LABEL, "active": True, "config": {},
        "organization": organization["_id"], "ssoUrl": "https://sso.jumpcloud.com/saml2/1password",
        "created": "2025-11-03T10:00:00.000Z",
    }  # fmt: skip
    other = {**application, "_id": "66d0000000000000000000c2", "id": "66d0000000000000000000c2", "name": "slack",
             "displayName": "Slack", "displayLabel": "Slack"}  # fmt: skip
    world = World(random.Random(seed), [organization], str(application["_id"]), [application, other])  # noqa: S311
    add_people(world, users)
    add_groups(world, groups, assigned_groups or max(4, groups * 2 // 3))
    assign(world, assigned_users or max(24, users * 2 // 3))
    if accounts:
        add_first_accounts(world)
    return world


AWKWARD = 12
"""People created by add_awkward."""

FEWEST_PEOPLE, FEWEST_GROUPS = 30, 6
"""The minimum for the unusual people and for a day's changes."""


def add_people(world: World, count: int) -> None:
    add_awkward(world)
    names = list(product(GIVEN, FAMILY))
    world.random.shuffle(names)
    for number in range(count - len(world.users)):
        given, family = names[number % len(names)]
        again = number // len(names)
        local = ascii_local(given, family) + (str(again + 1) if again else "")
        world.add_user(given, family, username=local, email=f"{local}@{DOMAIN}", **employment(number))


DEPARTMENTS = ("Engineering", "Sales", "Finance", "Research")


def employment(number: int) -> dict[str, str]:
    """The department and employment of a user: every fifth is a contractor. Unusual users have none."""
    return {
        "department": DEPARTMENTS[number % len(DEPARTMENTS)],
        "employeeType": "Full time" if number % 5 else "Contractor",
        "location": "Berlin" if number % 2 else "Austin",
    }


def ascii_local(given: str, family: str) -> str:
    plain = str.maketrans("çčëíóöüÿ", "cceiooue")
    return f"{given}.{family}".lower().translate(plain).encode("ascii", "ignore").decode()


def add_awkward(world: World) -> None:
    """One of each unusual kind that a client has to handle."""
    add = world.add_user
    add("Stan", "Staged", state="STAGED", activated=False)
    add("Susi", "Suspended", state="SUSPENDED", suspended=True)
    add("Dora", "Disagrees", state="ACTIVATED", suspended=True)
    add("Penny", "Pending", activated=False)
    add("Norman", "Nodisplay", displayname="", password_expired=True)
    add("", "", username="nameless", email=f"nameless@{DOMAIN}", displayname="")
    add(
        "Zoe\u0308",
        "Combining",
        displayname="Zoe\u0308  Combining",
        username="zoe.combining",
        email=f"zoe.combining@{DOMAIN}",
    )
    add("ليلى", "منصور", username="layla", email=f"layla@{DOMAIN}", displayname="ليلى منصور 🌙")
    add("Bob", "[red]Brackets[/red]", username="bob.brackets", email=f"bob.brackets@{DOMAIN}")
    add("Esc", "Ape", displayname="Esc \x1b[31mApe", username="esc.ape", email=f"esc.ape@{DOMAIN}")
    add("Mixed", "Case", username="mixed.case", email="Mixed.Case@Example.com")
    add("Plus", "Tag", username="plus.tag", email=f"plus+work@{DOMAIN}", alternateEmail=f"plus@{DOMAIN}")


TIDY_NAMES = {
    "nameless": ("Nina", "Sommer"),
    "zoe.combining": ("Zoë", "Martin"),
    "layla": ("Layla", "Mansour"),
    "bob.brackets": ("Bob", "Brandt"),
    "esc.ape": ("Esther", "Palmer"),
}
"""Usernames of users with hostile names: names as in real companies."""


def tidy(world: World) -> None:
    """Give a new company ordinary names and no dangling associations, for a first look at jc1p."""
    for user in world.users.values():
        if user["username"] in TIDY_NAMES:
            given, family = TIDY_NAMES[user["username"]]
            local = ascii_local(given, family)
            user.update(firstname=given, lastname=family, displayname=f"{given} {family}", username=local,
                        email=f"{local}@{DOMAIN}")  # fmt: skip
    for group in world.groups.values():
        group.dangling = 0
    world.dangling_assignments = 0


def add_groups(world: World, count: int, assigned: int) -> None:
    for number in range(count):
        known = number < len(GROUP_NAMES)
        world.add_group(GROUP_NAMES[number] if known else f"Team {number + 1}")
    world.assigned_groups = list(world.groups)[:assigned]


def assign(world: World, count: int) -> None:
    """Give exactly `count` people access: three directly, the others through groups; one assigned group stays empty."""
    chosen = list(world.users)[:count]
    direct, through = chosen[-3:], chosen[:-3]
    world.assigned_users = list(direct)
    *filled, _empty = world.assigned_groups
    for position, user_id in enumerate(through):
        wanted = {filled[position % len(filled)]}
        if position % 4 == 0:
            wanted.add(filled[(position + 1) % len(filled)])
        for group_id in sorted(wanted):
            world.groups[group_id].members.append(user_id)
    others = [id_ for id_ in world.groups if id_ not in world.assigned_groups]
    for position, user_id in enumerate(world.users):
        if others and position % 2:
            world.groups[others[position % len(others)]].members.append(user_id)
    world.groups[filled[0]].dangling = 2
    world.dangling_assignments = 1


def spread(world: World, groups_each: int) -> None:
    """Put all users with access into `groups_each` of the assigned groups, evenly; none stays empty."""
    assigned = [world.groups[id_] for id_ in world.assigned_groups]
    people = sorted(world.effective())
    for group in assigned:
        group.members.clear()
    for position, user_id in enumerate(people):
        for step in range(groups_each):
            assigned[(position + step * len(assigned) // groups_each) % len(assigned)].members.append(user_id)


def add_first_accounts(world: World) -> None:
    """1Password before jc1p: some people invited by hand, one suspended, an owner, two unknown users, an old group."""
    effective = world.effective()
    ordinary = [user for user in list(world.users.values())[AWKWARD:] if user["id"] in effective]
    for user in ordinary[:6]:
        world.accounts.append(StartingAccount(user["email"], user["displayname"]))
    world.accounts[1].display_name = world.accounts[1].display_name.split(" ")[0]
    world.accounts[2].active = False
    world.accounts.append(StartingAccount("mixed.case@example.com", "Mixed Case"))
    world.accounts.append(StartingAccount(f"susi.suspended@{DOMAIN}", "Susi Suspended"))
    world.accounts.append(StartingAccount(OWNER, "Olivia Owner", is_owner=True))
    world.accounts.append(StartingAccount("auditor@partner.example", "Aud Itor"))
    world.accounts.append(StartingAccount(f"shared.mailbox@{DOMAIN}", "Shared Mailbox"))
    first = world.groups[world.assigned_groups[0]]
    present = [user["email"] for user in ordinary[:6] if user["id"] in first.members]
    world.managed_groups[first.name.lower()] = [*present, "auditor@partner.example"]
    world.hidden_groups = ["Owners", "Administrators", "Team Members", "Provision Managers", "Board"]


def settle(world: World) -> None:
    """Put 1Password in the state after a first sync: all users provisioned, linked, in their groups."""
    provisioned = {
        id_
        for id_ in world.effective()
        if world.users[id_]["state"] == "ACTIVATED" and not world.users[id_]["suspended"]
    }
    shown = {id_: shown_name(world.users[id_]) for id_ in provisioned}
    world.accounts = [
        StartingAccount(world.users[id_]["email"], shown[id_], external_id=id_) for id_ in sorted(provisioned)
    ]
    world.accounts.append(StartingAccount(OWNER, "Olivia Owner", is_owner=True))
    world.managed_groups = {
        world.groups[id_].name.strip(): [
            world.users[member]["email"] for member in world.groups[id_].members if member in provisioned
        ]
        for id_ in world.assigned_groups
    }
    world.linked_groups = {world.groups[id_].name.strip(): id_ for id_ in world.assigned_groups}


def shown_name(user: dict[str, Any]) -> str:
    """The display name that 1Password would have: no control characters, never empty."""
    name = user["displayname"] or f"{user['firstname']} {user['lastname']}".strip() or user["username"]
    return " ".join(str(name).replace("\x1b", " ").split())
