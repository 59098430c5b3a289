"""Decides which users can change a file: its owner, its group, all users. Pure, based on the values of `stat`.

Used for the configuration (config/trust.py), the state folder (state/own_folder.py) and files that are written
(atomic_write.py).
"""

import grp
import os
import pwd
import stat
from collections.abc import Callable, Mapping
from typing import NamedTuple

ROOT = 0
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO


class FileAccess(NamedTuple):
    """The values of `stat` for a file, folder or link; `mode` has its kind and its permissions."""

    uid: int
    gid: int
    mode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "FileAccess":
        """The values of a `stat` result that count."""
        return cls(found.st_uid, found.st_gid, found.st_mode)


class Trust(NamedTuple):
    """The users that are trusted with a file, and the groups that only contain their owner (by uid and gid)."""

    users: frozenset[int]
    is_private_group: Callable[[int, int], bool]

    def why_not(self, found: FileAccess, *, owner_counts: bool = True, sticky_is_safe: bool = True) -> str:
        """Why an untrusted user can change it, "" if none can. In a sticky folder, only owners replace files."""
        if owner_counts and found.uid not in self.users:
            return f"it belongs to another user ({user_name(found.uid)})"
        if sticky_is_safe and stat.S_ISDIR(found.mode) and found.mode & stat.S_ISVTX:
            return ""
        if found.mode & stat.S_IWOTH:
            return "every user can write to it"
        if found.mode & stat.S_IWGRP and not self.is_private_group(found.uid, found.gid):
            return f"its group ({group_name(found.gid)}) can write to it"
        return ""

    def follows(self, link: FileAccess, folder: FileAccess, *, owner_counts: bool = False) -> bool:
        """False for a link of an untrusted user in a folder where others can write, sticky or not.

        With `owner_counts`, also in an untrusted user's own folder.
        """
        return link.uid in self.users or not self.why_not(folder, owner_counts=owner_counts, sticky_is_safe=False)


def trust_of(environment: Mapping[str, str], *, user: int | None = None) -> Trust:
    """Trust in this user, root, and with sudo the user behind it, since only root can name that user."""
    me = os.geteuid() if user is None else user
    behind = environment.get("SUDO_UID", "")
    is_sudo = me == ROOT and behind.isascii() and behind.isdecimal()
    return Trust(frozenset({me, ROOT, *([int(behind)] if is_sudo else [])}), is_private_group)


def is_private_group(uid: int, gid: int) -> bool:
    """True for a user's own group without another member, as `useradd` creates for each user.

    A user that this machine doesn't know, as in a container, has the group with the same number.
    """
    try:
        owner = pwd.getpwuid(uid)
    except KeyError:
        return gid == uid and not members_of(gid)
    return owner.pw_gid == gid and members_of(gid) <= {owner.pw_name}


def members_of(gid: int) -> frozenset[str]:
    """The names of all users whose primary group it is, or who are listed in it."""
    own = {user.pw_name for user in pwd.getpwall() if user.pw_gid == gid}
    try:
        return frozenset(own | set(grp.getgrgid(gid).gr_mem))
    except KeyError:
        return frozenset(own)


def user_name(uid: int) -> str:
    """Name and number, if this machine knows the user."""
    try:
        return f"{pwd.getpwuid(uid).pw_name}, uid {uid}"
    except KeyError:
        return f"uid {uid}"


def group_name(gid: int) -> str:
    """Name and number, if this machine knows the group."""
    try:
        return f"{grp.getgrgid(gid).gr_name}, gid {gid}"
    except KeyError:
        return f"gid {gid}"
