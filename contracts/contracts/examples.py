"""An example of every event, made from its model: what documentation shows and consumers try their code on.

Values are plausible, fixed and nobody's. An event of a merge says into what; other ends of things (`valid_to`, `closed_on`)
are left open.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from contracts.envelope import Envelope
from contracts.events.base import Event

_AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
_ON = date(2026, 3, 1)
_END = date(2026, 6, 1)
_ID = "0197f3c2a1b07c3d8e4f5a6b7c8d9e"

_OTHERS = {"from": "0f", "survivor": "30", "was": "30", "parent": "40", "author": "50", "by": "60", "credited": "10"}
"""The last digits of an id, by how its field's name begins: who is somebody else has another id."""

_OPEN = frozenset(
    {"valid_to", "until", "closed_on", "leaves_on", "withdrawn_on", "expires_on", "closing_attempt", "survivor_of"}
)
"""Left out where they may be."""

_WORDS: dict[str, Any] = {
    "address": "东城区帅府园 1 号",
    "beds": 1200,
    "channel": "wechat",
    "code": "12100000400001234X",
    "currency": "CNY",
    "detail": "the annual limit is reached",
    "division_code": "110101",
    "discharges": 48_000,
    "from_grade": "2A",
    "from_path": "/unt_hq/unt_south/unt_beijing/",
    "from_stage": "developing",
    "indication": "hypertension",
    "invitation_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "issuer": "国家卫生健康委员会",
    "kind": "hospital",
    "label": "Teaching hospital",
    "left_id": f"acc_{_ID}10",
    "lat": 39.91,
    "line": "*",
    "lon": 116.41,
    "manufacturer": "Example Pharma",
    "measure": "units per month",
    "media_type": "application/pdf",
    "merge_id": f"mrg_{_ID}10",
    "name": "北京协和医院",
    "noun": "account",
    "number": "B20260301",
    "outpatient_visits": 900_000,
    "path": "/unt_hq/unt_north/unt_beijing/",
    "unit": "box",
    "presence": "equal",
    "primary": True,
    "product": "Comparatol 10 mg",
    "purpose": "scientific-information",
    "reason_code": "cap_exceeded",
    "right_id": f"acc_{_ID}20",
    "role": "chief physician",
    "roles": "rep",
    "score": 0.93,
    "share": 100,
    "specialty": "cardiology",
    "stage": "active",
    "stance": "supporter",
    "state": "booked",
    "status": "active",
    "tags": "teaching",
    "telephone": "+86 10 6915 6114",
    "title": "professor",
    "to_stage": "active",
    "type": "text",
    "unit_path": "/unt_hq/unt_north/unt_beijing/",
    "unit_paths": "/unt_hq/unt_north/unt_beijing/",
    "credited_path": "/unt_hq/unt_north/unt_beijing/",
    "username": "bj-0042",
}
"""By the field's name; of a list, its one item."""

_OF: dict[tuple[str, str], Any] = {
    ("AccountFactsBegan", "facts"): "grade",
    ("AccountCorrected", "changed"): "beds",
    ("AccountState", "attributes"): {"profile": "teaching"},
    ("AffiliationCorrected", "changed"): "valid_from",
    ("AttributeChanged", "changed"): "label",
    ("AttributeChoiceState", "code"): "teaching",
    ("AttributeState", "code"): "profile",
    ("AttributeState", "type"): "choice",
    ("AttributeState", "minimum"): None,
    ("AttributeState", "maximum"): None,
    ("ContactCorrected", "changed"): "title",
    ("DepartmentState", "name"): "心内科",
    ("EvaluationInputState", "code"): "outpatient_visits",
    ("EvaluationInputState", "contact_id"): None,
    ("InfluenceState", "type"): "advice",
    ("LineChanged", "changed"): "name",
    ("LineState", "code"): "CARDIO",
    ("LineState", "name"): "Cardiology",
    ("ObjectiveState", "status"): "open",
    ("QualificationState", "kind"): "physician-licence",
    ("RealignmentState", "name"): "North, second quarter",
    ("RefusalReason", "code"): "cap_exceeded",
    ("RefusalReason", "line"): 0,
    ("UnitState", "kind"): "office",
    ("UnitState", "name"): "Beijing office",
}
"""Where a name means something else, by the model and the field."""


def example_of(event: type[Event]) -> Event:
    """The example of an event."""
    return event.model_validate(_model(event, event))


def envelope_of(event: type[Event]) -> Envelope:
    """The envelope that the example would come in."""
    values = example_of(event).model_dump(mode="json", by_alias=True)
    return Envelope(
        id=f"evt_{_ID}10",
        source=f"/terrain/{event.TOPIC.partition('.')[0]}",
        type=event.TYPE,
        subject=_subject(event, values),
        time=_AT,
        sequence=1,
        unit_paths=("/unt_hq/unt_north/unt_beijing/",),
        lines=("*",),
        recorded_at=_AT,
    )


def _subject(event: type[Event], values: Mapping[str, Any]) -> str:
    """The id of the aggregate: the first one in its state, else the event's own."""
    state = next((value for value in values.values() if isinstance(value, dict)), values)
    ids = [str(value) for name, value in cast(dict[str, Any], state).items() if name.endswith("_id") and value]
    return ids[0] if ids else f"{event.TOPIC.rpartition('.')[2][:3]}_{_ID}10"


def _model(model: type[BaseModel], event: type[Event]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        told = name == "survivor_of" and event.__name__ in ("AccountMerged", "ContactMerged")
        if name in _OPEN and not told and not field.is_required():
            continue
        values[name] = _OF[model.__name__, name] if _fixed(model, name) else _value(name, _whole(field), event)
    fields = model.model_fields
    return {fields[name].alias or name: _listed(fields[name], value) for name, value in values.items()}


def _fixed(model: type[BaseModel], name: str) -> bool:
    return (model.__name__, name) in _OF


def _listed(field: FieldInfo, value: Any) -> Any:
    is_list = get_origin(field.annotation) is list
    return [value] if is_list and not isinstance(value, list) else value


def _whole(field: FieldInfo) -> Any:
    """The annotation with what pydantic took out of it."""
    limits = tuple(field.metadata)
    return Annotated[(field.annotation, *limits)] if limits else field.annotation


def _value(name: str, annotation: Any, event: type[Event]) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        found = _identifier(name, annotation.__metadata__)
        return found if found is not None else _within(annotation, _value(name, arguments[0], event))
    if origin in (Union, UnionType):
        return _value(name, next(one for one in arguments if one is not NoneType), event)
    if origin is list:
        return [_value(name, arguments[0], event)]
    if origin is dict:
        return {_value("", arguments[0], event): _value("", arguments[1], event)}
    if origin is Literal:
        return _WORDS[name] if _WORDS.get(name) in arguments else arguments[0]
    return _plain(name, annotation, event)


def _within(annotation: Any, value: Any) -> Any:
    """The value, or where the limits do not take it the first of what they mostly take."""
    adapter = TypeAdapter[Any](annotation)
    for one in (value, "example", "EXAMPLE", 1, 0, 0.5):
        try:
            adapter.validate_python(one)
        except ValidationError:
            continue
        return one
    return value


def _plain(name: str, kind: type[Any], event: type[Event]) -> Any:
    if issubclass(kind, BaseModel):
        return _model(kind, event)
    if issubclass(kind, Enum):
        values = [one.value for one in kind]
        return _WORDS[name] if _WORDS.get(name) in values else values[0]
    if issubclass(kind, bool):
        return _WORDS.get(name, name == "erased" and event.__name__ == "ContactErased")
    if issubclass(kind, datetime):
        return _AT
    if issubclass(kind, date):
        return _END if name.endswith("_to") else _ON
    if name not in _WORDS and issubclass(kind, int | float):
        return 3
    return _WORDS.get(name, "example")


def _identifier(name: str, limits: tuple[Any, ...]) -> str | None:
    """An id as the pattern of its kind wants it; None when the text is no id."""
    patterns = [str(one.pattern) for one in limits if isinstance(one, StringConstraints) and one.pattern]
    prefix = next((found[1] for one in patterns if (found := re.match(r"\^([a-z]{3}_)\[", one))), None)
    return None if prefix is None else f"{prefix}{_ID}{_OTHERS.get(name.partition('_')[0], '10')}"
