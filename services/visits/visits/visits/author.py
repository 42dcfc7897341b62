"""Who acts: the signed-in representative, or the one a command of the system names."""

from chassis.principal import Principal, SystemPrincipal
from chassis.refusals import RuleBroken

from visits.visits.refusals import NotTheAuthor


class AuthorMissing(RuleBroken):
    """The system acts for somebody and has to say for whom."""

    code = "author_missing"
    title = "A command of the system names the author"


def acting_author(principal: Principal, named: str | None) -> str:
    """The employee whose visit it is. Only the system may name somebody; everybody else is the author.

    Raises: AuthorMissing, NotTheAuthor.
    """
    if isinstance(principal, SystemPrincipal):
        if named is None:
            raise AuthorMissing(field="employee_id")
        return named
    if principal.employee_id is None or named not in (None, principal.employee_id):
        raise NotTheAuthor()
    return principal.employee_id
