"""Every event has an example that fits it."""

import pytest
from contracts.envelope import decode_event, decode_headers
from contracts.events import REGISTRY, Event
from contracts.events.customer import AccountMerged, ContactErased, ContactMoved
from contracts.examples import envelope_of, example_of
from contracts.schema_files import schema_of
from jsonschema import Draft202012Validator, FormatChecker

PUBLISHED = [event for event in REGISTRY.values() if event.__module__.startswith("contracts.")]


@pytest.mark.parametrize("event", PUBLISHED, ids=lambda event: event.TYPE)
def test_the_example_fits_the_schema_and_is_read_as_it_was_written(event: type[Event]):
    example = example_of(event)
    schema = schema_of(event)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(
        example.model_dump(mode="json", by_alias=True)
    )
    envelope = decode_headers(envelope_of(event).headers())
    assert decode_event(envelope, example.model_dump_json(by_alias=True).encode()) == example


def test_an_example_tells_of_one_thing():
    moved = example_of(ContactMoved)
    assert isinstance(moved, ContactMoved)
    assert moved.from_account_id != moved.to_account_id
    assert moved.contact.affiliations[0].account_id == moved.to_account_id
    assert envelope_of(ContactMoved).subject == moved.contact.contact_id


def test_what_is_merged_or_erased_says_so_and_nothing_else_does():
    merged, erased, moved = example_of(AccountMerged), example_of(ContactErased), example_of(ContactMoved)
    assert isinstance(merged, AccountMerged)
    assert isinstance(erased, ContactErased)
    assert isinstance(moved, ContactMoved)
    assert merged.account.survivor_of not in (None, merged.account.account_id)
    assert erased.contact.erased
    assert (moved.contact.survivor_of, moved.contact.erased) == (None, False)
