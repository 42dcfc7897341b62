"""What the session routes say no with."""

from chassis.refusals import RuleBroken, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """User name and password do not belong together; never says which of the two is wrong."""

    code = "invalid_credentials"
    title = "User name or password is wrong"


class InvalidToken(Unauthenticated):
    """The token was not made here, was changed, or is not meant for this door."""

    code = "invalid_token"
    title = "The token is not valid"


class TokenExpired(Unauthenticated):
    """The access token was good once."""

    code = "token_expired"
    title = "The token has expired"


class SessionEnded(Unauthenticated):
    """The session was logged out, revoked or has run out."""

    code = "session_ended"
    title = "The session has ended"


class PositionNotValid(Unauthenticated):
    """The employee holds no position today."""

    code = "position_not_valid"
    title = "The employee holds no position today"


class WrongPassword(RuleBroken):
    """The current password, asked for again, is wrong."""

    code = "wrong_password"
    title = "The current password is wrong"


class UnknownInvitation(RuleBroken):
    """No such invitation was ever given."""

    code = "unknown_invitation"
    title = "The invitation is not known"


class InvitationExpired(RuleBroken):
    """The invitation was not used in time."""

    code = "invitation_expired"
    title = "The invitation has expired"


class InvitationUsed(RuleBroken):
    """An invitation works once."""

    code = "invitation_used"
    title = "The invitation has been used"
