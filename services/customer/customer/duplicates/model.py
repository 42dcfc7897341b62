"""Pairs of entries that may be one, and the word of a steward that a pair is not."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from chassis.aggregate import Aggregate, Index, Replica
from chassis.principal import audience
from chassis.refusals import Conflict
from contracts.events.customer import DuplicateDismissed
from contracts.personal import Personal
from contracts.values import Stamp

from customer.duplicates.scoring import Judgement, Reason
from customer.texts import Note

Kind = Literal["account", "contact"]
KINDS: tuple[Kind, ...] = ("account", "contact")


class AlreadyDismissed(Conflict):
    """Nothing has changed on either side since the pair was dismissed."""

    code = "already_dismissed"
    title = "The pair has been dismissed already"


class Standing(StrEnum):
    """What has been made of a pair."""

    OPEN = "open"
    DISMISSED = "dismissed"


class Candidate(Replica, collection="duplicate_candidates"):
    """Two entries that may be one, as they were last compared. Derived from both and made again at any time.

    `left_id` is the lesser of the two. `visible` are the stamps of both; who may see the pair must see either side, so
    `left_audience` and `right_audience` are asked for together.
    """

    INDEXES: ClassVar[list[Index]] = [
        Index([("sides", 1)]),
        Index([("kind", 1), ("standing", 1), ("score", -1)]),
    ]

    kind: Kind
    left_id: str
    right_id: str
    sides: list[str]
    left_audience: list[str]
    right_audience: list[str]
    left_digest: str
    right_digest: str
    """What each side was compared by, as a digest: another one means that the side has changed materially."""
    score: float
    reasons: list[Reason]
    standing: Standing = Standing.OPEN

    @classmethod
    def of(cls, kind: Kind, left: "Side", right: "Side", judgement: Judgement) -> "Candidate":
        """The pair of two sides, in whatever order they come."""
        left, right = sorted((left, right), key=lambda side: side.id)
        return cls(
            id=pair_id("dup", kind, left.id, right.id),
            kind=kind,
            left_id=left.id,
            right_id=right.id,
            sides=[left.id, right.id],
            visible=sorted({*left.visible, *right.visible}, key=lambda stamp: (stamp.path, stamp.line)),
            left_audience=audience(left.visible),
            right_audience=audience(right.visible),
            left_digest=left.digest,
            right_digest=right.digest,
            score=judgement.score,
            reasons=list(judgement.reasons),
        )

    @property
    def dismissal_id(self) -> str:
        """The id of the dismissal of this pair, whether there is one or not."""
        return pair_id("dsm", self.kind, self.left_id, self.right_id)


class Side:
    """One entry of a pair: its id, who sees it, and the digest of what it is compared by."""

    def __init__(self, id: str, visible: Iterable[Stamp], material: tuple[object, ...]) -> None:
        self.id = id
        self.visible = list(visible)
        self.digest = hashlib.blake2b(repr(material).encode(), digest_size=12).hexdigest()


class Dismissal(Aggregate, kind="duplicate-dismissal", collection="duplicate_dismissals", prefix="dsm"):
    """A steward has said that a pair is not one, of the two sides as they were then.

    The digests speak of persons too, so they are kept like what they are made of.
    """

    of: Kind
    left_id: str
    right_id: str
    left_digest: Annotated[str | None, Personal]
    right_digest: Annotated[str | None, Personal]
    reason: Annotated[Note | None, Personal]
    dismissed_by: str
    dismissed_at: datetime

    def covers(self, candidate: Candidate) -> bool:
        """True while neither side has changed materially."""
        return (self.left_digest, self.right_digest) == (candidate.left_digest, candidate.right_digest)

    def dismissed(self, score: float) -> DuplicateDismissed:
        """The event."""
        return DuplicateDismissed(kind=self.of, left_id=self.left_id, right_id=self.right_id, score=score)


def pair_id(prefix: str, kind: str, left_id: str, right_id: str) -> str:
    """The id that a pair always has."""
    return f"{prefix}_{hashlib.blake2b(f'{kind}|{left_id}|{right_id}'.encode(), digest_size=16).hexdigest()}"
