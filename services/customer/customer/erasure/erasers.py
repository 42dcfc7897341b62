"""What else of the service holds something of a person: one function per noun, listed here.

A noun that keeps anything identifying outside of the contact itself (words, files, rows of a job, states of a merge) has
an `erase_<noun>.py` with such a function and a line in `ERASERS`. It runs in the transaction of the erasure, before the
contact itself is emptied.
"""

from typing import Protocol

from chassis.work import UnitOfWork

from customer.care.erase_cases import erase_cases
from customer.change_requests.erase_requests import erase_requests
from customer.duplicates.erase_duplicates import erase_duplicates
from customer.erasure.model import ErasedPart
from customer.erasure.person import Person
from customer.evaluation.erase_overrides import erase_overrides
from customer.imports.erase_imports import erase_imports
from customer.influence.erase_influences import erase_influences
from customer.merging.erase_merges import erase_merges


class Eraser(Protocol):
    """Erases what one noun holds of a person."""

    async def __call__(self, person: Person, work: UnitOfWork) -> list[ErasedPart]:
        """Erase; what was erased. An aggregate that may have reasons in its journal emits an event ending in `-erased`."""
        ...


ERASERS: tuple[Eraser, ...] = (
    erase_influences,
    erase_duplicates,
    erase_merges,
    erase_imports,
    erase_overrides,
    erase_requests,
    erase_cases,
)
