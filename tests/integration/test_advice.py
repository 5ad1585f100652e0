"""What the programs say is to be done, done to the letter: then the fault is gone."""

import os
import re
import secrets
import shutil
import subprocess

import pytest

import fastcgi
from installation import SecondDatabase, rows_of
from processes import PATIENCE, give_to_servers, privileges, wait_until, write_file
from servers import Pool

IS_ROOT = os.geteuid() == 0


class Trial:
    """A second installation in a database of its own, which a test spoils, and mends as it is told."""

    def __init__(self, second, directory):
        self.second = second
        self.directory = directory
        self.config = directory / "orgd.conf"
        self.options = write_file(directory / "my.cnf", second.option_file.read_text("utf-8"))
        self.keys = write_file(directory / "keys.json", second.installation.signing_keys.read_text("utf-8"))
        self.environment = dict(second.environment)
        self.configure()

    def configure(self, **settings):
        self.write_config(self.config, **settings)

    def write_config(self, path, **settings):
        return self.second.installation.write_config(path, **{"database_option_file": self.options,
                                                              "signing_keys": self.keys, **settings})

    def pool(self, name):
        """A kind of server for the fixture `start`."""
        directory = self.directory / name
        directory.mkdir()
        give_to_servers(directory)
        return lambda _installation, _directory: Pool(self, directory)

    @property
    def orgd(self):
        return self.second.orgd

    def run(self, program, *arguments):
        return subprocess.run([program, *map(str, arguments), "--config", self.config], env=self.environment, text=True,
                              capture_output=True, timeout=60 * PATIENCE, check=False, **privileges())

    def orgctl(self, *arguments):
        return self.run(self.second.installation.orgctl_program, *arguments)

    def check(self):
        return self.run(self.orgd, "--check")


@pytest.fixture
def trial(database, directory):
    with SecondDatabase(database) as second:
        yield Trial(second, directory)


def advice(result, pattern, status=None):
    """The groups of the sentence in what a program that has failed says."""
    assert result.returncode != 0 if status is None else result.returncode == status, result.stdout
    found = re.search(pattern, result.stderr)
    assert found, result.stderr
    return found.groups()


def fine(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def run_command(line):
    subprocess.run(line, shell=True, check=True)


def test_a_group_without_a_database(trial):
    trial.options.write_text(re.sub(r"(?m)^database\s*=.*\n", "", trial.options.read_text("utf-8")), "utf-8")
    group, path, line = advice(trial.orgctl("migrate"), r"the group \[(\w+)\] of (\S+) names no database: add the line '([^']+)'")
    assert path == str(trial.options)
    text = trial.options.read_text("utf-8")
    trial.options.write_text(text.replace(f"[{group}]\n", f"[{group}]\n{line}\n".replace("NAME", trial.second.name), 1), "utf-8")
    fine(trial.orgctl("migrate"))


def test_keys_that_nobody_has_made(trial):
    trial.keys.unlink()
    command, = advice(trial.check(), "Make them with 'orgctl ([^']+)'", 2)
    fine(trial.orgctl(*command.split()))
    fine(trial.check())


def test_keys_under_another_name(trial):
    elsewhere = trial.keys.rename(trial.directory / "elsewhere.json")
    setting, = advice(trial.check(), r"name the file that has them \(setting (\w+)\)", 2)
    trial.configure(**{setting: elsewhere})
    fine(trial.check())


@pytest.mark.parametrize("text", ["", "{", '{"keys": 1', "{}", '{"keys": []}', '{"keys": [{"alg": "none"}]}'])
def test_keys_that_are_broken(trial, text):
    """Making them would be refused as long as the file is there."""
    trial.keys.write_text(text, "utf-8")
    command, = advice(trial.check(), "move the file away and make new keys with 'orgctl ([^']+)'", 2)
    trial.keys.rename(trial.directory / "away.json")
    fine(trial.orgctl(*command.split()))
    fine(trial.check())


def owners():
    """Root can also give a file to somebody else."""
    return [None, 0] if IS_ROOT else [None]


@pytest.mark.parametrize("owner", owners(), ids=lambda owner: "mine" if owner is None else "root's")
@pytest.mark.parametrize("name", ["keys", "options"])
def test_a_file_that_may_not_be_read(trial, name, owner):
    fine(trial.orgctl("migrate"))
    path = getattr(trial, name)
    path.chmod(0o600 if owner is not None else 0)
    if owner is not None:
        os.chown(path, owner, owner)
    ask = trial.check if name == "keys" else lambda: trial.orgctl("user", "list")
    command, = advice(ask(), rf"may not read it: (ch\w+ \S+ {path}(?: && chmod g\+r {path})?)")
    run_command(command)
    fine(ask())


def test_an_option_file_that_is_not_there(trial):
    fine(trial.orgctl("migrate"))
    elsewhere = trial.options.rename(trial.directory / "elsewhere.cnf")
    setting, = advice(trial.orgctl("user", "list"), r"\(setting (\w+)\): there is no such file", 1)
    trial.configure(database_option_file=elsewhere)
    assert setting == "database_option_file"
    fine(trial.orgctl("user", "list"))


def test_migrations_that_are_elsewhere(trial):
    trial.configure(sql_directory=trial.directory / "sql")
    setting, = advice(trial.orgctl("migrate"), r"\(setting (\w+)\)", 1)
    trial.configure(**{setting: trial.second.installation.sql_directory})
    fine(trial.orgctl("migrate"))


def test_a_database_account_that_may_not_migrate(trial):
    """It is named, and what it lacks; a half-done migration is no obstacle."""
    server, name = trial.second.installation, trial.second.name
    user, password = f"u{secrets.token_hex(4)}", secrets.token_hex(8)
    server.sql(f"CREATE USER {user}@localhost IDENTIFIED BY '{password}'")
    try:
        server.sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {user}@localhost")
        text = trial.options.read_text("utf-8").partition("[orgctl]")[0]
        text = re.sub(r"(?m)^user\s*=.*$", f"user = {user}", re.sub(r"(?m)^password\s*=.*$", f"password = {password}", text))
        trial.options.write_text(text, "utf-8")
        granted = []
        for _ in range(10):
            result = trial.orgctl("migrate")
            if result.returncode == 0:
                break
            right, = advice(result, r"([A-Z][A-Z ]+) command denied to user", 1)
            server.sql(f"GRANT {right} ON {name}.* TO {user}@localhost")
            granted.append(right)
        fine(result)
        assert granted == ["CREATE", "ALTER"]
        fine(trial.orgctl("user", "list"))
    finally:
        server.sql(f"DROP USER {user}@localhost")


def test_a_schema_that_is_not_there(trial, start):
    pool = start(trial.pool("pool"))
    assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 503
    command, = re.search(r"this program needs \d+: run 'orgctl (\w+)'", pool.logs()).groups()
    fine(trial.orgctl(command))
    wait_until(lambda: fastcgi.request(pool.socket, "GET", "/health/ready").status == 200, "the service to be ready")


def test_a_program_without_a_log_refers_to_none(trial):
    fine(trial.orgctl("migrate"))
    rows_of(trial.second.connect(), "ALTER TABLE orgd_accounts DROP CONSTRAINT orgd_accounts_verified_has_address,"
                                    " DROP COLUMN full_name")
    result = trial.orgctl("user", "list")
    assert result.returncode == 1 and "log" not in result.stderr and "cause: Unknown column" in result.stderr


def test_the_cause_of_a_write_is_what_the_write_met(trial):
    """And not what the question met that finds out what became of it."""
    fine(trial.orgctl("migrate"))
    rows_of(trial.second.connect(), "CREATE TRIGGER full BEFORE INSERT ON orgd_events FOR EACH ROW"
                                    " SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'")
    result = trial.orgctl("user", "create", "alice")
    assert result.returncode == 1 and "cause: The table is full (1114)" in result.stderr


def test_a_variable_that_means_nothing(trial, start):
    """It is named by both programs, and by neither once it is right."""
    fine(trial.orgctl("migrate"))
    for name, is_known in (("ORGD_LOGLEVEL", False), ("ORGD_LOG_LEVEL", True)):
        trial.environment[name] = "debug"
        pool = start(trial.pool(name))
        is_named = f"the environment variable {name} means nothing" in pool.logs()
        del trial.environment[name]
        assert is_named != is_known, pool.logs()
    trial.environment["ORGD_LOGLEVEL"] = "debug"
    assert "warning: the environment variable ORGD_LOGLEVEL means nothing" in fine(trial.check()).stderr
    assert "warning: the environment variable ORGD_LOGLEVEL means nothing" in fine(trial.orgctl("user", "list")).stderr
    del trial.environment["ORGD_LOGLEVEL"]
    assert fine(trial.orgctl("user", "list")).stderr == ""
    checked = fine(trial.check())
    assert (checked.stdout, checked.stderr) == (f"orgd: the configuration is {trial.config}\n", "")


def start_alone(trial, environment, *arguments, prefix=()):
    """orgd without a socket, and without a configuration above it: what it says before it ends."""
    installation = trial.second.installation
    program = trial.directory / "elsewhere" / "sbin" / "orgd"
    program.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(installation.orgd_binary, program)
    for path in (program, program.parent, program.parent.parent):
        path.chmod(0o755)
    return subprocess.run([*prefix, *installation.checker, program, *arguments], env=environment, text=True,
                          capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=60 * PATIENCE,
                          **({} if prefix else privileges()))


def test_a_configuration_that_nobody_named(trial):
    """As where suexec strips ORGD_CONFIG."""
    result = start_alone(trial, trial.environment)
    option, = advice(result, "start orgd with (--config) FILE", 2)
    named = start_alone(trial, trial.environment, option, trial.config)
    assert f"the configuration is {trial.config}" in named.stderr and "start orgd with --config" not in named.stderr
    named = start_alone(trial, {**trial.environment, "ORGD_CONFIG": str(trial.config)})
    assert f"the configuration is {trial.config}" in named.stderr and "start orgd with --config" not in named.stderr


IN_A_NAMESPACE = ["unshare", "--mount", *([] if IS_ROOT else ["--map-root-user"]), "sh", "-c",
                  'mount -t tmpfs none /usr/local/etc && mkdir /usr/local/etc/orgd && cp "$1" /usr/local/etc/orgd/orgd.conf'
                  ' && chmod "$2" /usr/local/etc/orgd/orgd.conf && { test -z "$3" || chown "$3" /usr/local/etc/orgd/orgd.conf; }'
                  ' && shift 3 && exec "$@"', "sh"]


def test_a_compiled_in_configuration_of_somebody_else(trial):
    """Somebody's who is neither root nor who runs orgd. In a namespace where the test can make one."""
    trial.config.chmod(0o644)
    for owner, is_named in (("12345", True), ("", False)) if IS_ROOT else (("", False),):
        result = start_alone(trial, trial.environment, prefix=[*IN_A_NAMESPACE, trial.config, "644", owner])
        assert "the configuration is /usr/local/etc/orgd/orgd.conf" in result.stderr, result.stderr
        assert ("belongs to user 12345" in result.stderr) == is_named
        assert "if it is not yours, start orgd with --config FILE" in result.stderr


def test_a_compiled_in_configuration_that_may_not_be_read(trial):
    as_somebody = ["setpriv", "--reuid=65534", "--clear-groups"] if IS_ROOT else []
    mode = "600" if IS_ROOT else "0"
    result = start_alone(trial, trial.environment, prefix=[*IN_A_NAMESPACE, trial.config, mode, "", *as_somebody])
    assert result.returncode == 2, result.stderr
    if IS_ROOT:
        assert ("cannot read the configuration /usr/local/etc/orgd/orgd.conf: Permission denied. Unless it has a "
                "gateway_secret or a metrics_token, it holds no secret: 'chmod a+r'") in result.stderr
    assert "start orgd with --config FILE" in result.stderr
