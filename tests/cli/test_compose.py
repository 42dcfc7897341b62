"""docker-compose.yml obeys the Compose Specification, and every setting in it exists.

No container engine is needed; what it cannot show is that the images build.
"""

import copy
import importlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from chassis.native import keys
from pydantic_settings import BaseSettings

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "compose_spec" / "compose-spec.json").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DISTRIBUTIONS = {"customer", "visits", "promotion", "analytics", "gateway"}


def distribution(service: dict[str, Any]) -> str:
    return service["build"]["args"]["SERVICE"]


PROCESSES = {name: service for name, service in OURS.items() if "--role" in service["command"]}


def settings_of(name: str) -> type[BaseSettings]:
    """The settings model of a service: the most derived subclass that its `settings` module defines."""
    module = importlib.import_module(f"{name}.settings")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseSettings) and value.__module__ == module.__name__
    ]
    assert found, f"{name}.settings defines no settings model"
    return max(found, key=lambda model: len(model.__mro__))


def test_the_file_obeys_the_specification() -> None:
    jsonschema.validate(COMPOSE, SCHEMA)


def test_a_file_with_an_unknown_key_would_be_refused() -> None:
    wrong = copy.deepcopy(COMPOSE)
    wrong["services"]["gateway"]["depend_on"] = ["kafka"]
    with pytest.raises(jsonschema.ValidationError, match="depend_on"):
        jsonschema.validate(wrong, SCHEMA)


def test_every_service_runs_in_every_role() -> None:
    roles = {(distribution(service), service["command"][1]) for service in PROCESSES.values()}
    scaled = {(name, role) for name in ("customer", "visits", "promotion") for role in ("api", "worker", "relay")}
    assert roles == scaled | {("analytics", "all"), ("gateway", "all")}


@pytest.mark.parametrize("name", PROCESSES)
def test_every_variable_is_a_setting_and_every_required_setting_is_given(name: str) -> None:
    service = PROCESSES[name]
    fields = settings_of(distribution(service)).model_fields
    known = {field.upper() for field in fields}
    given = set(service["environment"])
    assert given <= known
    required = {field.upper() for field, definition in fields.items() if definition.is_required()}
    assert required - given <= {"CURSOR_SECRET"}  # read by the entrypoint from the shared volume


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """The folders that the `keys` process fills, as they look below /run/terrain in the containers."""
    for folder in ("private", "shared"):
        (tmp_path / folder).mkdir()
    keys.main(tmp_path / "private", tmp_path / "shared")
    return tmp_path


@pytest.mark.parametrize("name", PROCESSES)
def test_what_is_given_can_be_read(name: str, volumes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = PROCESSES[name]
    for variable, value in service["environment"].items():
        monkeypatch.setenv(variable, value.replace("/run/terrain", str(volumes)))
    monkeypatch.setenv("CURSOR_SECRET", (volumes / "shared" / "cursor.secret").read_text())
    assert settings_of(distribution(service))()


@pytest.mark.parametrize("name", PROCESSES)
def test_processes_wait_for_a_healthy_ground_and_tell_their_own_health(name: str) -> None:
    service = PROCESSES[name]
    waits = {on: how["condition"] for on, how in service["depends_on"].items()}
    assert waits["kafka"] == waits["database"] == "service_healthy"
    assert waits["keys"] == waits["topics"] == "service_completed_successfully"
    assert "/readyz" in service["healthcheck"]["test"][-1]
    assert service["environment"]["HTTP_PORT"] == "8000"


def test_whatever_is_waited_for_as_healthy_has_a_health_check() -> None:
    for service in SERVICES.values():
        for on, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert SERVICES[on]["healthcheck"]["test"]


def test_only_the_gateway_sees_private_keys_and_only_it_is_published() -> None:
    holders = {name for name, service in OURS.items() if any("private:" in v for v in service.get("volumes", []))}
    assert holders == {"gateway", "keys"}
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["gateway"]


def test_the_gateway_knows_services_by_their_names_here() -> None:
    environment = SERVICES["gateway"]["environment"]
    for name in ("CUSTOMER_URL", "VISITS_URL", "PROMOTION_URL", "ANALYTICS_URL"):
        host = environment[name].removeprefix("http://").removesuffix(":8000")
        assert host in SERVICES


def test_images_run_as_an_ordinary_user_from_hashed_locks_without_the_embedded_database() -> None:
    recipe = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()
    assert recipe.rindex("USER 10001") > recipe.rindex("FROM ")
    assert recipe.count("--require-hashes") == 2
    for folder in (
        "contracts",
        "chassis",
        "gateway",
        "cli",
        *(f"services/{name}" for name in DISTRIBUTIONS - {"gateway"}),
    ):
        lock = (ROOT / folder / "requirements.lock").read_text()
        pinned = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in line for line in pinned)
        assert lock.count("==") <= lock.count("--hash=sha256:")
        assert "://" not in lock
        assert "secantusdb" not in lock  # GPL-2.0: never part of what we ship
