"""The import rules hold, and they can fail: a planted violation of each is found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ["contracts", "chassis", "services/customer", "services/visits", "services/promotion", "services/analytics"]
SOURCES += ["gateway", "cli"]

PLANTED = {
    "Services and the gateway never import one another": ("services/visits/visits/planted.py", "import customer.app"),
    "The chassis knows no service": ("chassis/chassis/planted.py", "import visits.app"),
    "No service imports the command line": ("gateway/gateway/planted.py", "import terrain.main"),
    "Contracts need pydantic only": ("contracts/contracts/planted.py", "import orjson"),
    "Models are pure": ("services/customer/customer/accounts/model.py", "import fastapi"),
    "Only the chassis speaks to motor": ("services/promotion/promotion/planted.py", "import motor"),
}


def lint(folder: Path) -> str:
    paths = ":".join(str(folder / source) for source in SOURCES)
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": paths, "PATH": "/usr/bin:/bin"},
    )
    return done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for source in SOURCES:
        shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_rules_hold(copy: Path):
    assert f"Contracts: {len(PLANTED)} kept, 0 broken." in lint(copy)


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_violation_is_found(rule: str, copy: Path):
    file, line = PLANTED[rule]
    path = copy / file
    path.write_text(f"{line}\n" + (path.read_text() if path.exists() else ""))
    assert f"{rule} BROKEN" in lint(copy)
