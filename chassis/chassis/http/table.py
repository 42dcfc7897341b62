"""Answers that are tables: streamed while they are read, with a name to keep them under."""

from collections.abc import AsyncIterable
from urllib.parse import quote

from starlette.responses import StreamingResponse


class TableAnswer(StreamingResponse):
    """A table to keep as a file; never shown in a page, never kept by a cache."""

    def __init__(self, content: AsyncIterable[bytes], media_type: str, file_name: str) -> None:
        shown = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file_name)}",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        super().__init__(content, headers=headers, media_type=None)
        self.headers["content-type"] = shown
