"""The programs that start servers of their own end in order: a terminated program leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from processes import PATIENCE, make_directory, wait_until

TESTS = Path(__file__).resolve().parents[1]
PROGRAMS = ["faults/run", "soak", "cluster/run", "cluster/measure", "bench/run", "bench/scale"]


@pytest.fixture
def program(build_directory, request):
    """One of them, with a directory of its own for all its temporary ones."""
    directory = make_directory("orgd-t-")
    with subprocess.Popen([sys.executable, TESTS / request.param], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, start_new_session=True,
                          env={**os.environ, "TMPDIR": str(directory),
                               "ORGD_BUILD_DIR": str(build_directory)}) as process:
        process.directory = directory
        yield process
        process.kill()
    directory.rmdir()


def is_in(directory, pid):
    try:
        return str(directory) in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def left_of(directory):
    """What runs there, and what lies there."""
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and is_in(directory, pid)], os.listdir(directory)


@pytest.mark.parametrize("sign", ["*", "**/*.sock"], ids=["at once", "with servers"])
@pytest.mark.parametrize("program", PROGRAMS, indirect=True)
def test_nothing_is_left_behind(program, sign):
    wait_until(lambda: program.poll() is not None or any(program.directory.glob(sign)), "the program to begin",
               timeout=60)
    program.terminate()
    _, complaints = program.communicate(timeout=180 * PATIENCE)
    assert program.returncode == 128 + signal.SIGTERM, complaints
    assert left_of(program.directory) == ([], []), complaints
