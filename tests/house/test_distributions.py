"""Each distribution installs from its own lock and imports alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = {
    "contracts": ("contracts", []),
    "chassis": ("chassis", ["contracts"]),
    "services/customer": ("customer", ["contracts", "chassis"]),
    "services/visits": ("visits", ["contracts", "chassis"]),
    "services/promotion": ("promotion", ["contracts", "chassis"]),
    "services/analytics": ("analytics", ["contracts", "chassis"]),
    "gateway": ("gateway", ["contracts", "chassis"]),
    "cli": (
        "terrain",
        [
            "contracts",
            "chassis",
            "services/customer",
            "services/visits",
            "services/promotion",
            "services/analytics",
            "gateway",
        ],
    ),
}

IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__") and ".testing" not in module.name:
        importlib.import_module(module.name)
"""


def uv(*arguments: str) -> None:
    command = shutil.which("uv")
    if command is None:
        pytest.skip("uv is not on the PATH")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("path", DISTRIBUTIONS)
def test_a_distribution_installs_and_imports_alone(path: str, tmp_path: Path):
    package, needs = DISTRIBUTIONS[path]
    uv("venv", "--quiet", "--python", sys.executable, str(tmp_path / "env"))
    python = str(tmp_path / "env" / "bin" / "python")
    uv("pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", f"{path}/requirements.lock")
    local = [str(ROOT / folder) for folder in (*needs, path)]
    # The builder is taken from the tests' own environment: nothing unpinned is fetched.
    uv(
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--no-deps",
        "--no-build-isolation",
        "--offline",
        "--target",
        str(tmp_path / "local"),
        *local,
    )
    done = subprocess.run(
        [python, "-c", IMPORT_ALL, package],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "PYTHONPATH": str(tmp_path / "local")},
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("lock", ["requirements.lock", *[f"{path}/requirements.lock" for path in DISTRIBUTIONS]])
def test_a_lock_is_hashed_and_names_no_host(lock: str):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert requirements
    assert all("==" in line for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)
