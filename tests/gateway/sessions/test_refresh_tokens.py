"""Refresh tokens: what we wrote is read, everything else is refused."""

import pytest
from gateway.sessions.refresh_tokens import RefreshToken, RefreshTokens
from gateway.sessions.refusals import InvalidToken

TOKENS = RefreshTokens("a secret")
TOKEN = RefreshToken("ses_1", 7)


def test_a_token_comes_back_as_it_was_written():
    assert TOKENS.read(TOKENS.write(TOKEN)) == TOKEN


def test_every_generation_and_session_has_its_own_text():
    texts = {TOKENS.write(RefreshToken(session, n)) for session in ("ses_1", "ses_2") for n in (1, 11)}
    assert len(texts) == 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ses_1.7.",
        "ses_1.7",
        TOKENS.write(TOKEN).replace(".7.", ".8."),
        TOKENS.write(TOKEN).replace("ses_1", "ses_2"),
        TOKENS.write(TOKEN) + "A",
        RefreshTokens("another secret").write(TOKEN),
        "é.1.é",
    ],
)
def test_what_was_not_written_here_is_refused(text: str):
    with pytest.raises(InvalidToken):
        TOKENS.read(text)
