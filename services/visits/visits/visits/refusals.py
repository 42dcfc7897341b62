"""What a visit says no with."""

from chassis.refusals import Conflict, Forbidden


class IllegalTransition(Conflict):
    """The visit's present state does not allow this; `state` says which it is, `allowed_from` which would."""

    code = "illegal_transition"
    title = "The visit's present state forbids it"


class AnotherVisitOpen(Conflict):
    """A representative can be at one place only: two visits checked in and not out."""

    code = "another_visit_open"
    title = "The representative has another visit open; check out of it first"


class SubmissionTooLate(Conflict):
    """The first submission is due within a span after the check-out; later the manager decides."""

    code = "submission_too_late"
    title = "The first submission came too late after the check-out"


class VisitIdTaken(Conflict):
    """The client-made id belongs to a visit that was planned with other values."""

    code = "visit_id_taken"
    title = "A visit of this id was planned with other values"


class NotTheAuthor(Forbidden):
    """Only the representative who makes a visit changes it; managers read it."""

    code = "not_the_author"
    title = "Only the author of a visit may change it"
