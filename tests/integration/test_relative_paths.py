"""Paths in orgd.conf may be relative to its directory, for both programs, from whichever directory they are started."""

import json
import shutil
import subprocess

import pytest

import fastcgi
from processes import give_to_servers, privileges, wait_until, write_file
from servers import Pool, accepts

RELATIVE = """
listen = unix:orgd.sock
log = log/orgd.log
database_option_file = secret/my.cnf
signing_keys = secret/signing-keys.json
sql_directory = sql
seccomp = {seccomp}

[issuer "https://idp.example.org"]
audience = orgs
jwks = secret/idp.json
"""


class RelativePool(Pool):
    """A pool that is told nothing but the name of its configuration."""

    def configure(self, **settings):
        source = self.installation
        for name in ("log", "secret"):
            (self.directory / name).mkdir()
            give_to_servers(self.directory / name)
        (self.directory / "sql").symlink_to(source.sql_directory)
        for name, path in (("my.cnf", source.option_file), ("signing-keys.json", source.signing_keys)):
            write_file(self.directory / "secret" / name, path.read_text("utf-8"))
        keys = json.loads(source.signing_keys.read_text("utf-8"))["keys"]
        public = [{**{name: key[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in key}, "kid": "idp"}
                  for key in keys]
        write_file(self.directory / "secret/idp.json", json.dumps({"keys": public}))
        write_file(self.config_path, RELATIVE.format(seccomp=source.settings().get("seccomp", "on")))

    def command(self):
        return [self.installation.orgd, "--config", self.config_path]


@pytest.fixture
def pool(start):
    return start(RelativePool)


def test_the_pool_finds_everything_beside_its_configuration(pool):
    assert accepts(pool.directory / "orgd.sock")
    assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200
    log = pool.directory / "log/orgd.log"
    wait_until(lambda: '"path":"/health/ready"' in log.read_text("utf-8"), "the access line")


@pytest.mark.parametrize("is_relative", [False, True], ids=["absolute", "relative"])
def test_orgctl_finds_it_too(pool, is_relative):
    """From another directory, and with a relative name of the configuration itself."""
    directory = pool.directory if is_relative else "/"
    config = pool.config_path.relative_to(directory) if is_relative else pool.config_path
    check = subprocess.run([pool.installation.orgctl_program, "check", "--config", config], cwd=directory,
                           env=pool.environment, capture_output=True, text=True, check=False, **privileges())
    assert check.returncode == 0, check.stdout + check.stderr
    assert "keys of https://idp.example.org" in check.stdout


def test_a_fault_names_the_whole_path(pool):
    shutil.rmtree(pool.directory / "secret")
    check = subprocess.run([pool.installation.orgd, "--config", "orgd.conf", "--check"], cwd=pool.directory,
                           env=pool.environment, capture_output=True, text=True, check=False, **privileges())
    assert check.returncode == 2 and f"{pool.directory}/secret/signing-keys.json" in check.stderr
