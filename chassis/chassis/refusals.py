"""Refusals: everything a service may say no with. The HTTP edge turns each into problem details (RFC 9457).

Subclass one per rule and name it as a sentence: `class MoveBeforeStart(RuleBroken): code = "move_before_start"`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong; `field` is a JSON path in the request (`departments[0].name`) or None."""

    code: str
    detail: str
    field: str | None = None


class Refusal(Exception):
    """The request changes nothing. `status`, `code` and `title` are the rule's; the rest is the case's."""

    status: ClassVar[int] = 500
    code: str = "refused"
    title: ClassVar[str] = "The request was refused"

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        violations: Sequence[Violation] | None = None,
        retry_after: float | None = None,
        **facts: object,
    ) -> None:
        if code is not None:
            self.code = code
        self.detail = detail or self._describe(facts)
        self.retry_after = retry_after
        self.facts = facts
        """What the refusal speaks of: shown to the caller as further members of the problem, so never personal data."""
        if violations is not None:
            self.violations = list(violations)
        elif field is not None:
            self.violations = [Violation(self.code, self.detail, field)]
        else:
            self.violations = []
        super().__init__(self.detail)

    def _describe(self, facts: dict[str, object]) -> str:
        shown = ", ".join(f"{name} {value}" for name, value in facts.items())
        return f"{self.title}: {shown}" if shown else self.title


class BadRequest(Refusal):
    """Does not fit the published schema, judged without any data."""

    status = 400
    code = "invalid_request"
    title = "The request does not fit the schema"


class Unauthenticated(Refusal):
    """No valid token."""

    status = 401
    code = "unauthenticated"
    title = "A valid token is required"


class Forbidden(Refusal):
    """The caller's roles do not include the verb."""

    status = 403
    code = "forbidden"
    title = "Not permitted"


class NotFound(Refusal):
    """The resource in the path is absent or out of the caller's scope, indistinguishably."""

    status = 404
    code = "not_found"
    title = "No such resource"


class Conflict(Refusal):
    """The present state forbids it."""

    status = 409
    code = "conflict"
    title = "The present state forbids it"


class Stale(Refusal):
    """`If-Match` named another version than the present one."""

    status = 412
    code = "stale_version"
    title = "The resource has changed since it was read"


class MatchRequired(Refusal):
    """`If-Match` is missing."""

    status = 428
    code = "match_required"
    title = "If-Match is required"


class RuleBroken(Refusal):
    """A rule on the values."""

    status = 422
    code = "rule_broken"
    title = "A rule on the values is broken"


class UnknownReference(RuleBroken):
    """A reference in the body is absent or not visible to the caller."""

    code = "unknown_reference"
    title = "A reference names nothing that the caller can see"


class TooLarge(RuleBroken):
    """An event would exceed what a topic takes."""

    code = "event_too_large"
    title = "The change is too large to be published"


class Unavailable(Refusal):
    """Cannot be answered now; nothing was changed, or whether it was is unknown (then repeat with the same key)."""

    status = 503
    code = "unavailable"
    title = "Temporarily unavailable"


class TimedOut(Refusal):
    """The deadline passed."""

    status = 504
    code = "deadline_exceeded"
    title = "The deadline passed"
