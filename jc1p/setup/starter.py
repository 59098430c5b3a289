"""The configuration file from the answers: with comments, and nothing that was not answered. Pure."""

from collections.abc import Iterator

from jc1p.setup.answers import Addressee, Answers
from jc1p.setup.places import written
from jc1p.setup.quoting import flow, listed, quoted, remark
from jc1p.setup.regions import REGIONS

TROUBLE = "[refused, failed, partial, recovered]"


def config_text(answers: Answers) -> str:
    """The whole file."""
    return "\n".join([*head(), *jumpcloud(answers), *onepassword(answers), *scope(answers), *users(answers),
                      *notify(answers.notify or ()), *http(answers), *state(answers)]) + "\n"  # fmt: skip


def head() -> Iterator[str]:
    yield "# Configuration of jc1p, written by `jc1p init`. `jc1p config check` checks it. `jc1p config init -c FILE`"
    yield "# writes a file with every key; keys that are not here have their defaults."
    yield "# Text may hold ${NAME} or ${NAME:-default} from the environment."
    yield ""


def jumpcloud(answers: Answers) -> Iterator[str]:
    yield f"jumpcloud:{said(answers.organization)}"
    if answers.region in REGIONS:
        yield f"  region: {answers.region}  # us | eu | in"
    else:
        yield f"  url: {quoted(answers.region or '')}  # instead of a region"
    if answers.org_id:
        yield f"  org_id: {quoted(answers.org_id)}  # this credential has access to several organizations"
    if answers.api_key:
        yield f"  api_key: {written(answers.api_key)}"
    if answers.client_id and answers.client_secret:
        yield f"  client_id: {quoted(answers.client_id)}  # a service account"
        yield f"  client_secret: {written(answers.client_secret)}"
    yield ""


def onepassword(answers: Answers) -> Iterator[str]:
    yield "onepassword:"
    yield f"  scim_url: {quoted(answers.scim_url or '')}  # the SCIM bridge's address, not the sign-in address"
    if answers.token:
        yield f"  token: {written(answers.token)}  # the bridge's bearer token"
    yield ""


def scope(answers: Answers) -> Iterator[str]:
    yield f"scope:  # who and what is provisioned{said(answers.comments.get('scope', ''), ': ')}"
    if answers.application:
        yield f"  application: {quoted(answers.application)}{said(answers.comments.get('application', ''))}"
    if answers.groups:
        yield "  groups:  # JumpCloud user groups, by name, pattern or id"
        yield from (f"    - {quoted(group)}" for group in answers.groups)
    yield "  exclude_users: []  # emails or patterns of users that jc1p does not change"
    yield ""


def users(answers: Answers) -> Iterator[str]:
    yield "users:"
    yield "  protected:  # never suspended, renamed or removed from a group: your 1Password owners"
    if not answers.protected:
        yield "    []"
    yield from (f"    - {quoted(email)}" for email in answers.protected or ())
    yield "  aliases: {}  # JumpCloud email: 1Password email, where they differ"
    yield ""


def notify(receivers: tuple[Addressee, ...]) -> Iterator[str]:
    if not receivers:
        yield "notify: []  # no notifications; see docs/notifications.md"
        yield ""
        return
    yield "notify:  # notify of blocked and failed runs, and of recovery"
    for receiver in receivers:
        if receiver.place:
            yield f"  - {receiver.kind}: {written(receiver.place)}"
        else:
            yield f"  - exec: {listed(receiver.argv)}"
        yield f"    on: {TROUBLE}"
    yield ""


def http(answers: Answers) -> Iterator[str]:
    if answers.ca_file:
        yield "http:"
        yield f"  ca_file: {quoted(str(answers.ca_file))}  # additional certificate authorities"
        yield ""


def state(answers: Answers) -> Iterator[str]:
    if answers.state_path:
        yield "state:"
        yield f"  path: {flow(str(answers.state_path))}  # the sandbox's, apart from the state of real accounts"


def said(text: str, before: str = "  # ") -> str:
    """A comment after a key; nothing if there is no comment."""
    return f"{before}{remark(text)}" if text else ""
