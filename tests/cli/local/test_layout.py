"""A data directory is ours alone, whole, and used by one stack at a time."""

from pathlib import Path

import pytest
from chassis.native.refusal import CannotStart
from terrain.local.layout import DataDir


def test_a_new_directory_is_made_and_can_be_claimed_again_later(tmp_path: Path) -> None:
    layout = DataDir(tmp_path / "new")
    layout.claim().close()
    layout.claim().close()
    assert layout.keys.stat().st_mode & 0o077 == 0


def test_a_directory_in_use_is_refused(tmp_path: Path) -> None:
    layout = DataDir(tmp_path)
    with layout.claim():
        assert layout.in_use()
        with pytest.raises(CannotStart, match="in use by another"):
            layout.claim()
    assert not layout.in_use()


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CannotStart, match="holds other files"):
        DataDir(tmp_path).claim()
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("mark", "says"), [("not json", "is broken"), ("[]", "another format"), ('{"format": 9}', "another format")]
)
def test_a_broken_mark_is_one_sentence(tmp_path: Path, mark: str, says: str) -> None:
    DataDir(tmp_path).claim().close()
    DataDir(tmp_path).mark.write_text(mark)
    with pytest.raises(CannotStart, match=says):
        DataDir(tmp_path).claim()


def test_a_file_in_place_of_the_directory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="is a file"):
        DataDir(tmp_path / "file").claim()
    with pytest.raises(CannotStart, match="cannot be used"):
        DataDir(tmp_path / "file" / "below").claim()
