"""The first administrator of a new organisation."""

import json
import os
import secrets
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chassis.ids import new_id
from chassis.native.refusal import CannotStart

from terrain.activation import NotActivated, activate
from terrain.local.processes import LocalStack

ADMIN = "admin"


def bootstrap_organisation(stack: LocalStack) -> str:
    """Make the organisation's root unit and its first `admin`, and give back the admin's password.

    Called once per data directory, when all is ready; goes on where an interrupted call stopped.

    Raises: CannotStart.
    """
    folder = stack.data_dir / "bootstrap"
    folder.mkdir(mode=0o700, exist_ok=True)
    plan = _plan(folder / "plan.json")
    file = folder / "customer.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in plan["lines"]), encoding="utf-8")
    done = subprocess.run(
        stack.command("customer", "--role", "load", str(file)),
        env=stack.env("customer"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        told = (done.stdout + done.stderr).strip().splitlines()
        raise CannotStart(f"The first administrator could not be made: {told[-1] if told else 'no reason given'}")
    try:
        activate(stack.gateway_url, ADMIN, plan["invitation"], plan["password"])
    except NotActivated as refused:
        raise CannotStart(f"The first administrator {refused}") from refused
    return plan["password"]


def _plan(file: Path) -> dict[str, Any]:
    if file.exists():
        return json.loads(file.read_text(encoding="utf-8"))
    now = datetime.now(UTC)
    unit_id, invitation = new_id("unt"), secrets.token_urlsafe(32)
    commands = [
        ("create_unit", {"unit_id": unit_id, "name": "Head office", "kind": "hq"}),
        (
            "create_employee",
            {
                "employee_id": new_id("emp"),
                "name": "Administrator",
                "username": ADMIN,
                "roles": ["admin"],
                "unit_id": unit_id,
                "invitation": invitation,
                "invitation_expires_at": (now + timedelta(days=7)).isoformat(),
            },
        ),
    ]
    plan = {
        "password": secrets.token_urlsafe(12),
        "invitation": invitation,
        "lines": [
            {"use_case": name, "at": now.isoformat(), "principal": "system", "command": command}
            for name, command in commands
        ],
    }
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(plan, out)
    return plan
