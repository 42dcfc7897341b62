"""What the way to a service says no with."""

from chassis.refusals import TimedOut, Unavailable


class ServiceDown(Unavailable):
    """The service cannot be reached; the request was not carried out."""

    code = "service_unavailable"
    title = "The service cannot be reached at the moment"


class AnswerLost(Unavailable):
    """The connection to the service broke after the request was sent; whether it took effect is unknown."""

    code = "answer_lost"
    title = "The service's answer was lost"


class ServiceTooSlow(TimedOut):
    """The service did not answer before the deadline; whether the request took effect is unknown."""

    code = "service_timeout"
    title = "The service did not answer in time"
