"""The definition of an attribute: what it is called, what its values are."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from chassis.aggregate import Aggregate, Entity, Index
from chassis.refusals import Conflict, Violation
from contracts.events.customer import AttributeChanged, AttributeChoiceState, AttributeDefined, AttributeState
from contracts.values import Stamp
from pydantic import Field, StringConstraints

from customer.attributes.values import AttributeValue
from customer.texts import ShortText

EVERYBODY = [Stamp(path="/")]
MAX_CHOICES = 200
MAX_TEXT = 500
MAX_NUMBER = 10**12

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ChoiceCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class Noun(StrEnum):
    """What can have attributes."""

    ACCOUNT = "account"
    CONTACT = "contact"


class AttributeType(StrEnum):
    """What the values of an attribute are."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"


_BOUNDED = {AttributeType.TEXT, AttributeType.INTEGER, AttributeType.DECIMAL}


class AlreadyDefined(Conflict):
    """A code means one thing."""

    code = "already_defined"
    title = "The attribute is defined already"


class Choice(Entity):
    """One of the values of a choice; a retired one is kept where it stands and taken nowhere new."""

    code: ChoiceCode
    label: ShortText
    retired: bool = False


class AttributeDefinition(Aggregate, kind="attribute", collection="attributes", prefix="atr"):
    """A company's own field of institutions or contacts. Its type never changes, so that values once right stay right.

    `minimum` and `maximum` bound numbers, and the length of texts.
    """

    INDEXES: ClassVar[list[Index]] = [
        Index([("noun", 1), ("code", 1)], unique=True, refusal=AlreadyDefined),
    ]

    noun: Noun
    code: Code
    label: ShortText
    type: AttributeType
    choices: list[Choice] = Field(default_factory=list[Choice])
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    retired: bool = False

    def broken_rules(self) -> list[Violation]:
        """What is wrong with the definition itself."""
        found: list[Violation] = []
        codes = [choice.code for choice in self.choices]
        if self.type is AttributeType.CHOICE and not codes:
            found.append(Violation("choices_missing", "a choice needs something to choose from", "choices"))
        if self.type is not AttributeType.CHOICE and codes:
            found.append(Violation("choices_out_of_place", "only a choice has choices", "choices"))
        if len(set(codes)) < len(codes):
            found.append(Violation("duplicate_choice", "two choices have the same code", "choices"))
        for name in ("minimum", "maximum"):
            if getattr(self, name) is not None and self.type not in _BOUNDED:
                found.append(Violation("bound_out_of_place", "only numbers and texts are bounded", name))
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            found.append(Violation("bounds_crossed", "the minimum lies above the maximum", "minimum"))
        return found

    def correct(self, facts: Mapping[str, Any]) -> list[str]:
        """Overwrite what is named; the names of what differs. Choices that are left out are retired, not removed."""
        before = {name: getattr(self, name) for name in facts}
        for name, value in facts.items():
            if name == "choices":
                named = {choice.code for choice in value}
                gone = [
                    choice.model_copy(update={"retired": True}) for choice in self.choices if choice.code not in named
                ]
                value = [*value, *gone]
            setattr(self, name, value)
        return sorted(name for name in facts if getattr(self, name) != before[name])

    def judge(self, value: Any, present: AttributeValue | None = None) -> tuple[AttributeValue | None, str | None]:
        """The value as it is kept, or what is wrong with it. What stands there already is always right."""
        if value == present and type(value) is type(present):
            return value, None
        if self.retired:
            return None, "the attribute is retired and takes no new values"
        match self.type:
            case AttributeType.TEXT:
                return self._text(value)
            case AttributeType.INTEGER:
                whole = isinstance(value, int) and not isinstance(value, bool)
                return self._number(value) if whole else (None, "an integer is expected")
            case AttributeType.DECIMAL:
                number = isinstance(value, int | float) and not isinstance(value, bool)
                return self._number(float(value)) if number else (None, "a number is expected")
            case AttributeType.BOOLEAN:
                return (value, None) if isinstance(value, bool) else (None, "true or false is expected")
            case AttributeType.DATE:
                return _date(value)
            case AttributeType.CHOICE:
                open_codes = [choice.code for choice in self.choices if not choice.retired]
                return (value, None) if value in open_codes else (None, f"one of {', '.join(open_codes)} is expected")

    def _text(self, value: Any) -> tuple[AttributeValue | None, str | None]:
        if not isinstance(value, str) or not value.strip():
            return None, "a text is expected"
        text = value.strip()
        low, high = self.minimum or 1, min(self.maximum or MAX_TEXT, MAX_TEXT)
        return (text, None) if low <= len(text) <= high else (None, f"{low:g} to {high:g} characters are expected")

    def _number(self, value: float) -> tuple[AttributeValue | None, str | None]:
        if self.minimum is not None and value < self.minimum:
            return None, f"at least {self.minimum:g} is expected"
        if self.maximum is not None and value > self.maximum:
            return None, f"at most {self.maximum:g} is expected"
        if abs(value) > MAX_NUMBER:
            return None, "the number is out of all measure"
        return (round(value, 6) if isinstance(value, float) else value), None

    def defined(self) -> AttributeDefined:
        """The event of the definition."""
        return AttributeDefined(attribute=self.state())

    def changed(self, names: list[str]) -> AttributeChanged:
        """The event of a change."""
        return AttributeChanged(attribute=self.state(), changed=names)

    def state(self) -> AttributeState:
        """What events tell of it."""
        plain = AttributeState.model_fields.keys() - {"attribute_id", "choices"}
        return AttributeState(
            attribute_id=self.id,
            choices=[AttributeChoiceState(**dict(choice)) for choice in self.choices],
            **{name: getattr(self, name) for name in plain},
        )


def _date(value: Any) -> tuple[AttributeValue | None, str | None]:
    wrong = "a date such as 2026-03-01 is expected"
    if not isinstance(value, str) or len(value) != 10:
        return None, wrong
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None, wrong
    return (value, None) if 1900 <= day.year < 2200 else (None, wrong)
