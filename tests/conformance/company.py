"""One company that is synced with one server: JumpCloud's data, and the server's real data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from support.installed import Done, config_for, run_installed

from conformance.launching import TOKEN
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

MORE = """\
http: {onepassword_concurrency: 1, attempts: 2}
guard: {suspensions: 100%, member_removals: 100%, group_member_removals: 100%}
"""
DOMAIN = "example.com"


@dataclass
class Company:
    """`source` is the simulated JumpCloud, `target` the address of the tested server."""

    source: Sandbox
    target: str
    config: Path

    # --- JumpCloud --------------------------------------------------------------------------------------

    def hire(self, *names: str) -> None:
        for name in names:
            user = self.source.world.add_user(name.capitalize(), "Example", email=f"{name}@{DOMAIN}")
            self.source.world.assigned_users.append(user["id"])

    def person(self, name: str) -> dict[str, Any]:
        return self.source.world.user_by_email(f"{name}@{DOMAIN}")

    def make_group(self, group: str, *names: str) -> None:
        made = self.source.world.add_group(group)
        made.members += [self.person(name)["id"] for name in names]
        self.source.world.assigned_groups.append(made.id)

    def members(self, group: str) -> list[str]:
        return self.source.world.group_named(group).members

    # --- runs -------------------------------------------------------------------------------------------

    def sync(self) -> dict[str, Any]:
        return self._run("sync", "--yes").document

    def plan(self) -> dict[str, Any]:
        return self._run("plan").document

    def _run(self, *command: str) -> Done:
        return run_installed("-c", self.config, *command, "--output", "json")

    # --- the server's data ------------------------------------------------------------------------------

    def account(self, name: str) -> dict[str, Any]:
        """The account at an address, {} when there is none."""
        rows = [each for each in self._rows("Users") if each["userName"].casefold() == f"{name}@{DOMAIN}"]
        return rows[0] if len(rows) == 1 else {}

    def shown_name(self, name: str) -> str:
        account = self.account(name)
        parts = account.get("name", {})
        return str(account.get("displayName") or f"{parts.get('givenName')} {parts.get('familyName')}")

    def group_id(self, group: str) -> str:
        """The id of the only group with a name, "" if there is none or several."""
        rows = [each for each in self._rows("Groups") if each["displayName"] == group]
        return str(rows[0]["id"]) if len(rows) == 1 else ""

    def really_in(self, group: str) -> set[str]:
        """Names of the people in a group, from the group's own resource."""
        members = self._get(f"Groups/{self.group_id(group)}").get("members") or []
        names = {str(each["id"]): each["userName"].partition("@")[0] for each in self._rows("Users")}
        return {names[str(each["value"])] for each in members}

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._get(kind, count=100)["Resources"]
        return rows

    def _get(self, path: str, **params: int) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx.get(f"{self.target}/{path}", params=params, headers=headers)
        body: dict[str, Any] = answer.raise_for_status().json()
        return body


@contextmanager
def company(target: str, folder: Path) -> Iterator[Company]:
    """A company without people, to sync with a server."""
    with Sandbox(make_world(users=30, groups=6, accounts=False)) as source:
        world = source.world
        world.users.clear()
        world.groups.clear()
        world.assigned_users, world.assigned_groups, world.dangling_assignments = [], [], 0
        config = config_for(source, folder, more=MORE)
        text = config.read_text().replace(source.bridge_url, target).replace(source.bridge.token, TOKEN)
        config.write_text(text)
        yield Company(source, target, config)
