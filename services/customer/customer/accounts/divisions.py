"""Administrative divisions by their codes (GB/T 2260): province, prefecture and county in two digits each."""

_PROVINCES = frozenset(
    int(code)
    for code in [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
    ]
)
_DIRECTLY_ADMINISTERED = 90
"""Counties that no prefecture stands above."""
_LAST_PREFECTURE = 70


def is_plausible(code: str) -> bool:
    """True when a division of that code may exist: known province, possible prefecture, no county without prefecture.

    Divisions come and go every year, so that a list of all would refuse institutions of new ones.
    """
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return False
    province, prefecture, county = int(code[:2]), int(code[2:4]), int(code[4:])
    if province not in _PROVINCES:
        return False
    if prefecture == 0:
        return county == 0
    return prefecture <= _LAST_PREFECTURE or prefecture == _DIRECTLY_ADMINISTERED
