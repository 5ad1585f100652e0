"""An installation that a test spoils, and mends as `orgctl check` says; for the modules that import these fixtures."""

import contextlib
import json
import os
import re
import subprocess

import pytest

from installation import Installation
from processes import give_to_servers, make_directory, wait_until
from servers import Pool

IS_ROOT = os.geteuid() == 0
WORKERS = 6
STEP = re.compile(r""""([A-Z][^"]*)"|'orgctl ([\w -]+)'|(/application-role\.sql)""")
SETTING = re.compile(r"'(\w+) = ([^']+)'")
COMMAND = re.compile(r": ((?:chmod|chgrp|chown|install|rm) .+?)(?:, and .*)?$")


class Place:
    """An installation of its own with a pool, which a test spoils and mends again."""

    def __init__(self, installation):
        self.installation = installation
        self.directory = make_directory()
        give_to_servers(self.directory)
        self.config = self.directory / "orgd.conf"
        of_pool = self.directory / "pool"
        of_pool.mkdir()
        give_to_servers(of_pool)
        self.pool = Pool(installation, of_pool, workers=WORKERS)
        self.settings = {"listen": f"unix:{self.pool.socket}", "workers": WORKERS}
        self.configure()

    def configure(self, **settings):
        """Also what the pool reads when it starts."""
        self.settings.update(settings)
        self.pool.workers = self.settings["workers"]
        for path in (self.config, self.pool.config_path):
            self.installation.write_config(path, **self.settings)

    def start(self):
        self.pool.start()
        wait_until(self.pool.is_ready, "the pool")

    def restart(self):
        self.pool.stop()
        self.start()

    def run(self, *arguments):
        return self.installation.run_orgctl("check", *arguments, config_path=self.config)

    def check(self, *arguments):
        """The exit status, and the rows by name, each with its result and its sentence."""
        result = self.run("--json", *arguments)
        assert result.stdout, result.stderr
        return result.returncode, {row["check"]: (row["result"], row["what to do"]) for row in json.loads(result.stdout)}

    def faults(self, *arguments):
        return {what: row for what, row in self.check(*arguments)[1].items() if row[0] != "ok"}

    def run_role_script(self):
        with open(self.installation.sql_directory / "application-role.sql", encoding="utf-8") as script:
            subprocess.run(["mariadb", "--no-defaults", f"--socket={self.installation.mariadb.socket}", "--user=root"],
                           stdin=script, check=True)

    def follow(self, sentence):
        """Does what is written, and no more."""
        if command := COMMAND.search(sentence):
            subprocess.run(["/bin/sh", "-c", command[1]], check=True)
            return
        if "start the pool" in sentence:
            self.start()
        if "restore it from a backup" in sentence:
            sentence = sentence.partition("If what was in it may be lost, run ")[2]
        for statement, command, script in STEP.findall(sentence):
            if statement:
                self.installation.sql(statement)
            if command:
                self.installation.orgctl(*command.split())
            if script:
                self.run_role_script()
        if "orgd.conf" in sentence:
            self.configure(**dict(SETTING.findall(sentence)))
            self.restart()


@pytest.fixture(scope="module")
def place(build_directory, environment, checker):
    with Installation(build_directory, environment, checker) as installation, contextlib.ExitStack() as cleanup:
        installation.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        made = Place(installation)
        cleanup.callback(lambda: made.pool in made.pool.started and made.pool.stop())
        made.start()
        yield made


@pytest.fixture(autouse=True)
def as_it_was(request):
    """Each test begins and ends with an installation that is well."""
    if "place" not in request.fixturenames:
        yield
        return
    place = request.getfixturevalue("place")
    assert place.faults() == {}
    yield
    assert place.faults() == {}, "the test has not mended everything"


def sql(*statements):
    return lambda place: [place.installation.sql(statement) for statement in statements]
