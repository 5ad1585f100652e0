"""conf/quickstart: one command to a service that answers, again and again."""

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from processes import free_port, is_alive, make_directory

SOURCES = Path(__file__).resolve().parents[2]
QUICKSTART = SOURCES / "conf" / "quickstart"


def quickstart(*arguments, timeout=300):
    return subprocess.run([QUICKSTART, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


def paste(line):
    """Runs a printed curl line as a user would, and returns the answer."""
    result = subprocess.run(["bash", "-c", line.replace("curl ", "curl --silent --show-error --noproxy '*' ", 1)],
                            capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stderr) == (0, ""), line
    return json.loads(result.stdout)


def curl_lines(output):
    lines = re.findall(r"^ +(curl .*)$", output, re.MULTILINE)
    assert len(lines) == 3
    return lines


class Quickstart:
    def __init__(self):
        self.directory = make_directory("orgd-quick-")
        self.port = free_port()

    def start(self):
        result = quickstart("--detach", "--dir", self.directory, "--port", self.port)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def stop(self):
        return quickstart("--dir", self.directory, "--stop")

    def pid(self):
        return int((self.directory / "quickstart.pid").read_text(encoding="ascii"))


@pytest.fixture(scope="module")
def quick():
    quick = Quickstart()
    yield quick
    quick.stop()
    shutil.rmtree(quick.directory)


def test_a_clean_clone_serves_stops_and_serves_again(quick):
    listing, creating, reading = curl_lines(quick.start())
    assert paste(listing) == []
    created = paste(creating)
    assert created["name"] == "Example" and paste(reading) == created and paste(listing) == [created]
    assert quickstart("--dir", quick.directory).returncode == 1
    for name in ("admin.token", "demo.token", "admin.password", "demo.password", "my.cnf", "signing-keys.json"):
        assert stat.S_IMODE((quick.directory / name).stat().st_mode) == 0o600, name
    users = json.loads(subprocess.run([quick.directory / "bin" / "orgctl", "user", "list", "--json"], check=True,
                                      capture_output=True, text=True).stdout)
    assert {user["username"]: user["is_superuser"] for user in users} == {"admin": True, "demo": False}

    pid = quick.pid()
    assert quick.stop().returncode == 0
    assert not is_alive(pid) and quick.stop().returncode == 1
    listing, creating, reading = curl_lines(quick.start())
    assert paste(listing) == [created]
    assert paste(creating)["name"] == "Example 2"
    assert paste(reading)["name"] == "Example 2"


@pytest.mark.parametrize("arguments, status, message", [
    (["--help"], 0, "--port PORT"),
    (["--nonsense"], 2, "conf/quickstart"),
    (["--port", "0", "--dir", "/nonexistent"], 1, "must be a number from 1 to 65535"),
    (["--dir", "/dev/null/x"], 1, "cannot make the directory"),
])
def test_usage(arguments, status, message):
    result = quickstart(*arguments)
    assert result.returncode == status
    assert message in result.stdout + result.stderr


def test_a_port_in_use_is_named(quick, instance):
    directory = quick.directory / "other"
    result = quickstart("--dir", directory, "--port", instance.url.rpartition(":")[2])
    assert result.returncode == 1
    assert "is in use" in result.stderr and "--port" in result.stderr
