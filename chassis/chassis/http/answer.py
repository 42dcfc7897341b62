"""Answers: serialised once, never validated again; `response_model` on the route is for the published document only."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json
from starlette.responses import Response

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following page, or null on the last one."""

    model_config = ConfigDict(title="Page")

    items: list[T]
    next: str | None = None


class Answer(Response):
    """A JSON answer.

    `version` becomes the ETag. `status` defaults to the route's own. `location` is an absolute path, or an id that is
    put behind the request's path; a 201 of a collection gets it from the content's `id`.
    """

    media_type = "application/json"

    def __init__(
        self,
        content: Any = None,
        *,
        version: int | None = None,
        status: int | None = None,
        location: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.content = content
        self.chosen_status = status
        self.location = location
        body = b"" if content is None else to_json(content, inf_nan_mode="null")
        super().__init__(body, status_code=status or 200, headers=headers)
        if content is None:
            del self.headers["content-type"]
        if version is not None:
            self.raw_headers.append((b"etag", b'"%d"' % version))

    def settle(self, status: int, path: str, *, collection: bool) -> None:
        """Fill in what the route knows: its status, and where the new resource is."""
        if self.chosen_status is None:
            self.status_code = status
        if self.status_code != 201:
            return
        location = self.location
        if location is None and collection:
            location = _id_of(self.content)
        if location is not None:
            target = location if location.startswith("/") else f"{path.rstrip('/')}/{location}"
            self.raw_headers.append((b"location", target.encode("latin-1")))


def _id_of(content: Any) -> str | None:
    identifier: Any = content.get("id") if isinstance(content, dict) else getattr(content, "id", None)  # pyright: ignore
    return identifier if isinstance(identifier, str) else None
