"""What the limits say no with."""

from chassis.refusals import Refusal


class TooManyRequests(Refusal):
    """The caller asks more often than agreed."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"
