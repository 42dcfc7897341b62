"""HTTP of the directory."""

from typing import Annotated

from chassis.http import Answer, Page, PageArgs, Permission, Query, Read, Router

from customer.directory.queries import DirectoryEntry, search_directory
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/directory", tags=["directory"])


@router.get("/accounts", permission=Permission.DIRECTORY_READ, response_model=Page[DirectoryEntry])
async def get_directory(
    read: Read,
    page: PageArgs,
    today: Today,
    q: Annotated[
        str | None, Query(max_length=100, description="Part of the name, its pinyin or initials, or a code")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Answer:
    """Name, codes, kind, grade and division of every institution, for every employee.

    `as_of` decides which grade holds, `known_at` what was believed; then the order is that of the ids.
    """
    return Answer(await search_directory(read, page, q, as_of or today, known_at))
