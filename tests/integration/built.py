"""The build under test, and the programs that tests make in it."""

import fcntl
import os
import subprocess
from pathlib import Path


def build_directory():
    value = os.environ.get("ORGD_BUILD_DIR")
    assert value, "ORGD_BUILD_DIR must name the build directory"
    return Path(value).resolve()


def make(*arguments):
    """Runs make there. One at a time: others may run tests of the same build."""
    with open(build_directory() / "config.status", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-C", build_directory(), *arguments], check=True, capture_output=True)


def make_program(name):
    """Makes a program and returns its path."""
    make(name)
    return build_directory() / name
