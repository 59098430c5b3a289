"""Who runs jc1p: the CI's actor with the address of its run, otherwise the user and the host.

The journal and every report have it. It comes from the environment: a help for later investigation, not a proof.
"""

import os
import pwd
import socket
from collections.abc import Mapping

LONGEST = 300
"""Characters; a CI's address is about 90 of them."""


def actor_in(environ: Mapping[str, str]) -> str:
    """Text such as "ada@host" or "ada (https://github.com/acme/access/actions/runs/1)"; printable and limited."""
    found = ci_actor(environ) or f"{user_name()}@{socket.gethostname()}"
    return "".join(filter(str.isprintable, found))[:LONGEST]


def ci_actor(environ: Mapping[str, str]) -> str:
    """The actor and the run of GitHub Actions or GitLab CI; "" elsewhere."""
    if environ.get("GITHUB_ACTIONS") == "true":
        server, repository, run = (
            environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
        )
        return named(environ.get("GITHUB_ACTOR"), f"{server}/{repository}/actions/runs/{run}" if run else "")
    if environ.get("GITLAB_CI") == "true":
        return named(environ.get("GITLAB_USER_LOGIN"), environ.get("CI_JOB_URL") or environ.get("CI_PIPELINE_URL", ""))
    return ""


def named(who: str | None, address: str) -> str:
    return f"{who or 'CI'} ({address})" if address else who or "CI"


def user_name() -> str:
    """The user's name, or the number if there is no name, as in many containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
