"""Stand-ins for the services that visits listens to: they speak on the real topics with the real envelope."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis.ids import new_id
from contracts.envelope import Envelope, decode_event, decode_headers
from contracts.events import Event
from contracts.events.promotion import DisbursementBooked, DisbursementRefused, DisbursementState, RefusalReason
from contracts.events.visits import VisitSnapshot, VisitSubmitted


class Owner:
    """Emits events as another service would; every aggregate's sequence counts from 1."""

    def __init__(self, producer: AIOKafkaProducer, service: str, topic_prefix: str) -> None:
        self._producer = producer
        self._service = service
        self._prefix = topic_prefix
        self._sequences: dict[str, int] = {}

    async def emit(self, subject: str, event: Event) -> None:
        """Send the next event of the aggregate `subject` and wait until the broker has it."""
        sequence = self._sequences[subject] = self._sequences.get(subject, 0) + 1
        envelope = Envelope(
            id=new_id("evt"),
            source=f"/terrain/{self._service}",
            type=event.TYPE,
            subject=subject,
            time=datetime.now(UTC),
            sequence=sequence,
        )
        await self._producer.send_and_wait(
            self._prefix + event.TOPIC,
            key=subject.encode(),
            value=event.model_dump_json(by_alias=True).encode(),
            headers=envelope.headers(),
        )

    async def poison(self, topic: str, key: bytes) -> None:
        """Send what no consumer can read to one of the topics of the contracts."""
        await self._producer.send_and_wait(
            self._prefix + topic, key=key, value=b"\xff{not json", headers=[("ce_type", b"\xff")]
        )


Decision = Callable[[VisitSnapshot], list[RefusalReason] | None]
"""What promotion makes of a submission: reasons to refuse, an empty list to book, None to stay silent."""


class Promotion(Owner):
    """Answers submissions as `decide` says; `heard` are all events of visits so far."""

    def __init__(self, producer: AIOKafkaProducer, topic_prefix: str) -> None:
        super().__init__(producer, "promotion", topic_prefix)
        self.decide: Decision = lambda visit: []
        self.heard: list[tuple[Envelope, Event]] = []

    async def answer(self, visit: VisitSnapshot, reasons: list[RefusalReason], *, attempt: int | None = None) -> None:
        """Book when there are no reasons, else refuse; `attempt` is the visit's own unless it is given."""
        disbursement = DisbursementState(
            disbursement_id=new_id("dsb"),
            visit_id=visit.visit_id,
            attempt=attempt if attempt is not None else visit.attempt,
            state="refused" if reasons else "booked",
        )
        event: Event = (
            DisbursementRefused(disbursement=disbursement, reasons=reasons)
            if reasons
            else DisbursementBooked(disbursement=disbursement, lines=visit.materials)
        )
        await self.emit(disbursement.disbursement_id, event)

    async def listen(self, consumer: AIOKafkaConsumer) -> None:
        """Hear and answer until cancelled."""
        async for record in consumer:
            envelope = decode_headers(list(record.headers))
            event = decode_event(envelope, record.value)
            self.heard.append((envelope, event))
            if isinstance(event, VisitSubmitted):
                reasons = self.decide(event.visit)
                if reasons is not None:
                    await self.answer(event.visit, reasons)


@asynccontextmanager
async def standing_in(broker_address: str, topic_prefix: str) -> AsyncIterator[tuple[Owner, Promotion]]:
    """The customer service, which emits what it is told, and a promotion that answers."""
    producer = AIOKafkaProducer(bootstrap_servers=broker_address, enable_idempotence=True, acks="all")
    consumer = AIOKafkaConsumer(
        topic_prefix + "visits.visit", bootstrap_servers=broker_address, group_id=None, auto_offset_reset="earliest"
    )
    await producer.start()
    await consumer.start()
    promotion = Promotion(producer, topic_prefix)
    listening = asyncio.create_task(promotion.listen(consumer))
    try:
        yield Owner(producer, "customer", topic_prefix), promotion
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await consumer.stop()
        await producer.stop()
