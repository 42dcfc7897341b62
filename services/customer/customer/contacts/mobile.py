"""Mobile numbers: the exact key of a contact."""

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

HOME_REGION = "CN"
"""Where a number without a country code is dialled."""


def e164(number: str) -> str | None:
    """The number as `+8613800138000` (ITU-T E.164); None when nobody can have it."""
    try:
        parsed = parse(number, HOME_REGION)
    except NumberParseException:
        return None
    if parsed.extension or not is_valid_number(parsed):
        return None
    return format_number(parsed, PhoneNumberFormat.E164)
