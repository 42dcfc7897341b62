"""How an influence that nobody confirms fades: its strength halves every `HALF_LIFE_DAYS`."""

from datetime import date

HALF_LIFE_DAYS = 365
FADED = 0.5
"""What is weaker is taken for gone: the weakest influence (1) after one half-life, the strongest (5) after 3.3 years."""


def decayed(strength: int, confirmed_on: date, day: date) -> float:
    """strength × 2 ** (− days since the confirmation ÷ half-life)."""
    return strength * 0.5 ** ((day - confirmed_on).days / HALF_LIFE_DAYS)
