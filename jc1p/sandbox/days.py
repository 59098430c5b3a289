"""Simulates a day in the company: people join, leave, move and marry, and groups are renamed and created."""

from typing import Any

from jc1p.sandbox.world import AWKWARD, DOMAIN, UserGroup, World, ascii_local


def advance_day(world: World) -> list[str]:
    """Simulate a day; returns the events in words. Each day has one change of each kind."""
    world.days += 1
    groups = [world.groups[id_] for id_ in world.assigned_groups[:-1]]
    told = [join(world, name, groups) for name in (("Nova", "Newcomer"), ("Juno", "Joiner"))]
    ordinary = [
        id_ for id_ in list(world.users)[AWKWARD:] if id_ in world.effective() and is_ordinary(world.users[id_])
    ]
    on_leave = next((user for user in world.users.values() if user["state"] == "SUSPENDED"), None)
    changes = (leave, go_on_leave, unassign, move, marry, get_a_title)
    for change, user_id in zip(changes, world.random.sample(ordinary, min(6, len(ordinary))), strict=False):
        told.append(change(world, world.users[user_id]))
    if on_leave:
        told.append(come_back(on_leave))
    told += [rename_group(groups[-1]), start_project(world, ordinary)]
    staged = next((user for user in world.users.values() if user["state"] == "STAGED"), None)
    if staged:
        staged.update(state="ACTIVATED", activated=False)
        told.append(f"{name_of(staged)} is activated")
    return told + turn_passwords(world)


def join(world: World, name: tuple[str, str], groups: list[UserGroup]) -> str:
    user = world.add_user(name[0], f"{name[1]}{world.days}")
    group = world.random.choice(groups)
    group.members.append(user["id"])
    return f"{name_of(user)} joins {group.name.strip()}"


def turn_passwords(world: World) -> list[str]:
    """Expired passwords are renewed, and another one expires."""
    renewed = [user for user in world.users.values() if user.get("password_expired")]
    others = [id_ for id_ in list(world.users)[AWKWARD:] if id_ in world.effective() and is_ordinary(world.users[id_])]
    expired = [world.users[id_] for id_ in others if world.users[id_] not in renewed][:1]
    for user in [*renewed, *expired]:
        user["password_expired"] = user not in renewed
    return [
        *(f"{name_of(user)} renews an expired password" for user in renewed),
        *(f"the password of {name_of(user)} expires" for user in expired),
    ]


def leave(world: World, user: dict[str, Any]) -> str:
    world.delete_user(user["id"], leave_dangling=True)
    return f"{name_of(user)} leaves and is deleted"


def go_on_leave(_: World, user: dict[str, Any]) -> str:
    user.update(state="SUSPENDED", suspended=True)
    return f"{name_of(user)} goes on leave and is suspended"


def come_back(user: dict[str, Any]) -> str:
    user.update(state="ACTIVATED", suspended=False)
    return f"{name_of(user)} is back from leave"


def take_out(world: World, user: dict[str, Any]) -> None:
    """Remove a user from every assigned group and from direct assignment."""
    for group_id in world.assigned_groups:
        members = world.groups[group_id].members
        if user["id"] in members:
            members.remove(user["id"])
    if user["id"] in world.assigned_users:
        world.assigned_users.remove(user["id"])


def unassign(world: World, user: dict[str, Any]) -> str:
    take_out(world, user)
    return f"{name_of(user)} no longer needs 1Password and is unassigned"


def move(world: World, user: dict[str, Any]) -> str:
    take_out(world, user)
    home = world.groups[world.random.choice(world.assigned_groups[:-1])]
    home.members.append(user["id"])
    return f"{name_of(user)} moves to {home.name.strip()}"


def marry(world: World, user: dict[str, Any]) -> str:
    old = user["email"]
    family = f"Married{world.days}"
    local = ascii_local(user["firstname"], family)
    user.update(lastname=family, displayname=f"{user['firstname']} {family}", email=f"{local}@{DOMAIN}")
    return f"{old} marries and is now {user['email']}"


def get_a_title(_: World, user: dict[str, Any]) -> str:
    user["displayname"] = f"{name_of(user)} PhD"
    return f"{user['email']} is now called {user['displayname']}"


def rename_group(group: UserGroup) -> str:
    old, group.name = group.name, f"{group.name.strip()}+"
    return f"the group {old.strip()} is renamed to {group.name}"


def start_project(world: World, ordinary: list[str]) -> str:
    project = world.add_group(f"Project {world.days}")
    there = [id_ for id_ in ordinary if id_ in world.effective() and is_ordinary(world.users[id_])]
    project.members += sorted(world.random.sample(there, min(3, len(there))))
    world.assigned_groups.insert(0, project.id)
    return f"the group {project.name} is created and assigned"


def is_ordinary(user: dict[str, Any]) -> bool:
    return user["state"] == "ACTIVATED" and not user["suspended"]


def name_of(user: dict[str, Any]) -> str:
    return str(user["displayname"] or user["username"])
