"""What `make install` puts where, and what bash makes of the completion."""

import os
import pty
import re
import select
import subprocess
from pathlib import Path

import pytest

from built import make

SOURCES = Path(__file__).resolve().parents[2]
PREFIX = "/opt/elsewhere"
PLACES = {"prefix": PREFIX, "sysconfdir": "/etc/elsewhere"}
# What `orgctl setup` makes.
LATER = ["/etc/elsewhere/orgd/signing-keys.json"]


def run_make(target, directory):
    make(target, f"DESTDIR={directory}", *(f"{name}={value}" for name, value in PLACES.items()))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    directory = tmp_path_factory.mktemp("installed")
    make("all")  # so that nothing is compiled with these places
    run_make("install", directory)
    return directory


def texts(directory):
    programs = {directory / "opt/elsewhere/sbin/orgd", directory / "opt/elsewhere/bin/orgctl"}
    found = [path for path in directory.rglob("*") if path.is_file() and path not in programs]
    assert len(found) > 30
    return {path: path.read_text("utf-8") for path in found}


def test_no_text_names_another_prefix(installed):
    lines = [f"{path}: {line}" for path, text in texts(installed).items() for line in text.splitlines()
             if "/usr/local" in line]
    assert lines == []


def is_there(path):
    """Behind a program may come the path of a request."""
    return path.exists() or any(parent.is_file() for parent in path.parents)


def test_what_a_text_names_is_there(installed):
    named = {match.rstrip(".") for text in texts(installed).values()
             for match in re.findall(r"(?:/opt|/etc)/elsewhere[\w./-]*", text)}
    assert len(named) > 5
    missing = [path for path in sorted(named) if path not in LATER and not is_there(installed / path.lstrip("/"))]
    assert missing == []


def test_each_file_has_its_place(installed):
    for path in ("opt/elsewhere/lib/systemd/system/orgd.service", "opt/elsewhere/lib/systemd/system/orgd.socket",
                 "opt/elsewhere/lib/systemd/system/orgd-purge.timer", "opt/elsewhere/lib/systemd/system/orgd-deliver.timer",
                 "opt/elsewhere/share/man/man8/orgd.8",
                 "opt/elsewhere/share/doc/orgd/examples/orgd.logrotate", "opt/elsewhere/share/orgd/sql/application-role.sql",
                 "opt/elsewhere/share/bash-completion/completions/orgctl"):
        assert (installed / path).is_file(), path
    configuration = installed / "etc/elsewhere/orgd"
    assert oct((configuration / "my.cnf").stat().st_mode & 0o777) == "0o640"
    assert oct((configuration / "orgd.conf").stat().st_mode & 0o777) == "0o644"


def test_what_was_changed_stays(tmp_path):
    run_make("install", tmp_path)
    option_file = tmp_path / "etc/elsewhere/orgd/my.cnf"
    option_file.write_text("[orgd]\n", "utf-8")
    run_make("install", tmp_path)
    assert option_file.read_text("utf-8") == "[orgd]\n"
    run_make("uninstall", tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [option_file]


# Completion

class Bash:
    """One at a terminal, as somebody who types."""

    def __init__(self, setup):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"],
                      {"PATH": os.environ["PATH"], "TERM": "dumb", "PS1": "$ ", "HOME": "/nonexistent", "LANG": "C.UTF-8"})
        self.type(f"{setup}; echo rea''dy\n", "ready")

    def type(self, keys, until):
        """Types, and reads until this appears; returns all that appeared."""
        os.write(self.terminal, keys.encode())
        seen = ""
        while until not in seen:
            assert select.select([self.terminal], [], [], 10)[0], f"{until!r} did not appear in {seen!r}"
            seen += os.read(self.terminal, 4096).decode()
        return seen

    def close(self):
        os.write(self.terminal, b"\x03\x04")
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture
def bash(installed):
    bash = Bash(f"source {installed}/opt/elsewhere/share/bash-completion/completions/orgctl; cd {SOURCES}")
    yield bash
    bash.close()


@pytest.mark.parametrize("typed, completed", [
    ("orgctl serv\t", "orgctl service-account "),
    ("orgctl --quiet user deact\t", "orgctl --quiet user deactivate "),
    ("orgctl user set bob --superuser y\t", "orgctl user set bob --superuser yes "),
    ("orgctl user create bob --full-name Bob --organ\t", "orgctl user create bob --full-name Bob --organization-limit "),
    ("orgctl --config conf/my.c\t", "orgctl --config conf/my.cnf "),
    ("orgctl check --j\t", "orgctl check --json "),
])
def test_bash_completes(bash, typed, completed):
    assert completed in bash.type(typed, completed)


def test_bash_offers_every_command(bash, database):
    offered = bash.type("orgctl \t\t", "\n$ orgctl ").split()
    overview = subprocess.run([database.orgctl_program, "--help"], env=database.environment, check=True,
                              capture_output=True, text=True).stdout
    nouns = set(re.findall(r"^  ([a-z]\S*)", overview, re.MULTILINE))
    assert len(nouns) > 10 and nouns <= set(offered)
