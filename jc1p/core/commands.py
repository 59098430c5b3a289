"""The commands that read both sides and make a plan, and how they differ."""

from enum import StrEnum


class Command(StrEnum):
    """Named as on the command line and in the JSON document."""

    SYNC = "sync"
    PLAN = "plan"
    DRIFT = "drift"
    APPLY = "apply"
    ROLLBACK = "rollback"

    @property
    def may_change(self) -> bool:
        """It applies its plan when asked to."""
        return self not in {Command.PLAN, Command.DRIFT}

    @property
    def notifies(self) -> bool:
        """Its runs trigger notifications."""
        return self is not Command.PLAN


def command_of(name: str) -> Command | None:
    """The command of a name; None for commands that make no plan."""
    return Command(name) if name in set(Command) else None
