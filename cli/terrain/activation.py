"""Giving a new employee a password through the gateway, as the employee would."""

import json
import urllib.error
import urllib.request
from typing import Any


class NotActivated(Exception):
    """The gateway refused; the message is its answer."""


def activate(gateway_url: str, username: str, invitation: str, password: str) -> None:
    """Redeem an invitation, or find that it was redeemed with this password before. Raises: NotActivated."""
    refusal = _post(gateway_url, "activate", {"invitation": invitation, "password": password})
    if refusal and _post(gateway_url, "token", {"username": username, "password": password}):
        raise NotActivated(f"{username} could not be activated: {refusal}")


def _post(gateway_url: str, action: str, body: dict[str, Any]) -> str | None:
    """None when it went well, else what the gateway said."""
    request = urllib.request.Request(
        f"{gateway_url}/api/v1/auth/{action}",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
        method="POST",
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as refusal:
        return refusal.read().decode(errors="replace")[:300]
    except OSError as failure:
        return str(failure)
    return None
