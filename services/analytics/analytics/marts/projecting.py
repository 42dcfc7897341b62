"""The projection that fills one generation of the marts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from chassis.kafka import Kafka
from chassis.mongo import Database
from chassis.projections import Batch, Place, Projection

from analytics.marts.file import Applied
from analytics.marts.folding import TOPICS
from analytics.marts.freshness import PartitionPlace
from analytics.marts.generation import Generation

BATCH = 500
"""Records of one transaction: decoding more would hold the event loop for longer than a request should wait."""


class MartsProjection(Projection):
    """Reads all topics into a generation, from where that generation stands."""

    def __init__(self, generation: Generation, kafka: Kafka, database: Database) -> None:
        super().__init__("analytics", TOPICS, kafka, database, max_records=BATCH)
        self.generation = generation
        self._applied: dict[Place, Applied] = {}

    async def load_offsets(self) -> Mapping[Place, int]:
        """Where the generation stands."""
        self._applied = await self.generation.places()
        return {place: applied.next_offset for place, applied in self._applied.items()}

    async def load_progress(self, aggregates: Sequence[str]) -> Mapping[str, int]:
        """What the generation has seen of these aggregates."""
        return await self.generation.progress(aggregates)

    async def apply(self, batch: Batch) -> None:
        """Records, places and progress in one transaction of the engine."""
        last = {record.place: record for record in batch.records}
        places: dict[Place, Applied] = {}
        for place, offset in batch.offsets.items():
            known, record = self._applied.get(place, Applied(0)), last.get(place)
            if record is None:
                places[place] = Applied(offset, known.sent_at, known.event_at)
            else:
                sent_at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
                places[place] = Applied(offset, sent_at, record.envelope.time)
        records = [(record.envelope, record.event) for record in batch.records]
        await self.generation.apply(records, places, batch.progress)
        self._applied.update(places)

    def places(self) -> list[PartitionPlace]:
        """Where the marts stand in every partition, and where those end."""
        found: list[PartitionPlace] = []
        for (topic, partition), standing in self.standing().items():
            applied = self._applied.get((topic, partition), Applied(0))
            found.append(
                PartitionPlace(
                    topic=topic,
                    partition=partition,
                    position=standing.position,
                    end=standing.end,
                    checked_at=standing.checked_at,
                    sent_at=applied.sent_at,
                    event_at=applied.event_at,
                )
            )
        return found

    def has_passed(self, other: "MartsProjection") -> bool:
        """True when this one has caught up and stands nowhere behind the other."""
        mine = self.standing()
        return self.caught_up.is_set() and all(
            place in mine and mine[place].position >= standing.position for place, standing in other.standing().items()
        )
