"""What goes wrong with a document or a command is logged and kept in dead letters: it must not repeat what they hold."""

from datetime import date

import pytest
from chassis.aggregate import Entity
from pydantic import ValidationError

from tests.chassis.notes import Note, WriteNote


class Post(Entity):
    holder: str
    since: date


def test_a_stored_document_that_does_not_fit_is_not_quoted():
    with pytest.raises(ValidationError) as refused:
        Note.load({"_id": "nte_1", "text": "one", "author": ["Wang Xiaoming"]})
    assert "author" in str(refused.value)
    assert "Wang" not in str(refused.value)


def test_a_value_that_cannot_be_assigned_is_not_quoted():
    post = Post(holder="Wang Xiaoming", since=date(2026, 1, 1))
    with pytest.raises(ValidationError) as refused:
        post.holder = ["Li Xiaohong"]  # pyright: ignore[reportAttributeAccessIssue]
    assert "Xiao" not in str(refused.value)


def test_a_command_that_does_not_fit_is_not_quoted():
    with pytest.raises(ValidationError) as refused:
        WriteNote.model_validate({"note_id": "nte_1", "text": "one", "author": ["Wang Xiaoming"]})
    assert "Wang" not in str(refused.value)
