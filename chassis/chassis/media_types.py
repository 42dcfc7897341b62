"""What a file is, told by its first bytes (WHATWG MIME Sniffing for the images); its name only tells kinds of one family apart."""

import codecs

SNIFFED_BYTES = 4096

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
GIF = "image/gif"
WEBP = "image/webp"
ZIP = "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OLE = "application/x-ole-storage"
"""The binary formats of old office programs."""
CSV = "text/csv"
TEXT = "text/plain"
UNKNOWN = "application/octet-stream"

_SIGNATURES = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"PK\x03\x04", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
)
_ZIPPED = {"xlsx": XLSX, "docx": DOCX, "pptx": PPTX}
_OFFICE_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/")
"""What the first entry of an Office Open XML package may be (ECMA-376, part 2)."""
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARY = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])


def media_type_of(head: bytes, name: str) -> str:
    """The media type of a file that begins with `head`. Text is `text/csv` by its name only."""
    suffix = name.rpartition(".")[2].lower()
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            office = media_type == ZIP and any(part in head for part in _OFFICE_PARTS)
            return _ZIPPED.get(suffix, ZIP) if office else media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(_BYTE_ORDER_MARKS) or len(head.translate(None, _BINARY)) == len(head):
        return CSV if suffix == "csv" else TEXT
    return UNKNOWN
