"""That a person was erased, and the proof of it."""

from datetime import datetime

from chassis.aggregate import Entity


class Erasure(Entity):
    """Who erased the person, when."""

    at: datetime
