"""The 1Password part of a setup: the bridge and its token, tried at once; equal group names; owners to protect."""

from dataclasses import replace

from jc1p.config.addresses import parse_scim_url
from jc1p.core.models import TargetDirectory
from jc1p.core.scope import Desired
from jc1p.errors import Forbidden, ServiceError, Unauthorized
from jc1p.setup.advice import advise, compare_groups
from jc1p.setup.answers import Answers
from jc1p.setup.op_cli import CliSays
from jc1p.setup.owners import Proposal, parse_owners, propose, unknown_owners
from jc1p.setup.questions import Desk, amount
from jc1p.setup.secret_questions import TOKEN, obtain
from jc1p.setup.trials import read_bridge

ADDRESS = (
    "Use the SCIM bridge's address, as you would enter it in JumpCloud, such as https://scim.example.com.",
    "This is not the address where you sign in to 1Password.",
)


def reach_bridge(desk: Desk, answers: Answers) -> tuple[Answers, TargetDirectory]:
    """An address of a bridge, and a token that it accepts."""
    answers, refused = with_address(desk, answers), False
    while True:
        answers = replace(answers, token=obtain(desk, TOKEN, answers.token, refused=refused))
        desk.asker.tell(f"Trying {answers.scim_url} …")
        try:
            found = desk.run(read_bridge(answers.scim_url or "", desk.values[TOKEN.key], desk.tls))
        except ServiceError as error:
            desk.complain(error)
            # A token may have been refused by another server: the address is asked for as well.
            answers = with_address(desk, replace(answers, scim_url=None), default=answers.scim_url or "")
            refused = isinstance(error, Unauthorized | Forbidden)
        else:
            desk.asker.tell(f"The bridge accepts the token: {size(found)}.")
            return answers, found


def size(found: TargetDirectory) -> str:
    short = "" if found.complete else "; its lists are incomplete"
    return f"{amount(len(found.accounts), 'account')} and {amount(len(found.groups), 'group')}{short}"


def with_address(desk: Desk, answers: Answers, *, default: str = "") -> Answers:
    def ask() -> str:
        if not default:
            desk.asker.tell(*ADDRESS)
        return desk.asker.ask("SCIM bridge address", default=default)

    return replace(answers, scim_url=desk.until_good(answers.scim_url, ask, parse_address))


def parse_address(text: str) -> str:
    """A bridge's address, with https by default. Raises ValueError."""
    word = text.strip()
    if not word:
        raise ValueError("enter the bridge's address, such as https://scim.example.com")
    return parse_scim_url(word if "://" in word else f"https://{word}")


# --- groups and owners ------------------------------------------------------------------------------------------


def tell_groups(desk: Desk, desired: Desired, bridge: TargetDirectory, says: CliSays) -> None:
    """What will happen to the groups in scope, and which have to be added to Managed Groups first."""
    if says.remark:
        desk.asker.tell(says.remark)
    in_scope = [group.name for group in desired.groups.values()]
    shown = [group.name for group in bridge.groups.values()]
    desk.asker.tell(*advise(compare_groups(in_scope, shown, says.groups)))


def choose_owners(desk: Desk, answers: Answers, bridge: TargetDirectory, says: CliSays) -> Answers:
    """The accounts that jc1p must never suspend; SCIM doesn't show which are owners."""
    proposal = propose(says.owners or (), bridge.accounts)

    def ask() -> tuple[str, ...]:
        tell_proposal(desk, proposal)
        return parse_owners(desk.asker.ask("Owners to protect (emails, or none)", default=" ".join(proposal.owners)))

    def test(owners: tuple[str, ...]) -> tuple[str, ...]:
        strangers = unknown_owners(owners, bridge.accounts) if bridge.accounts_complete else ()
        if strangers:
            desk.asker.tell(f"1Password has no account {', '.join(strangers)}. These entries protect no account.")
        if strangers and not desk.agrees("Keep them anyway?"):
            raise ValueError("type the owners again")
        if not owners:
            desk.asker.tell("No account is protected: jc1p may suspend an owner who leaves the scope.")
        return owners

    return replace(answers, protected=desk.until_good(answers.protected, ask, test))


def tell_proposal(desk: Desk, proposal: Proposal) -> None:
    desk.asker.tell("jc1p never suspends, renames or removes protected accounts. List the 1Password account's owners.")
    if proposal.owners:
        desk.asker.tell(f"Owners according to the 1Password CLI: {', '.join(proposal.owners)}.")
    else:
        desk.asker.tell("1Password shows them under People > Groups > Owners.")
    if proposal.remark:
        desk.asker.tell(proposal.remark)
