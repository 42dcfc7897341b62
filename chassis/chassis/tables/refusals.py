"""Why a table cannot be read as a whole."""


class UnreadableTable(Exception):
    """Ends the reading; `code` is stable, `place` what it speaks of."""

    code = "unreadable_table"

    def __init__(self, detail: str, place: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.place = place


class UnknownEncoding(UnreadableTable):
    """The text is neither UTF-8 nor UTF-16 with a byte order mark nor GB18030."""

    code = "unknown_encoding"


class RowTooLong(UnreadableTable):
    """A row has no end within reason: a quotation mark that is never closed, most often."""

    code = "row_too_long"


class BrokenWorkbook(UnreadableTable):
    """The workbook cannot be opened, or is far larger inside than it looks."""

    code = "broken_workbook"
