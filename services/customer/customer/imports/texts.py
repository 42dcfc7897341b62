"""Cells as people type them, and the values they stand for. The tables here are the ones of docs/guides/importing.md."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from contracts.values import AccountKind, Grade

from customer.texts import normalised

Parse = Callable[[str], Any]

_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
_DATE_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_INTEGER = re.compile(r"-?\d{1,18}(\.0+)?")
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,15})?")


class Unreadable(Exception):
    """A cell that stands for no value of its field."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def trimmed(cell: str) -> str:
    """The cell without blanks around it (full-width ones too) and without characters that nobody sees."""
    return cell.translate(_INVISIBLE).strip()


def plain(cell: str) -> str:
    """Digits, letters and signs in their ordinary width."""
    return unicodedata.normalize("NFKC", cell).strip()


def text(cell: str) -> str:
    """Text is kept as it was typed."""
    return cell


def code(cell: str) -> str:
    """A code: ordinary width, no blanks, capital letters; a number that a spreadsheet made of it is one again."""
    found = re.sub(r"\s", "", plain(cell)).upper()
    return found[:-2] if re.fullmatch(r"\d+\.0", found) else found


def whole_number(cell: str) -> int:
    """`1,200`, `１２００`, `1200.0`. Raises: Unreadable."""
    found = _ungrouped(cell)
    if not _INTEGER.fullmatch(found):
        raise Unreadable("invalid_number", "a whole number is expected")
    return int(found.partition(".")[0])


def decimal(cell: str) -> float:
    """`39.9042`, `３９．９`. Raises: Unreadable."""
    found = _ungrouped(cell)
    if not _DECIMAL.fullmatch(found):
        raise Unreadable("invalid_number", "a number is expected")
    return float(found)


def day(cell: str) -> date:
    """`2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日`, `20260301`. Raises: Unreadable."""
    found = plain(cell)
    match = _DATE.fullmatch(found) or _DATE_DIGITS.fullmatch(found)
    try:
        if match:
            return date(*(int(part) for part in match.groups()))
    except ValueError:
        pass
    raise Unreadable("invalid_date", "a date such as 2026-03-01 is expected")


def yes_or_no(cell: str) -> bool:
    """`true`, `yes`, `是`, `1` and their opposites. Raises: Unreadable."""
    found = normalised(cell)
    if found in _YES or found in _NO:
        return found in _YES
    raise Unreadable("invalid_boolean", "yes or no is expected")


def choice(table: Mapping[str, Any], unknown: str) -> Parse:
    """A parser of the words of a table. It raises Unreadable with the code `unknown`."""
    words = {_word(word): value for word, value in table.items()}

    def parse(cell: str) -> Any:
        found = words.get(_word(cell))
        if found is None:
            raise Unreadable(unknown, "this word is none of those that are known")
        return found

    return parse


def several(cell: str) -> list[str]:
    """Names separated by `;`, `；`, `、` or `|`."""
    return [name for part in re.split(r"[;；、|]", cell) if (name := trimmed(part))]


def _word(cell: str) -> str:
    return re.sub(r"[\s()\-_]", "", normalised(cell))


def _ungrouped(cell: str) -> str:
    found = plain(cell)
    return found.replace(",", "") if _GROUPED.fullmatch(found) else found


_YES = {"true", "yes", "y", "1", "是", "有", "√"}
_NO = {"false", "no", "n", "0", "否", "无", "×"}

_LEVELS = {"一": "1", "二": "2", "三": "3", "1": "1", "2": "2", "3": "3"}
_CLASSES = {"甲": "A", "乙": "B", "丙": "C"}

GRADES: dict[str, Grade] = {grade.value: grade for grade in Grade}
for _level, _digit in _LEVELS.items():
    for _class, _letter in _CLASSES.items():
        for _spelling in (f"{_level}级{_class}等", f"{_level}级{_class}", f"{_level}{_class}", f"{_level}{_class}等"):
            GRADES[_spelling] = Grade(f"{_digit}{_letter}")
GRADES |= dict.fromkeys(
    ("未评级", "未定级", "未评", "未定", "无等级", "无级别", "无", "未评等级", "none", "-"), Grade.UNGRADED
)

_KIND_WORDS = {
    AccountKind.HOSPITAL: (
        "医院",
        "综合医院",
        "专科医院",
        "中医院",
        "中医医院",
        "中西医结合医院",
        "民族医院",
        "妇幼保健院",
        "公立医院",
        "民营医院",
    ),
    AccountKind.CLINIC: (
        "诊所",
        "门诊",
        "门诊部",
        "卫生院",
        "乡镇卫生院",
        "卫生室",
        "村卫生室",
        "卫生服务中心",
        "社区卫生服务中心",
        "社区卫生服务站",
        "医务室",
        "基层医疗机构",
    ),
    AccountKind.PHARMACY: ("药店", "药房", "大药房", "零售药店", "连锁药店", "单体药店", "DTP药房", "drugstore"),
    AccountKind.STORE: ("商店", "门店", "零售店", "零售网点", "超市", "便利店", "母婴店", "shop"),
    AccountKind.DISTRIBUTOR: (
        "经销商",
        "分销商",
        "代理商",
        "批发商",
        "商业公司",
        "医药公司",
        "配送商",
        "配送公司",
        "wholesaler",
    ),
}
KINDS: dict[str, AccountKind] = {kind.value: kind for kind in AccountKind}
for _kind, _words in _KIND_WORDS.items():
    KINDS |= dict.fromkeys(_words, _kind)

grade = choice(GRADES, "unknown_grade")
kind = choice(KINDS, "unknown_kind")
