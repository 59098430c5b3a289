"""A recording in progress: exchanges, additional answers, and what they say about the open questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.jumpcloud.oauth import NAME as JUMPCLOUD
from jc1p.clients.scim.client import ScimClient
from jc1p.clients.scim.errors import NAME as BRIDGE
from jc1p.doctor.observations import BridgeSeen, JumpCloudSeen
from jc1p.doctor.record.ask_more import ask_bridge_more, ask_jumpcloud_more
from jc1p.doctor.record.learned_bridge import learn_bridge
from jc1p.doctor.record.learned_jumpcloud import learn_jumpcloud
from jc1p.doctor.record.questions import BY_CANARY, NEVER, TEXTS, Learned, Question
from jc1p.doctor.record.tape import TOO_MANY_REQUESTS, Tape

FORMAT, FORMAT_VERSION = "jc1p recording", 1


@dataclass(slots=True)
class Recording:
    """The content of a bundle. `has_canary` if a canary was run."""

    tape: Tape = field(default_factory=Tape)
    learned: dict[Question, Learned] = field(default_factory=dict)
    has_canary: bool = False

    def learn(self, *learned: Learned) -> None:
        """Add to what is known; a later answer replaces an earlier one."""
        self.learned |= {each.question: each for each in learned}

    async def ask_bridge(self, bridge: ScimClient, seen: BridgeSeen) -> None:
        """Ask the bridge the additional questions."""
        self.learn(*learn_bridge(seen, await ask_bridge_more(bridge, seen)))

    async def ask_jumpcloud(self, client: JumpCloudClient, seen: JumpCloudSeen, label: str | None) -> None:
        """Ask JumpCloud the additional questions; `label` is the application's as configured."""
        self.learn(*learn_jumpcloud(seen, await ask_jumpcloud_more(client, seen, label)))

    def learn_limits(self) -> None:
        """Whether either service limited jc1p's requests; called after all questions."""
        for question, service in ((Question.RATE_LIMITS, BRIDGE), (Question.JC_RATE_LIMITS, JUMPCLOUD)):
            heard = [each for each in self.tape.heard if each.service == service and each.status]
            limited = sum(each.status == TOO_MANY_REQUESTS for each in heard)
            names = "limits in headers" if any(each.names_limits for each in heard) else "no limits in headers"
            if heard:
                self.learn(Learned(question, f"{'429 came' if limited else 'no 429 came'}, {names}"))

    @property
    def knobs(self) -> dict[str, dict[str, Any]]:
        """The sandbox settings that behave the same."""
        return {
            "jumpcloud": {name: value for each in self.learned.values() for name, value in each.jumpcloud.items()},
            "bridge": {name: value for each in self.learned.values() for name, value in each.bridge.items()},
        }

    @property
    def answers(self) -> Sequence[Mapping[str, Any]]:
        """Every open question in order, with its answer, or why there is none."""
        return [answer_row(question, self.learned.get(question)) for question in Question]

    def bundle(self, head: Mapping[str, str]) -> dict[str, Any]:
        """The saved bundle: JSON values without names, addresses, ids or secrets."""
        return {
            "format": FORMAT, "format_version": FORMAT_VERSION, **head, "canary": self.has_canary,
            "answers": self.answers, "knobs": self.knobs,
            "exchanges": self.tape.exchanges, "exchanges_left_out": self.tape.left_out,
        }  # fmt: skip


def answer_row(question: Question, learned: Learned | None) -> dict[str, Any]:
    return {
        "question": question.value,
        "text": TEXTS[question],
        "answered": learned is not None,
        "answer": learned.answer if learned else why_unanswered(question),
        "knobs": {**learned.bridge, **learned.jumpcloud} if learned else {},
    }


def why_unanswered(question: Question) -> str:
    if question in NEVER:
        return "not answered by this reading: no request that jc1p may send shows it"
    return "not answered by this reading" + (": needs --canary" if question in BY_CANARY else "")
