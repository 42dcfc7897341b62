"""HTTP of sessions: sign in, go on, leave, passwords, and who am I."""

from typing import Annotated

from chassis.http import PUBLIC, Answer, Body, Permission, Router
from contracts.roles import Role
from fastapi import Request
from pydantic import BaseModel, Field, StringConstraints

from gateway.routing.current import caller_of, gateway_of
from gateway.sessions.activate_employee import activate_employee
from gateway.sessions.change_password import change_password
from gateway.sessions.log_in import log_in
from gateway.sessions.log_out import log_out, log_out_by_refresh
from gateway.sessions.model import MAX_PASSWORD
from gateway.sessions.reception import Grant
from gateway.sessions.refresh_session import refresh_session

router = Router(prefix="/auth", tags=["session"])
me_router = Router(prefix="/me", tags=["session"])

Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=MAX_PASSWORD)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_UNCACHED = {"cache-control": "no-store"}


class SignIn(Body):
    """User name and password."""

    username: str = Field(min_length=1, max_length=200)
    password: Password


class Refresh(Body):
    """The refresh token of the last sign-in or refresh."""

    refresh_token: Token


class LogOut(Body):
    """The refresh token, when no access token is at hand any more."""

    refresh_token: Token | None = None


class NewPassword(Body):
    """The password that is and the one that shall be."""

    current_password: Password
    new_password: Password


class Activation(Body):
    """The invitation as it was handed over, and the password of choice."""

    invitation: Token
    password: Password


class Tokens(BaseModel):
    """What a client signs its requests with, and how it gets the next."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"
    expires_in: int
    """Seconds until the access token ends."""


class Activated(BaseModel):
    """Who may sign in now."""

    employee_id: str
    username: str


class Me(BaseModel):
    """The caller: position, and what follows from it."""

    employee_id: str
    username: str
    roles: list[Role]
    permissions: list[Permission]
    unit_id: str
    unit_name: str | None
    unit_path: str
    paths: list[str]
    """The subtrees of the organisation that the caller sees."""
    lines: list[str]
    """The product lines whose rows the caller sees; `*` for all."""
    leaving: bool
    """True from the leaving date on, when only own stock and advances are handed over."""
    session_id: str


@router.post("/token", permission=PUBLIC, response_model=Tokens)
async def post_token(body: SignIn, request: Request) -> Answer:
    """Sign in."""
    reception = gateway_of(request).reception
    granted = await log_in(reception, username=body.username, password=body.password, address=_address(request))
    return _shown(granted)


@router.post("/refresh", permission=PUBLIC, response_model=Tokens)
async def post_refresh(body: Refresh, request: Request) -> Answer:
    """The next tokens. Each refresh token works once; using one twice ends the session."""
    return _shown(await refresh_session(gateway_of(request).reception, refresh_token=body.refresh_token))


@router.post("/logout", status_code=204, permission=PUBLIC)
async def post_logout(request: Request, body: LogOut | None = None) -> Answer:
    """End the session: that of the refresh token when one is sent, else that of the access token."""
    reception = gateway_of(request).reception
    if body is not None and body.refresh_token is not None:
        await log_out_by_refresh(reception, refresh_token=body.refresh_token)
    else:
        await log_out(reception, session=caller_of(request).session)
    return Answer(status=204)


@router.post("/password", status_code=204, permission=Permission.SESSION)
async def post_password(body: NewPassword, request: Request) -> Answer:
    """Choose another password. All other sessions of the caller end."""
    await change_password(
        gateway_of(request).reception,
        caller=caller_of(request),
        current_password=body.current_password,
        new_password=body.new_password,
        address=_address(request),
    )
    return Answer(status=204)


@router.post("/activate", status_code=201, permission=PUBLIC, response_model=Activated)
async def post_activate(body: Activation, request: Request) -> Answer:
    """Answer an invitation with the first password."""
    reception = gateway_of(request).reception
    login = await activate_employee(reception, invitation=body.invitation, password=body.password)
    return Answer(Activated(employee_id=login.id, username=login.username), status=201, headers=_UNCACHED)


@me_router.get("", permission=Permission.SESSION, response_model=Me)
async def get_me(request: Request) -> Answer:
    """Who am I, and what may I see and do?"""
    caller = caller_of(request)
    login, principal = caller.person.login, caller.principal
    unit_id = principal.unit_id or login.unit_id
    return Answer(
        Me(
            employee_id=login.id,
            username=login.username,
            roles=sorted(principal.roles),
            permissions=sorted(caller.person.permissions),
            unit_id=unit_id,
            unit_name=await gateway_of(request).people.unit_name(unit_id),
            unit_path=principal.unit_path or login.unit_path,
            paths=list(principal.paths),
            lines=list(principal.lines),
            leaving=principal.leaving,
            session_id=caller.session.id,
        )
    )


def _shown(grant: Grant) -> Answer:
    tokens = Tokens(access_token=grant.access_token, refresh_token=grant.refresh_token, expires_in=grant.expires_in)
    return Answer(tokens, headers=_UNCACHED)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
