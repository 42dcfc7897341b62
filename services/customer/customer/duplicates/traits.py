"""What entries are compared by, and the keys under which those that may be the same meet."""

import hashlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from customer.duplicates.names import PLAIN_KINDS, ReadNames, read_names
from customer.duplicates.simplified import simplified
from customer.readings import read_institution, read_person
from customer.texts import normalised

_EDITED_AT_MOST = 8
"""A longer stem shares its beginning or its end with a mistyped copy of itself."""
_END = 3
_DIGITS = re.compile(r"\d+")
_ADDRESS_NOISE = re.compile(r"[()（）\s,，.。、\-—－#＃]")
_HOUSE = re.compile(r"^(.*?)(\d+)")
_RANKED = re.compile(r"^[\u4e00-\u9fff]{1,6}?(?:省|自治区|市|州|盟|区|县|旗|镇|乡|街道)(?=[\u4e00-\u9fff]{2})")
_CHINESE_NUMBER = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")}
_LOCAL_NUMBER = 7
_CELL_DEGREES = 0.01
"""About one kilometre."""


@dataclass(frozen=True)
class AccountTraits:
    """What an institution is compared by."""

    names: ReadNames
    kind: str
    division_code: str | None
    telephones: tuple[str, ...]
    street: str
    """The address without the places before the street, with the number in digits; empty when there is none."""
    point: tuple[float, float] | None
    """Latitude and longitude in degrees."""

    @property
    def material(self) -> tuple[object, ...]:
        """What has to change before a dismissed pair is looked at again."""
        names = sorted(name.whole for name in self.names.names)
        return (*names, self.names.campus, self.kind, self.division_code, self.telephones, self.street, self.point)

    @property
    def prefecture(self) -> str:
        """The first four digits of the division, empty when it is not known."""
        return (self.division_code or "")[:4]


@dataclass(frozen=True)
class Job:
    """Where a contact works or worked, from `start` until `end` (exclusive; None: until further notice)."""

    account_id: str
    department_id: str | None
    role: str | None
    start: date
    end: date | None


@dataclass(frozen=True)
class ContactTraits:
    """What a contact is compared by. `name` is simplified and without blanks, `reading` its syllables."""

    name: str
    reading: tuple[str, ...]
    title: str | None
    specialty: str | None
    mobile: str | None
    jobs: tuple[Job, ...]

    @property
    def material(self) -> tuple[object, ...]:
        """What has to change before a dismissed pair is looked at again."""
        return (self.name, self.title, self.specialty, self.mobile, self.jobs)


@lru_cache(maxsize=2048)
def account_traits(
    *,
    name: str,
    kind: str,
    division_code: str | None,
    telephone: str | None,
    address: str | None,
    point: tuple[float, float] | None,
) -> AccountTraits:
    """The traits of an institution's facts."""
    return AccountTraits(
        names=read_names(name, division_code),
        kind=kind,
        division_code=division_code,
        telephones=telephones_in(telephone or ""),
        street=street_of(address or ""),
        point=point,
    )


def contact_traits(
    *, name: str | None, title: str | None, specialty: str | None, mobile: str | None, jobs: Iterable[Job]
) -> ContactTraits:
    """The traits of a contact's facts."""
    plain = person_name(name or "")
    return ContactTraits(plain, _person_reading(plain), title, specialty, mobile, tuple(jobs))


def person_name(name: str) -> str:
    """A person's name as it is compared."""
    return "".join(one for one in simplified(normalised(name)) if one.isalnum())


def telephones_in(text: str) -> tuple[str, ...]:
    """The numbers in a text by their last seven digits: a local number is that long, whatever stands before it."""
    numbers: set[str] = set()
    for part in re.split(r"[/、,，;；\s]|转|ext", normalised(text)):
        digits = "".join(_DIGITS.findall(part))
        if len(digits) >= _LOCAL_NUMBER:
            numbers.add(digits[-_LOCAL_NUMBER:])
    return tuple(sorted(numbers))


def street_of(address: str) -> str:
    """Street and number of an address, in one spelling."""
    text = _ADDRESS_NOISE.sub("", simplified(normalised(address)))
    for _ in range(4):
        found = _RANKED.match(text)
        if not found:
            break
        text = text[found.end() :]
    text = "".join(_CHINESE_NUMBER.get(one, one) if _before_number(text, at) else one for at, one in enumerate(text))
    house = _HOUSE.match(text)
    return f"{house[1]}{house[2]}" if house else text


def _before_number(text: str, at: int) -> bool:
    """True for a Chinese digit that belongs to the number of a house."""
    return text[at + 1 : at + 2] in ("号", "號") or (
        text[at + 1 : at + 2] in _CHINESE_NUMBER and text[at + 2 : at + 3] == "号"
    )


def account_keys(traits: AccountTraits) -> list[int]:
    """The keys of an institution; two entries that share none are never compared."""
    return list(_account_keys(traits))


@lru_cache(maxsize=2048)
def _account_keys(traits: AccountTraits) -> tuple[int, ...]:
    area = traits.prefecture
    keys: set[str] = set()
    for name in traits.names.names:
        plain = name.flat
        keys |= {f"f{area}|{one}" for one in _with_one_less(plain)}
        reading = reading_of(plain)
        keys.add(f"r{area}|{''.join(reading)}")
        if len(name.stem) >= 2:
            keys |= {f"s{area}|{name.stem}", f"q{area}|{''.join(reading_of(name.stem))}"}
            if len(name.stem) >= _END:
                keys |= {f"h{area}|{name.stem[:_END]}", f"t{area}|{name.stem[-_END:]}", f"w{name.stem}|{name.kind}"}
    keys |= {f"p{number}" for number in traits.telephones}
    if traits.street and traits.street[-1].isdigit():
        keys.add(f"a{area}|{traits.street}")
    if traits.point is not None:
        lat, lon = (math.floor(degrees / _CELL_DEGREES) for degrees in traits.point)
        keys.add(f"c{lat},{lon}")
    return tuple(hashed(keys))


def contact_keys(traits: ContactTraits) -> list[int]:
    """The keys of a contact; none once the name has been erased."""
    if not traits.name:
        return []
    reading = "".join(traits.reading)
    keys = {f"n{traits.name}|{traits.specialty or ''}"}
    for job in traits.jobs:
        place = job.account_id
        keys |= {f"N{traits.name}|{place}", f"R{reading}|{place}"}
        if len(traits.name) > 2:
            keys |= {f"D{one}|{place}" for one in _with_one_less(traits.name) if len(one) >= 2}
    if traits.mobile:
        keys |= {f"m{one}" for one in _with_one_less(traits.mobile[-8:])}
    return hashed(keys)


def hashed(keys: Iterable[str]) -> list[int]:
    """Keys as the store keeps them: 63 bits each, so that they are small and say nothing by themselves."""
    return sorted({int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1 for key in keys})


def _with_one_less(text: str) -> set[str]:
    """The text and what it is without any one character: two texts one character apart have one of these in common."""
    if len(text) < 3 or len(text) > 2 * _EDITED_AT_MOST:
        return {text}
    return {text} | {text[:at] + text[at + 1 :] for at in range(len(text))}


@lru_cache(maxsize=8192)
def _syllable(character: str) -> str:
    return read_institution(character)[0]


@lru_cache(maxsize=4096)
def reading_of(text: str) -> tuple[str, ...]:
    """The syllables of a part of an institution's name."""
    return tuple(_syllable(one) for one in text)


def _person_reading(name: str) -> tuple[str, ...]:
    return tuple(read_person(name))


__all__ = ["PLAIN_KINDS", "AccountTraits", "ContactTraits", "Job", "account_keys", "account_traits", "contact_keys"]
