"""The samples for fail2ban and Icinga: what they look for is what orgd logs and orgctl prints."""

import configparser
import http.client
import re
import shlex
import subprocess

import pytest

from oauth import PASSWORD, Browser, From, RegisteredClient, forget_attempts, person_of
from processes import wait_until, write_file
from servers import CONF, commented

FILTER = CONF / "fail2ban-filter.conf"
WRONG_KEY = "ORGKEY_" + "A" * 64
FORGED = '/organizations/x","address":"192.0.2.1","account_id":null,"credential_id":null,"action":"user.sign_in_refused"}'


def found_by(filter_file, log):
    """The addresses that fail2ban finds, in the order of the lines."""
    return subprocess.run(["fail2ban-regex", "-o", "ip", log, filter_file], check=True, capture_output=True, text=True,
                          timeout=60).stdout.split()


def asking_from(instance, address):
    browser = Browser(instance.url)
    browser.session.mount("http://", From(address))
    return browser


def asks(browser, path, secret=None):
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return browser.session.get(browser.url + path, headers=headers, timeout=30)


def asks_with_quotes(instance, address):
    """A client that quotes nothing, and so writes into the log what looks like a line of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", instance.server.port, source_address=(address, 0), timeout=30)
    connection.request("GET", FORGED)
    assert connection.getresponse().status == 401
    connection.close()


def signs_in(browser, **fields):
    browser.get("/auth/sign-in")
    return browser.submit(**fields)


def test_fail2ban_finds_who_guesses_and_nobody_else(instance, directory):
    """Each asks from an address of his own."""
    forget_attempts(instance)
    person, client = person_of(instance), RegisteredClient(instance, confidential=True)
    form = {"grant_type": "client_credentials", "client_id": client.id, "client_secret": "wrong"}
    guesses = {
        "127.0.0.11": lambda browser: signs_in(browser, username=person.name, password="wrong"),
        "127.0.0.12": lambda browser: signs_in(browser, username="nobody", password=PASSWORD),
        "127.0.0.13": lambda browser: asks(browser, "/users/me", WRONG_KEY),
        "127.0.0.14": lambda browser: asks(browser, "/organizations", "no token"),
        "127.0.0.15": lambda browser: browser.session.post(browser.url + "/auth/token", data=form, timeout=30),
        "127.0.0.16": lambda browser: browser.session.post(browser.url + "/auth/login", data={"password": WRONG_KEY}, timeout=30),
    }
    others = {
        "127.0.0.21": (303, lambda browser: signs_in(browser, username=person.name, password=PASSWORD)),
        "127.0.0.22": (403, lambda browser: signs_in(browser, username=person.name, password=PASSWORD, form_token="stale")),
        "127.0.0.23": (200, lambda browser: asks(browser, "/users/me", person.token)),
        "127.0.0.24": (401, lambda browser: asks(browser, "/users/me")),
        "127.0.0.25": (404, lambda browser: asks(browser, "/nothing", person.token)),
    }
    before = len(instance.log_text())
    for address, guess in guesses.items():
        assert guess(asking_from(instance, address)).status_code in (401, 403), address
    for address, (status, ask) in others.items():
        assert ask(asking_from(instance, address)).status_code == status, address
    asks_with_quotes(instance, "127.0.0.26")
    wait_until(lambda: all(f'"{address}"' in instance.log_text()[before:] for address in [*guesses, *others, "127.0.0.26"]),
               "all lines")
    assert '\\",\\"address\\":\\"192.0.2.1' in instance.log_text()[before:]
    log = write_file(directory / "orgd.log", instance.log_text()[before:])
    assert sorted(found_by(FILTER, log)) == sorted(guesses)
    forget_attempts(instance)


def test_fail2bans_samples_are_taken_by_it(directory):
    """The filter by its name, from the place where the comment puts it; the jail as fail2ban reads it."""
    (directory / "filter.d").mkdir()
    named = write_file(directory / "filter.d/orgd.conf", FILTER.read_text(encoding="utf-8"))
    jail = configparser.ConfigParser(interpolation=None)
    jail.read(CONF / "fail2ban-jail.conf")
    assert jail.sections() == [named.stem] == [jail["orgd"]["filter"]] and jail["orgd"].getboolean("enabled")
    line = ('{"time":"2026-11-30T02:15:15.893651Z","level":"info","event":"request","status":401,"address":"2001:db8::7",'
            '"account_id":null,"credential_id":null,"action":"api_key.use_refused"}\n')
    assert found_by(named, write_file(directory / "one.log", line)) == ["2001:db8::7"]


def icinga_commands():
    """What Icinga 2 and Nagios run, as whom, by the sample."""
    text = (CONF / "icinga.conf").read_text(encoding="utf-8")
    words = re.findall(r'"([^"]*)"', re.search(r"(?m)^  command = \[(.*)\]$", text)[1])
    url = re.search(r'vars.orgd_url = "(.*)"', text)[1]
    nagios = re.search(r"command_line +(.*)", commented("icinga.conf", "define"))[1]
    return [*words, "--url", url], shlex.split(nagios)


@pytest.fixture
def durable(database):
    """The tests' server is not, which orgctl warns of."""
    database.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    yield
    database.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0")


def test_icinga_is_told_in_one_line(instance, durable):
    command, nagios = icinga_commands()
    assert command == nagios and command[:5] == ["/usr/bin/sudo", "-n", "-u", "orgd", "/usr/local/bin/orgctl"]
    allowed = commented("icinga.conf", "nagios").strip().rpartition("NOPASSWD: ")[2]
    assert " ".join(command[4:]) == allowed.replace("\\:", ":")  # sudoers wants the colon escaped
    arguments = [instance.url if word == "http://localhost/api" else word for word in command[5:]]
    for url, status in ((instance.url, 0), ("http://127.0.0.1:9", 2)):
        words = [url if word == instance.url else word for word in arguments]
        result = instance.installation.run_orgctl(*words, config_path=instance.server.config_path)
        line, = result.stdout.splitlines()
        assert result.returncode == status and line.startswith({0: "ORGD OK - ", 2: "ORGD CRITICAL - "}[status]), line
