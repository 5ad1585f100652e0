"""The Debian package: built from the tarball, looked over by lintian, and installed, set up, upgraded, removed and purged in
a system of its own with a MariaDB."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import fastcgi
from built import build_directory, make
from debian_root import DebianRoot
from processes import wait_until

BUILD_TIMEOUT_S = 900
USUAL = {"/etc/logrotate.d/orgd", "/usr/sbin/orgd", "/usr/bin/orgctl", "/usr/share/orgd/sql/application-role.sql",
         "/usr/share/bash-completion/completions/orgctl", "/usr/share/man/man8/orgd.8.gz", "/usr/share/man/man1/orgctl.1.gz",
         "/usr/share/man/man5/orgd.conf.5.gz", "/usr/share/doc/orgd/examples/lighttpd.conf", "/usr/share/orgd/my.cnf",
         "/usr/share/doc/orgd/changelog.gz", "/usr/share/doc/orgd/copyright", "/usr/share/doc/orgd/README.Debian"}
UNITS = {"orgd.service", "orgd.socket", "orgd-purge.service", "orgd-purge.timer", "orgd-deliver.service",
         "orgd-deliver.timer"}
SOCKET = "/run/orgd/orgd.sock"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The directory with what dpkg-buildpackage makes of the tarball."""
    directory = tmp_path_factory.mktemp("debian")
    make("dist")
    tarball, = (path for path in build_directory().glob("orgd-*.tar.xz") if path.name.count("-") == 1)
    subprocess.run(["tar", "-xJf", tarball, "-C", directory], check=True)
    source, = directory.iterdir()
    environment = {**os.environ, "DEB_BUILD_OPTIONS": f"nocheck parallel={os.cpu_count()}"}
    result = subprocess.run(["dpkg-buildpackage", "-us", "-uc", "-b"], cwd=source, env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BUILD_TIMEOUT_S)
    assert result.returncode == 0, result.stdout[-4000:]
    shutil.rmtree(source)
    return directory


@pytest.fixture(scope="module")
def package(packages):
    found, = packages.glob("orgd_*.deb")
    return found


@pytest.fixture(scope="module")
def newer_package(package, tmp_path_factory):
    """The same with a higher version number."""
    directory = tmp_path_factory.mktemp("newer")
    subprocess.run(["dpkg-deb", "-R", package, directory / "files"], check=True)
    control = directory / "files/DEBIAN/control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+newer", control.read_text("utf-8")), "utf-8")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", directory / "files", directory / "orgd.deb"], check=True,
                   stdout=subprocess.DEVNULL)
    return directory / "orgd.deb"


def test_it_makes_a_package_and_its_symbols(packages):
    assert {path.name.partition("_")[0] for path in packages.glob("*.deb")} == {"orgd", "orgd-dbgsym"}


def test_lintian_has_nothing_to_say(packages):
    changes, = packages.glob("*.changes")
    result = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", changes], capture_output=True,
                            text=True, timeout=300)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_everything_has_its_place(package):
    listing = subprocess.run(["dpkg-deb", "-c", package], check=True, capture_output=True, text=True).stdout
    files = {line.split(maxsplit=5)[5].removeprefix(".") for line in listing.splitlines()}
    assert USUAL - files == set()
    assert {Path(path).name for path in files if "/systemd/system/" in path and not path.endswith("/")} == UNITS
    assert [path for path in files if "/local" in path or path.startswith(("/var", "/run"))] == []


def test_no_text_names_the_usual_prefix(package, tmp_path):
    subprocess.run(["dpkg-deb", "-x", package, tmp_path], check=True)
    assert subprocess.run(["grep", "-rl", "/usr/local", tmp_path], capture_output=True, text=True).stdout == ""


# In a system of its own

@pytest.fixture
def root(package):
    with DebianRoot() as root:
        assert not root.path("/etc/orgd").exists(), "this machine has a configuration of orgd"
        yield root


def install(root, package):
    shutil.copy(package, root.path("/tmp/orgd.deb"))
    return root.run("dpkg", "-i", "/tmp/orgd.deb").stdout


def pretend_to_be_systemd(root):
    """From now on there is one, which notes what it is asked for."""
    root.run("mkdir", "-p", "/run/systemd/system")
    root.run("rm", "-f", "/usr/sbin/policy-rc.d")
    program = root.path("/usr/local/sbin/systemctl")
    program.write_text('#!/bin/sh\necho "$@" >>/run/asked\n', "utf-8")
    program.chmod(0o755)


def was_reloaded(root):
    """Since this was asked last."""
    asked = root.path("/run/asked").read_text("utf-8").splitlines()
    root.path("/run/asked").unlink()
    assert [words for words in asked if "stop" in words or "restart" in words] == []
    return any("reload orgd" in words for words in asked)


def start_mariadb(root):
    """With root known by the socket, where clients look for it."""
    root.run("install", "-d", "-o", "mysql", "/run/mysqld", "/srv/mysql")
    root.run("mariadb-install-db", "--no-defaults", "--user=mysql", "--datadir=/srv/mysql", "--skip-test-db",
             "--auth-root-authentication-method=socket")
    root.spawn("mariadbd", "--no-defaults", "--user=mysql", "--datadir=/srv/mysql", "--socket=/run/mysqld/mysqld.sock",
               "--skip-networking", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
               "--log-error=/srv/mysql/error.log")
    wait_until(lambda: root.run("mariadb-admin", "ping", check=False).returncode == 0, "MariaDB to come up", timeout=60)


def unit(root, name):
    result = root.run("find", "/usr/lib/systemd/system", "-name", name)
    return root.run("cat", result.stdout.strip()).stdout


def value(text, key):
    found, = re.findall(f"^{key}=(.*)$", text, re.MULTILINE)
    return found


def start_service(root):
    """As the units say, with the user and group that they name; the service opens the socket itself."""
    service = unit(root, "orgd.service")
    user, group = value(service, "User"), value(service, "Group")
    root.run("install", "-d", "-o", user, Path(SOCKET).parent)
    root.spawn("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *value(service, "ExecStart").split())
    wait_until(lambda: root.path(SOCKET).exists(), "the service to come up")


def stop_service(root):
    root.run("sh", "-c", "kill -TERM $(pgrep --oldest --exact orgd)")
    wait_until(lambda: root.run("pgrep", "--exact", "orgd", check=False).returncode == 1, "the service to end")


def ready(root):
    return fastcgi.request(root.path(SOCKET), "GET", "/health/ready").status


def named_like_it(root):
    return set(root.run("find", "/etc", "/usr", "/var", "/run", "-xdev", "-name", "*orgd*").stdout.splitlines())


def access(root, path):
    return root.run("stat", "-c", "%U:%G %a", path).stdout.strip()


def set_up(root):
    return root.run("orgctl", "setup", "--url", "http://localhost/api", "--database-host", "/run/mysqld/mysqld.sock",
                    "--database", "orgd", "--database-user", "orgd", "--user", "admin").stdout


def test_installed_set_up_upgraded_removed_and_purged(root, package, newer_package):
    # Without a database and without systemd.
    before = named_like_it(root)
    install(root, package)
    assert access(root, "/etc/orgd/my.cnf") == "root:orgd 640"
    assert access(root, "/etc/orgd/orgd.conf") == "root:root 644"
    assert access(root, "/var/log/orgd") == "orgd:orgd 750"
    account = root.run("getent", "passwd", "orgd").stdout.strip().split(":")
    assert account[-1] == "/usr/sbin/nologin" and int(account[2]) < 1000
    condition = value(unit(root, "orgd.service"), "ConditionPathExists")
    assert condition == value(unit(root, "orgd.socket"), "ConditionPathExists")
    assert not root.path(condition).exists(), "systemd would start what cannot run"

    # One command, and all is well.
    start_mariadb(root)
    output = set_up(root)
    assert "FAILED" not in output and "systemctl enable --now orgd.socket orgd" in output
    assert root.path(condition).exists()
    assert access(root, "/etc/orgd/my.cnf") == "root:orgd 640"
    assert access(root, "/etc/orgd/signing-keys.json") == "root:orgd 640"
    start_service(root)
    assert ready(root) == 200
    assert root.run("orgctl", "user", "list").returncode == 0
    stop_service(root)

    # An upgrade asks nothing, and leaves the configuration alone. The new program takes over at once, or when the schema
    # is new enough.
    configuration = root.run("sh", "-c", "cat /etc/orgd/*").stdout
    pretend_to_be_systemd(root)
    assert "orgctl setup" not in install(root, newer_package)
    assert root.run("sh", "-c", "cat /etc/orgd/*").stdout == configuration
    assert was_reloaded(root)
    root.run("mariadb", "orgd", "-e", "DELETE FROM orgd_schema_migrations ORDER BY version DESC LIMIT 1")
    assert "orgctl setup && systemctl reload orgd" in install(root, newer_package)
    assert not was_reloaded(root)
    set_up(root)
    start_service(root)
    assert ready(root) == 200
    stop_service(root)

    # A removal leaves what is the administrator's, and what comes back finds it.
    root.run("dpkg", "-r", "orgd")
    assert not root.path("/usr/sbin/orgd").exists()
    assert root.run("sh", "-c", "cat /etc/orgd/*").stdout == configuration
    install(root, package)
    assert root.run("sh", "-c", "cat /etc/orgd/*").stdout == configuration
    assert root.run("orgctl", "check").returncode == 0

    # A purge leaves nothing but the database.
    root.run("dpkg", "-P", "orgd")
    assert named_like_it(root) == before
    assert root.run("getent", "passwd", "orgd", check=False).returncode == 2
    assert root.run("mariadb", "-N", "-e", "SELECT COUNT(*) FROM orgd.orgd_accounts").stdout.strip() != "0"


def test_a_configuration_that_is_there_stays(root, package):
    root.run("install", "-d", "/etc/orgd")
    root.path("/etc/orgd/my.cnf").write_text("[orgd]\n", "utf-8")
    install(root, package)
    assert root.path("/etc/orgd/my.cnf").read_text("utf-8") == "[orgd]\n"
    assert root.path("/etc/orgd/orgd.conf").exists()
