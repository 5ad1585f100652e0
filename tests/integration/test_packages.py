"""Programs of the tests on a machine that lacks what they need: they say what to install, and nothing of Python."""

import os
import subprocess
from pathlib import Path

import pytest

from processes import write_file

TESTS = Path(__file__).resolve().parents[1]
PROGRAMS = ["bench/run", "bench/scale", "cluster/measure", "cluster/run", "faults/run", "soak"]
MODULES = ["cryptography", "hypothesis", "jwt", "pymysql", "pytest", "requests"]


@pytest.fixture
def bare(tmp_path):
    """The environment of such a machine: dpkg knows of no package, and Python of no module."""
    write_file(tmp_path / "dpkg-query", "#!/bin/sh\nexit 1\n", 0o755)
    for module in MODULES:
        write_file(tmp_path / f"{module}.py", f"raise ModuleNotFoundError('No module named {module}')\n")
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(tmp_path)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_without_its_packages_says_what_to_install(bare, program):
    result = subprocess.run([TESTS / program, "--help"], env=bare, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "apt-get install" in result.stderr, result.stderr
    assert "Traceback" not in result.stderr and "python3-pymysql" in result.stderr
