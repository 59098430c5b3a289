"""Limits of the guard: how much of something one run may do."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows the larger of `floor` and `percent` of a base, percentages rounded down."""

    percent: float = 0
    floor: int = 0

    def allowed(self, base: int) -> int:
        """How many are allowed of `base`; exact, so that 10 % of 30 is 3."""
        share = int(Decimal(str(self.percent)) * base / 100)
        return max(self.floor, share)
