"""Reads of scores: which yardstick, which run of it, and what a subject came to."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from chassis.believed import MOST_LOOKED_AT, PORTION, as_believed
from chassis.clock import to_microseconds
from chassis.cursors import InvalidCursor
from chassis.jobs import JobState
from chassis.principal import both, within
from chassis.reads import Paging, Reads
from chassis.refusals import BadRequest, NotFound
from chassis.store import Store
from contracts.values import ScoreSubject, Tier

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.evaluation.members import FOREVER_US
from customer.evaluation.model import ModelVersion, ScoreModel
from customer.evaluation.overrides import ScoreOverride, holding_on
from customer.evaluation.runs import ScoreRun
from customer.evaluation.scores import Score, score_id
from customer.evaluation.shapes import ScoreOut

SUBJECTS: dict[ScoreSubject, type[Account] | type[Contact]] = {
    ScoreSubject.ACCOUNT: Account,
    ScoreSubject.CONTACT: Contact,
}


class NotScored(NotFound):
    """No run of the model has scored the subject for a date by then."""

    code = "not_scored"
    title = "There is no score"


@dataclass(frozen=True)
class Asked:
    """Which scores are asked for: of a version of a model (the active one when none is named), on a date, as known at an
    instant (None: now).
    """

    on: date
    known_at: datetime | None = None
    model_id: str | None = None
    version: int | None = None

    @property
    def known_us(self) -> int:
        """The instant as the database reckons."""
        return FOREVER_US if self.known_at is None else to_microseconds(self.known_at)

    def check(self) -> None:
        """Refuse what cannot be meant. Raises: BadRequest."""
        if self.version is not None and self.model_id is None:
            raise BadRequest("a version is one of a model; name the model too", field="version")
        if self.known_at is not None and self.known_at > datetime.now(UTC):
            raise BadRequest("known_at lies in the future", field="known_at")


@dataclass(frozen=True)
class Yardstick:
    """A version of a model and the date of its latest run on or before the date asked about."""

    model: ScoreModel
    version: ModelVersion
    scored_on: date

    def key(self, subject_id: str) -> str:
        """The id of a subject's score."""
        return score_id(subject_id, self.model.id, self.version.number, self.scored_on)


async def one_score(read: Reads, subject: ScoreSubject, subject_id: str, asked: Asked) -> ScoreOut:
    """The score of a subject in scope, explained. Raises: NotFound, NotScored, BadRequest."""
    asked.check()
    await read.at(SUBJECTS[subject], subject_id, known_at=asked.known_at)
    yardstick = await _yardstick(read.store, subject, asked)
    found = await _scores(read.store, yardstick, [subject_id], asked)
    if subject_id not in found:
        raise NotScored(f"{subject_id} was not in the population on {yardstick.scored_on}")
    overrides = await overrides_on(read.store, [subject_id], asked)
    return ScoreOut.of(found[subject_id], overrides.get(subject_id), asked.on)


async def list_scores(
    read: Reads, page: Paging, subject: ScoreSubject, asked: Asked, *, tier: Tier | None, unit_id: str | None
) -> dict[str, Any]:
    """The scores of subjects in today's scope, by the subjects' ids; `tier` is the one that counts, overrides included.

    A page may hold fewer than its limit, or none, although more follow. Raises: NotScored, BadRequest, InvalidCursor.
    """
    asked.check()
    if page.sort not in (None, "id"):
        raise BadRequest("scores are listed by the id of their subject", code="invalid_sort", field="sort")
    yardstick = await _yardstick(read.store, subject, asked)
    mark = read.mark([subject, asked.on, asked.known_at, asked.model_id, asked.version, tier, unit_id])
    after = ""
    if page.cursor:
        content = read.open_cursor(page.cursor)
        if content.get("m") != mark:
            raise InvalidCursor("the cursor belongs to another list", field="cursor")
        after = content["i"]
    where = {} if unit_id is None else within(unit_id)
    where = both(where, read.principal.scope_filter())
    items: list[ScoreOut] = []
    looked_at = 0
    while True:
        narrowed = both(where, {"_id": {"$gt": after}}) if after else where
        rows = await read.store.find(
            SUBJECTS[subject].COLLECTION, narrowed, sort=[("_id", 1)], limit=PORTION, fields=["version"]
        )
        ids = [row["_id"] for row in rows]
        found = await _scores(read.store, yardstick, ids, asked)
        overrides = await overrides_on(read.store, list(found), asked)
        for identifier in ids:
            if identifier in found:
                out = ScoreOut.of(found[identifier], overrides.get(identifier), asked.on)
                if tier in (None, out.tier):
                    if len(items) == page.limit:
                        return {"items": items, "next": read.cursor({"m": mark, "i": after})}
                    items.append(out)
            after = identifier
        looked_at += len(rows)
        if len(rows) < PORTION:
            return {"items": items, "next": None}
        if looked_at >= MOST_LOOKED_AT:
            return {"items": items, "next": read.cursor({"m": mark, "i": after})}


async def overrides_on(store: Store, subject_ids: list[str], asked: Asked) -> dict[str, ScoreOverride]:
    """By subject, the override that holds on the date asked about, as far as it was known."""
    if not subject_ids:
        return {}
    rows = await store.find(ScoreOverride.COLLECTION, {"subject_id": {"$in": subject_ids}})
    return holding_on((await as_believed(store, ScoreOverride, rows, asked.known_us)).values(), asked.on)


async def tiers_on(store: Store, subject: ScoreSubject, subject_ids: list[str], day: date) -> dict[str, Tier]:
    """By subject, the tier that counts on a date by the active model, overrides included; who has none is missing."""
    asked = Asked(on=day)
    try:
        found = await _scores(store, await _yardstick(store, subject, asked), subject_ids, asked)
    except NotScored:
        return {}
    overrides = await overrides_on(store, list(found), asked)
    tiers = {one: ScoreOut.of(score, overrides.get(one), day).tier for one, score in found.items()}
    return {one: tier for one, tier in tiers.items() if tier is not None}


async def model_in_force(store: Store, subject: ScoreSubject, known_us: int = FOREVER_US) -> ScoreModel | None:
    """The model with the version that decides, as far as it was known."""
    rows = await store.find(ScoreModel.COLLECTION, {"subject": subject.value})
    models = await as_believed(store, ScoreModel, rows, known_us)
    return next((one for one in models.values() if one.active), None)


async def _yardstick(store: Store, subject: ScoreSubject, asked: Asked) -> Yardstick:
    if asked.model_id is None:
        model = await model_in_force(store, subject, asked.known_us)
    else:
        rows = await store.find(ScoreModel.COLLECTION, {"_id": asked.model_id})
        model = (await as_believed(store, ScoreModel, rows, asked.known_us)).get(asked.model_id)
    if model is None or model.subject is not subject:
        raise NotScored(f"no such model scores a {subject.value}" if asked.model_id else "no model is active")
    if asked.version is not None and not 1 <= asked.version <= len(model.versions):
        raise NotScored(f"{model.id} has no version {asked.version}")
    if asked.version is None and all(one.activated_at is None for one in model.versions):
        raise NotScored(f"{model.id} has never been active")
    version = model.usual() if asked.version is None else model.version_of(asked.version)
    where = {"model_id": model.id, "model_version": version.number, "state": JobState.DONE.value}
    runs = await store.find(ScoreRun.COLLECTION, where, fields=["on", "recorded_us"])
    dates = [run["on"] for run in runs if run["on"] <= asked.on.isoformat() and run["recorded_us"] <= asked.known_us]
    if not dates:
        raise NotScored(f"version {version.number} of {model.id} has not been run for a date up to {asked.on}")
    return Yardstick(model, version, date.fromisoformat(max(dates)))


async def _scores(store: Store, yardstick: Yardstick, subject_ids: list[str], asked: Asked) -> dict[str, Score]:
    """The scores by subject; who was not in the population has none."""
    keys = [yardstick.key(one) for one in subject_ids]
    rows = await store.find(Score.COLLECTION, {"_id": {"$in": keys}}) if keys else []
    found = await as_believed(store, Score, rows, asked.known_us)
    return {one.subject_id: one for one in found.values() if one.in_population}
