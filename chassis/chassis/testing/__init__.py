"""The testing kit: a fake unit of work, principals, a clock, and a real broker and database for tests."""

from chassis.clock import FixedClock
from chassis.testing.fake import FakeStore, FakeUnitOfWork, run_in
from chassis.testing.principals import a_manager, a_rep, a_steward, an_admin, an_auditor, an_hq

__all__ = [
    "FakeStore",
    "FakeUnitOfWork",
    "FixedClock",
    "a_manager",
    "a_rep",
    "a_steward",
    "an_admin",
    "an_auditor",
    "an_hq",
    "run_in",
]
