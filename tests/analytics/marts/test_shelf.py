"""Which file of marts is answered from, and which are left over."""

from pathlib import Path

from analytics.marts.shelf import Shelf


def test_the_pointer_names_the_generation_in_use(tmp_path: Path):
    shelf = Shelf(tmp_path / "marts" / "analytics.duckdb")
    assert shelf.current() is None
    first = shelf.next()
    assert first.name == "analytics.duckdb.g1"
    first.touch()
    shelf.point_to(first)
    assert Shelf(tmp_path / "marts" / "analytics.duckdb").current() == first


def test_a_new_generation_never_takes_the_name_of_another(tmp_path: Path):
    shelf = Shelf(tmp_path / "a.duckdb")
    for name in ("a.duckdb.g9", "a.duckdb.g10.wal", "b.duckdb.g77", "a.duckdb.g", "a.duckdb.gx"):
        (tmp_path / name).touch()
    assert shelf.next().name == "a.duckdb.g11"


def test_a_pointer_to_nothing_or_to_elsewhere_is_none(tmp_path: Path):
    shelf = Shelf(tmp_path / "a.duckdb")
    (tmp_path / "other").touch()
    for text in ("a.duckdb.g1", "other", "../a.duckdb.g1", ""):
        (tmp_path / "a.duckdb.current").write_text(text)
        assert shelf.current() is None


def test_removing_the_others_keeps_one_with_its_log_and_touches_nothing_else(tmp_path: Path):
    shelf = Shelf(tmp_path / "a.duckdb")
    names = [
        "a.duckdb.g1",
        "a.duckdb.g1.wal",
        "a.duckdb.g2",
        "a.duckdb.g10",
        "a.duckdb.g10.wal",
        "b.duckdb.g1",
        "notes",
    ]
    for name in names:
        (tmp_path / name).touch()
    shelf.point_to(tmp_path / "a.duckdb.g1")
    removed = shelf.remove_others(tmp_path / "a.duckdb.g1")
    assert {path.name for path in removed} == {"a.duckdb.g2", "a.duckdb.g10", "a.duckdb.g10.wal"}
    assert {path.name for path in tmp_path.iterdir()} == {
        "a.duckdb.current",
        "a.duckdb.g1",
        "a.duckdb.g1.wal",
        "b.duckdb.g1",
        "notes",
    }
