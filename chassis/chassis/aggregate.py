"""Aggregates are documents: one pydantic model is one document with `_id`, `version`, `visible`. No mapping layer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Self, cast

from contracts.personal import find_personal, is_personal
from contracts.values import Stamp
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import from_microseconds
from chassis.ids import new_id
from chassis.principal import audience
from chassis.refusals import Refusal

Document = dict[str, Any]


def _exclusion(model: type[BaseModel], paths: list[str]) -> dict[str, Any]:
    """Pydantic's `exclude` for the dotted paths; lists on the way are entered element by element."""
    tree: dict[str, Any] = {}
    for path in paths:
        here, names = tree, path.split(".")
        fields = model.model_fields
        for position, name in enumerate(names):
            if position == len(names) - 1:
                here[name] = True
                break
            here = here.setdefault(name, {})
            nested = _nested(fields[name].annotation)
            if _is_collection(fields[name].annotation):
                here = here.setdefault("__all__", {})
            fields = nested.model_fields
    return tree


def _nested(annotation: Any) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        try:
            return _nested(argument)
        except TypeError:
            continue
    raise TypeError(f"{annotation} holds no model")


def _is_collection(annotation: Any) -> bool:
    origin = getattr(annotation, "__origin__", None)
    if origin in (list, tuple, dict, set):
        return True
    return any(_is_collection(argument) for argument in getattr(annotation, "__args__", ()))


def _cleared(model: BaseModel, path: str) -> Iterator[str]:
    for name, declared in type(model).model_fields.items():
        value = getattr(model, name)
        if is_personal(declared):
            if value is not None:
                setattr(model, name, None)
                yield f"{path}{name}"
            continue
        for part in cast("list[Any]", value if isinstance(value, list) else [value]):
            if isinstance(part, BaseModel):
                yield from _cleared(part, f"{path}{name}.")


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple | set | frozenset):
        return [_storable(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and type(value) is not str:
        return str(value.value) if hasattr(value, "value") else str(value)  # pyright: ignore
    return value


@dataclass(frozen=True)
class Index:
    """An index of a collection. `where` makes it partial, `sparse` leaves out documents without the field; `refusal` is
    raised when a unique one is violated. A query uses a partial index only when it repeats `where`."""

    keys: list[tuple[str, int | str]]
    unique: bool = False
    sparse: bool = False
    where: Document = field(default_factory=dict[str, Any])
    refusal: type[Refusal] | None = None

    @property
    def name(self) -> str:
        """The name under which the store keeps it."""
        return "_".join(f"{key}_{direction}" for key, direction in self.keys)


class Entity(BaseModel):
    """A part of an aggregate, embedded in its document."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, hide_input_in_errors=True)


class Stored(BaseModel):
    """Anything kept in a collection of its own. Its errors end up in logs and dead letters, so they repeat no value."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, hide_input_in_errors=True)

    COLLECTION: ClassVar[str]
    INDEXES: ClassVar[list[Index]] = []

    id: str
    visible: list[Stamp] = Field(default_factory=list[Stamp])

    @classmethod
    def load(cls, document: Document) -> Self:
        """The model of a document of the store; what the store adds for itself is left out."""
        fields = cls.model_fields
        loaded = {key: value for key, value in document.items() if key in fields}
        loaded["id"] = document["_id"]
        return cls.model_validate(loaded)

    def dump(self) -> Document:
        """The document of the store: dates as ISO 8601 text, enumerations as their values, instants as instants.

        `audience` holds the tokens that scoped queries ask for; it follows from `visible`.
        """
        document = _storable(self.model_dump(by_alias=False))
        document["_id"] = document.pop("id")
        document["audience"] = audience(self.visible)
        return document


KINDS: dict[str, "type[Aggregate]"] = {}
"""Every aggregate class of this process by its kind; the journal names kinds."""


class Aggregate(Stored):
    """A consistency boundary. Changed only through a unit of work, which counts versions and keeps the journal."""

    KIND: ClassVar[str]
    PREFIX: ClassVar[str]
    PERSONAL: ClassVar[frozenset[str]] = frozenset()
    """Top-level fields that are personal or hold something personal; `identities` keeps their versions."""
    _PUBLIC: ClassVar[dict[str, Any]] = {}

    version: int = 0
    """Changes so far; shown as ETag."""
    sequence: int = 0
    """Events so far; gap-free."""
    recorded_us: int = 0
    """When the last change was recorded: the database's clock, microseconds since 1970."""

    def __init_subclass__(
        cls, *, kind: str | None = None, collection: str | None = None, prefix: str | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if kind and collection and prefix:
            cls.KIND, cls.COLLECTION, cls.PREFIX = kind, collection, prefix
            KINDS[kind] = cls

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        paths = find_personal(cls)
        cls.PERSONAL = frozenset(path.split(".", 1)[0] for path in paths)
        cls._PUBLIC = _exclusion(cls, paths)

    @classmethod
    def new_id(cls) -> str:
        """A fresh id of this kind."""
        return new_id(cls.PREFIX)

    def public_state(self) -> Document:
        """The document without `_id` and without anything personal: what journal and audit may keep."""
        state = _storable(self.model_dump(exclude=self._PUBLIC))
        del state["id"], state["recorded_us"]
        return state

    def clear_personal(self) -> list[str]:
        """Empty every personal field, at any depth; dotted paths of those that held something.

        The versions of before are forgotten by the unit of work: `await work.forget(aggregate)`.
        """
        return sorted(set(_cleared(self, "")))

    @property
    def recorded_at(self) -> datetime:
        """When the last change was recorded."""
        return from_microseconds(self.recorded_us)

    def gone(self) -> Refusal | None:
        """Why no command may name it any more, in its path or its body; None while it may be named."""
        return None


class Balance(Aggregate):
    """An aggregate of integers that only the unit of work's `adjust` changes, by one conditional increment."""


class Replica(Stored):
    """A fact of another service, kept by reactions for this service's own rules. No history of its own."""

    sequence: int = 0
    """The owner's sequence that this state stems from."""

    def __init_subclass__(cls, *, collection: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if collection:
            cls.COLLECTION = collection
