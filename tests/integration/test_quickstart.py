"""conf/quickstart: one command to a service that answers, again and again."""

import grp
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from processes import SERVICE_USER, free_port, is_alive, make_directory, privileges, remove_directory, write_file

SOURCES = Path(__file__).resolve().parents[2]
QUICKSTART = SOURCES / "conf" / "quickstart"


IS_ROOT = os.geteuid() == 0
ME = pwd.getpwuid(os.geteuid()).pw_name
ONLY_MINE = ("admin.token", "demo.token", "admin.header", "demo.header", "admin.password", "demo.password")
FOR_THE_SERVERS = ("my.cnf", "orgd.conf", "signing-keys.json")
LOGS = {"log/mariadb.log", "log/lighttpd.log", "log/orgd.log"}


def quickstart(*arguments, timeout=300, **options):
    return subprocess.run([QUICKSTART, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, **options)


def paste(line):
    """Runs a printed curl line as a user would, and returns the answer."""
    result = subprocess.run(["bash", "-c", line.replace("curl ", "curl --silent --show-error --noproxy '*' ", 1)],
                            capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stderr) == (0, ""), line
    return json.loads(result.stdout)


def curl_lines(output):
    """They hold no token, not even once the shell has read them: every user sees the command lines of all."""
    lines = re.findall(r"^ +(curl .*)$", output, re.MULTILINE)
    assert len(lines) == 3 and "$(" not in output and "Bearer" not in output
    return lines


class Quickstart:
    """An instance in a directory that only its owner can enter at first, as `mktemp -d` makes it."""

    def __init__(self):
        self.parent = make_directory("orgd-quick-")
        os.chown(self.parent, os.geteuid(), os.getegid())
        self.parent.chmod(0o711)
        self.directory = self.parent / "d"
        self.directory.mkdir(0o700)
        self.port = free_port()

    def start(self, **options):
        result = quickstart("--detach", "--dir", self.directory, "--port", self.port, **options)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def restart(self, **options):
        self.stop()
        return self.start(**options)

    def accounts(self):
        """Who runs which of its programs."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = str(self.directory).encode() in (process / "cmdline").read_bytes()
                name = (process / "comm").read_text("utf-8").strip()
            except OSError:  # it has ended meanwhile
                continue
            if is_ours:
                found.setdefault(name, set()).add(process.owner())
        return {name: found.get(name) for name in ("mariadbd", "lighttpd", "orgd")}

    def orgctl(self, *arguments):
        return subprocess.run([self.directory / "bin" / "orgctl", *arguments], capture_output=True, text=True, timeout=60)

    def open_to(self, user, access):
        """What a user may read ("r") or write ("w") of all that is inside, links left out."""
        paths = [path for path in self.directory.rglob("*") if not path.is_symlink()]
        script = f'while IFS= read -r path; do [ -{access} "$path" ] && echo "$path"; done; true'
        result = subprocess.run(["sh", "-c", script], input="\n".join(map(str, paths)) + "\n", capture_output=True,
                                text=True, timeout=60, check=True, **user)
        return {str(Path(path).relative_to(self.directory)) for path in result.stdout.splitlines()}

    def stop(self):
        return quickstart("--dir", self.directory, "--stop")

    def pid(self):
        return int((self.directory / "quickstart.pid").read_text(encoding="ascii"))


@pytest.fixture(scope="module")
def quick():
    quick = Quickstart()
    yield quick
    quick.stop()
    remove_directory(quick.parent)


def test_a_clean_clone_serves_stops_and_serves_again(quick):
    listing, creating, reading = curl_lines(quick.start())
    assert paste(listing) == []
    created = paste(creating)
    assert created["name"] == "Example" and paste(reading) == created and paste(listing) == [created]
    assert quickstart("--dir", quick.directory).returncode == 1
    users = json.loads(quick.orgctl("user", "list", "--json").stdout)
    assert {user["username"]: user["is_superuser"] for user in users} == {"admin": True, "demo": False}

    pid = quick.pid()
    assert quick.stop().returncode == 0
    assert not is_alive(pid) and quick.stop().returncode == 1
    listing, creating, reading = curl_lines(quick.start())
    assert paste(listing) == [created]
    assert paste(creating)["name"] == "Example 2"
    assert paste(reading)["name"] == "Example 2"


def all_of(user):
    return {"mariadbd": {user}, "lighttpd": {user}, "orgd": {user}}


def is_private(path, mode, user=ME):
    status = path.stat()
    return (stat.S_IMODE(status.st_mode), pwd.getpwuid(status.st_uid).pw_name) == (mode, user)


def test_an_ordinary_user_runs_the_servers_and_changes_nothing_else(quick):
    """Root, if it is root that starts them, remains the one who administers them."""
    assert "Warning" not in quick.restart()
    assert quick.accounts() == all_of(SERVICE_USER)
    for name in ONLY_MINE:
        assert is_private(quick.directory / name, 0o600), name
    for name in FOR_THE_SERVERS:
        path = quick.directory / name
        assert is_private(path, 0o640 if IS_ROOT else 0o600) and (not IS_ROOT or path.group() == SERVICE_USER), name
    checked = quick.orgctl("check", "--url", f"http://127.0.0.1:{quick.port}")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    if IS_ROOT:
        writable = {path for path in quick.open_to(privileges(), "w") if not path.startswith(("data/", "run/"))}
        assert writable == {"data", "run", *LOGS}
        nobody = {"user": "nobody", "group": grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name, "extra_groups": []}
        readable = [path for path in quick.open_to(nobody, "r") if (quick.directory / path).is_file()]
        assert not [path for path in readable if not path.startswith("build/")]


def test_a_setting_that_was_added_stays(quick):
    """Also at another port, which the file names."""
    quick.stop()
    config = quick.directory / "orgd.conf"
    added = "# mine\noperator_name = Clinic\n[issuer \"https://idp.example.org\"]\naudience = a\njwks = https://idp.example.org/jwks\n"
    before = config.read_text("utf-8")
    write_file(config, before + added)
    quick.port = free_port()
    quick.start()
    quick.restart()
    expected = re.sub(r"(?m)^public_url = .*$", f"public_url = http://127.0.0.1:{quick.port}", before) + added
    assert config.read_text("utf-8") == expected
    page = subprocess.run(["curl", "--silent", "--noproxy", "*", "--header", "Accept: text/html", f"http://127.0.0.1:{quick.port}/"],
                          capture_output=True, text=True, timeout=30, check=True).stdout
    assert "Clinic" in page
    write_file(config, before)
    quick.restart()


def test_a_new_token_gets_into_the_header(quick):
    (quick.directory / "admin.token").unlink()
    listing = curl_lines(quick.restart())[0]
    assert (quick.directory / "admin.header").read_text("utf-8") == \
        f"Authorization: Bearer {(quick.directory / 'admin.token').read_text('utf-8').strip()}\n"
    assert isinstance(paste(listing), list)


def test_keys_that_root_rotates_remain_those_of_the_workers(quick):
    quick.restart()
    listing = curl_lines((quick.directory / "ready").read_text("utf-8"))[0]
    assert quick.orgctl("signing-key", "rotate", "--quiet").returncode == 0
    assert is_private(quick.directory / "signing-keys.json", 0o640 if IS_ROOT else 0o600)
    assert isinstance(paste(listing), list) and quick.orgctl("check").returncode == 0


def test_a_directory_of_an_earlier_start_is_taken_over(quick):
    """It belongs to root alone, with the socket of MariaDB in it, and half of it may have been given away already."""
    listing = curl_lines(quick.restart())[0]
    before = paste(listing)
    quick.stop()
    subprocess.run(["chown", "-R", f"{os.geteuid()}:{os.getegid()}", quick.directory], check=True)
    subprocess.run(["chmod", "-R", "go=", quick.directory], check=True)
    if IS_ROOT:
        shutil.rmtree(quick.directory / "run")
        shutil.chown(quick.directory, SERVICE_USER)
        shutil.chown(quick.directory / "data", SERVICE_USER)
    (quick.directory / "mariadb.sock").unlink(missing_ok=True)
    write_file(quick.directory / "mariadb.sock", "")
    assert "Warning" not in quick.start()
    assert quick.accounts() == all_of(SERVICE_USER) and paste(listing) == before
    assert quick.directory.owner() == ME


@pytest.mark.parametrize("obstacle", ["directory", "user"])
def test_where_root_has_to_run_the_servers_it_warns(quick, obstacle):
    """And goes on with an ordinary user once that is mended. Who is not root needs nobody else."""
    programs = quick.parent / "bin"
    programs.mkdir(exist_ok=True)
    if obstacle == "directory":
        quick.parent.chmod(0o700)
    else:
        (programs / "setpriv").write_text("#!/bin/sh\nexit 127\n", "utf-8")
        (programs / "setpriv").chmod(0o755)
    output = quick.restart(env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"})
    warnings = re.findall("^Warning: .*", output, re.MULTILINE)
    advice = f"www-data cannot enter {quick.parent}. .*--dir" if obstacle == "directory" else "lighttpd"
    assert len(warnings) == IS_ROOT and all(re.search(advice, line) for line in warnings)
    assert quick.accounts() == all_of(ME) and isinstance(paste(curl_lines(output)[0]), list)
    shutil.rmtree(programs)
    quick.parent.chmod(0o711)
    assert "Warning" not in quick.restart()
    assert quick.accounts() == all_of(SERVICE_USER)


@pytest.mark.parametrize("arguments, status, message", [
    (["--help"], 0, "--port PORT"),
    (["--nonsense"], 2, "there is no option '--nonsense'; 'conf/quickstart --help' describes the options"),
    (["--port"], 2, "quickstart: --port needs a value"),
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
