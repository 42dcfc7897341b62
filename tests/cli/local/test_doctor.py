"""The doctor names what is missing and how to get it."""

import socket
from pathlib import Path

import pytest
from chassis.native import kafka, secantus
from terrain.local import doctor


@pytest.fixture(autouse=True)
def own_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI"):
        monkeypatch.delenv(name, raising=False)


def found(what: str, data_dir: Path, port: int = 1) -> doctor.Finding:
    return next(one for one in doctor.examine(data_dir, port) if one.what.startswith(what))


def test_old_java_is_named_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "java_version", lambda: 11)
    java = found("Java", tmp_path)
    assert (java.ok, java.found) == (False, "version 11")
    assert "17" in java.remedy


def test_maven_is_only_needed_while_kafka_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _name: None)
    monkeypatch.setattr(kafka, "jars_present", lambda: False)
    assert not found("Maven", tmp_path).ok
    monkeypatch.setattr(kafka, "jars_present", lambda: True)
    assert found("Maven", tmp_path).ok


def test_a_missing_database_and_a_taken_port_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secantus, "executable", lambda: None)
    assert not found("Database", tmp_path).ok
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not found("Port", tmp_path, port).ok
    assert found("Port", tmp_path, port).ok


def test_given_addresses_make_java_and_the_database_needless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    monkeypatch.setenv("MONGODB_URI", "mongodb://db")
    monkeypatch.setattr(kafka, "java_version", lambda: None)
    assert [one.what for one in doctor.examine(tmp_path, 1)][:2] == ["Kafka", "Database"]
    assert found("Kafka", tmp_path).ok


def test_too_little_disk_is_named_even_before_the_directory_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "DISK_NEEDED_GB", 1e9)
    assert not found("Disk", tmp_path / "not" / "yet").ok
