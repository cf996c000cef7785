"""A purse for tests of collectors: counts what is spent, and may run out."""

from collections import Counter

from collectors.base import BudgetSpentError


class Purse:
    """Implements `collectors.base.Budget` in memory; `limit` holds for each unit."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self.spent: Counter[str] = Counter()

    def spend(self, unit: str, amount: int = 1) -> None:
        left = self.left(unit)
        if left is not None and left < amount:
            raise BudgetSpentError(f"test: {unit} are spent")
        self.spent[unit] += amount

    def left(self, unit: str) -> int | None:
        return None if self.limit is None else self.limit - self.spent[unit]
