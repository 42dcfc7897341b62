"""Kafka's jars are taken only as pinned, and what is missing is said in one sentence."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from chassis.native import kafka
from chassis.native.refusal import CannotStart


def maven_that_brings(jars: dict[str, bytes]):
    """A stand-in for Maven that writes `jars` where it was told to."""

    def run(order: list[str], **_given: object) -> subprocess.CompletedProcess[str]:
        target = Path(next(part for part in order if part.startswith("-DoutputDirectory=")).partition("=")[2])
        for name, content in jars.items():
            (target / name).write_bytes(content)
        return subprocess.CompletedProcess(order, 0, "", "")

    return run


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    digests = {"one.jar": hashlib.sha256(b"one").hexdigest()}
    monkeypatch.setattr(kafka, "_pinned", lambda: digests)
    monkeypatch.setattr(kafka.shutil, "which", lambda name: f"/bin/{name}")
    return digests


def test_jars_are_fetched_once(tmp_path: Path, pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka.subprocess, "run", maven_that_brings({"one.jar": b"one"}))
    libs = kafka.fetch_jars(tmp_path)
    assert (libs / "one.jar").read_bytes() == b"one"
    monkeypatch.setattr(kafka.subprocess, "run", lambda *_: pytest.fail("fetched again"))
    assert kafka.fetch_jars(tmp_path) == libs


@pytest.mark.parametrize(("brought", "says"), [({"one.jar": b"other"}, "SHA-256"), ({}, "lacks one.jar")])
def test_a_jar_that_is_not_the_pinned_one_is_refused(
    tmp_path: Path, pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch, brought: dict[str, bytes], says: str
) -> None:
    monkeypatch.setattr(kafka.subprocess, "run", maven_that_brings(brought))
    with pytest.raises(CannotStart, match=says):
        kafka.fetch_jars(tmp_path)
    assert not kafka.jars_present(tmp_path)


def test_missing_maven_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka.shutil, "which", lambda _name: None)
    with pytest.raises(CannotStart, match=r"^Maven is needed once.*\.$"):
        kafka.fetch_jars(tmp_path)


@pytest.mark.parametrize(
    ("told", "major"),
    [('openjdk version "17.0.15" 2025', 17), ('java version "1.8.0_392"', 8), ("no such thing", None)],
)
def test_java_versions_old_and_new_are_read(told: str, major: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka.shutil, "which", lambda name: f"/bin/{name}")
    answer = subprocess.CompletedProcess(["java"], 0, "", told)
    monkeypatch.setattr(kafka.subprocess, "run", lambda *_args, **_given: answer)
    assert kafka.java_version() == major


def test_java_that_is_too_old_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "java_version", lambda: 11)
    with pytest.raises(CannotStart, match=r"^Java 17 or newer .* is Java 11\.$"):
        kafka.require_java()


def test_the_broker_never_makes_topics_by_itself_and_keeps_records_for_ever(tmp_path: Path) -> None:
    settings = dict(line.split("=", 1) for line in kafka._properties(tmp_path, 1, 2).splitlines())
    assert settings["auto.create.topics.enable"] == "false"
    assert settings["log.retention.ms"] == "-1"
