"""Up to which instant the marts are complete."""

from datetime import UTC, datetime

from analytics.marts.freshness import PartitionPlace, freshness_of

EARLY, LATE, CHECKED = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (1, 2, 3))


def place(topic: str = "visits.visit", lag: int = 0, sent_at: datetime | None = None) -> PartitionPlace:
    return PartitionPlace(topic, 0, 10, 10 + lag, CHECKED, sent_at, event_at=EARLY if sent_at else None)


def test_without_lag_they_are_complete_until_the_broker_was_asked():
    found = freshness_of([place(sent_at=EARLY), place()])
    assert (found.as_of, found.lag, found.last_event_at) == (CHECKED, 0, EARLY)


def test_one_partition_behind_holds_all_back():
    found = freshness_of(
        [place(), place("customer.unit", lag=3, sent_at=LATE), place("customer.unit", lag=1, sent_at=EARLY)]
    )
    assert (found.as_of, found.lag) == (EARLY, 4)
    assert [(topic.topic, topic.lag, topic.as_of) for topic in found.topics] == [
        ("customer.unit", 4, EARLY),
        ("visits.visit", 0, CHECKED),
    ]


def test_it_is_unknown_while_a_partition_with_records_was_never_read():
    assert freshness_of([place(), place("customer.unit", lag=3)]).as_of is None


def test_it_is_unknown_before_the_broker_has_told_anything():
    assert (freshness_of([]).as_of, freshness_of([]).lag) == (None, None)


def test_a_partition_that_was_cut_off_behind_us_is_no_negative_lag():
    assert freshness_of([place(lag=-4)]).lag == 0
