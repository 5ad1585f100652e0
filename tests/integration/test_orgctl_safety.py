"""orgctl loses no secret, writes nothing before it has read everything, and shows a terminal nothing that it acts on."""

import datetime
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import termios
import threading
import time
from pathlib import Path

import pytest

from expect import unique, unique_address
from installation import SecondDatabase
from oauth import RegisteredClient, person_of, sign_in, tokens_for
from orgctl_fixtures import listed, orgctl, person, robot, synopses
from processes import PATIENCE, give_to_servers, privileges, wait_until

FULL = "No space left on device"


def start(database, *arguments, config_path=None, **options):
    return subprocess.Popen([database.orgctl_program, *arguments, "--config", config_path or database.config_path],
                            env=database.environment, text=True, stderr=subprocess.PIPE, **options, **privileges())


def run_without_reader(database, *arguments):
    """Runs orgctl with a pipe as its standard output that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(database, *arguments, stdout=writer, stdin=subprocess.DEVNULL)
    os.close(writer)
    _, errors = process.communicate(timeout=60 * PATIENCE)
    return process.returncode, errors


def run_on_full_disk(database, *arguments):
    with open("/dev/full", "wb") as full:
        process = start(database, *arguments, stdout=full, stdin=subprocess.DEVNULL)
        _, errors = process.communicate(timeout=60 * PATIENCE)
    return process.returncode, errors


RUNS = pytest.mark.parametrize("run, cause", [(run_on_full_disk, FULL), (run_without_reader, "Broken pipe")],
                               ids=["full", "closed"])


# Output that does not arrive


@RUNS
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["user", "--help"], ["user", "list"],
                                       ["user", "list", "--json"], ["organization", "list"], ["client", "list"],
                                       ["signing-key", "list"], ["migrate", "--status"], ["migrate"], ["check"],
                                       ["check", "--nagios"], ["user", "export"], ["service-account", "list"], ["purge"],
                                       ["help", "user", "create"], ["organization", "list", "--json"]],
                         ids=" ".join)
def test_a_command_whose_output_is_lost_fails(database, run, cause, arguments):
    status, errors = run(database, *arguments)
    assert status == 1 and errors == f"orgctl: cannot write to standard output: {cause}\n"


@RUNS
def test_a_command_about_something_whose_output_is_lost_fails(database, instance, orgctl, person, robot, run, cause):
    """Every other one; what changes something has done so."""
    org = instance.organization(instance.user())
    of = ["--organization", org["id"]]
    client = json.loads(orgctl("client", "create", unique("client"), "--json"))["client_id"]
    for arguments in (["user", "show", person], ["service-account", "show", robot], ["organization", "show", org["id"]],
                      ["member", "list", *of], ["key", "list", "--service-account", robot], ["token", "list", "--user", person],
                      ["user", "create", unique("lost")], ["user", "set", person, "--full-name", "A"],
                      ["user", "rename", person, "--to", person.upper()], ["member", "add", *of, "--user", person, "--role", "viewer"],
                      ["role", "list", *of], ["role", "show", "admin", *of], ["team", "list", *of], ["permission", "list"],
                      ["role", "create", "lost", *of, "--permissions", ""], ["role", "assign", "lost", *of, "--user", person],
                      ["role", "unassign", "lost", *of, "--user", person], ["role", "update", "lost", *of, "--description", "a"],
                      ["role", "delete", "lost", *of], ["team", "create", "lost", *of], ["team", "show", "lost", *of],
                      ["team", "add", "lost", *of, "--user", person], ["team", "remove", "lost", *of, "--user", person],
                      ["team", "update", "lost", *of, "--description", "a"], ["team", "delete", "lost", *of],
                      ["member", "set", *of, "--user", person, "--role", "admin"], ["member", "remove", *of, "--user", person],
                      ["subscription", "set", *of, "--status", "active"], ["organization", "set", org["id"], "--description", "a"],
                      ["service-account", "set", robot, "--role", "admin"], ["user", "deactivate", person],
                      ["user", "activate", person], ["client", "delete", client], ["service-account", "delete", robot],
                      ["organization", "delete", org["id"]], ["user", "delete", person]):
        status, errors = run(database, *arguments)
        assert (status, errors) == (1, f"orgctl: cannot write to standard output: {cause}\n"), arguments
    assert database.run_orgctl("user", "show", person).returncode == 1, "it is deleted"


@RUNS
@pytest.mark.parametrize("form", [[], ["--quiet"], ["--json"]], ids=["people", "quiet", "json"])
@pytest.mark.shows("V2.9.1, V2.10.4")
def test_a_credential_whose_secret_is_lost_is_withdrawn(database, listed, person, robot, run, cause, form):
    for noun, of in (("key", ["--service-account", robot]), ("token", ["--user", person])):
        status, errors = run(database, noun, "create", *of, "--name", "lost", *form)
        assert status == 1 and errors == f"orgctl: cannot write to standard output: {cause}; nothing was created\n"
        assert listed(noun, "list", *of) == []


@RUNS
def test_a_client_whose_secret_is_lost_is_withdrawn(database, listed, run, cause):
    name = unique("client")
    status, errors = run(database, "client", "create", name, "--confidential", "--redirect-uri", "https://a.example/")
    assert status == 1 and cause in errors and "nothing was created" in errors
    assert name not in [client["name"] for client in listed("client", "list")]


@RUNS
def test_a_key_whose_new_secret_is_lost_keeps_the_old_one(database, instance, orgctl, listed, robot, run, cause):
    secret = orgctl("key", "create", "--service-account", robot, "--quiet")
    key, = listed("key", "list", "--service-account", robot)
    for retention in ([], ["--retain", "10"]):
        status, errors = run(database, "key", "rotate", key["id"], *retention)
        assert status == 1 and cause in errors and "old secret" in errors
        assert listed("key", "list", "--service-account", robot) == [key]
    assert instance.client(secret).get("/users/me").status_code == 200


# Nothing is written before everything is read


@pytest.mark.parametrize("password", ["", "short\n"])
def test_a_change_that_is_refused_changes_nothing(database, listed, person, password):
    before = listed("user", "show", person)
    result = database.run_orgctl("user", "set", person, "--superuser", "yes", "--email", "new@example.org", "--password",
                                 input=password)
    assert result.returncode == 2
    assert listed("user", "show", person) == before


@pytest.mark.parametrize("address", ["nonsense", "a@", "@example.org", "a b@example.org", "a@b@example.org", "a@-x.org",
                                     "a@x-.org", "a@x..org", "a@" + "x" * 64, "a@example.org,b@example.org", "ä@example.org",
                                     "a@example.org>", "a@example.org."])
def test_what_is_no_address_is_refused(database, listed, person, address):
    before = listed("user", "show", person)
    for arguments in (["set", person], ["create", unique("person")]):
        result = database.run_orgctl("user", *arguments, "--email", address)
        assert result.returncode == 2 and "not an email address" in result.stderr
    assert listed("user", "show", person) == before


@pytest.mark.parametrize("address", ["a@{}.example.org", "first.last+tag@{}.example.org", "o'hara@{}", "a@x" + "-" * 61 + "x.{}"])
def test_addresses_are_taken_as_html_does(database, listed, person, address):
    address = address.format(unique("x").replace(" ", "-"))
    assert database.run_orgctl("user", "set", person, "--email", address).returncode == 0
    assert listed("user", "show", person)["email"] == address


def test_only_one_way_to_give_a_password(database, person):
    result = database.run_orgctl("user", "set", person, "--password", "--password-hash", input="x\n")
    assert result.returncode == 2 and "give one of them" in result.stderr


# At a terminal


class Terminal:
    """orgctl at a terminal of its own, for which SIGHUP does this."""

    def __init__(self, database, *arguments, at_hangup=signal.SIG_DFL, config_path=None):
        self.controller, terminal = pty.openpty()
        self.process = start(database, *arguments, stdin=terminal, stdout=terminal, start_new_session=True,
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, at_hangup), config_path=config_path)
        os.close(terminal)

    def echoes(self):
        return bool(termios.tcgetattr(self.controller)[3] & termios.ECHO)

    def read_until(self, prompt):
        seen = ""
        while not seen.endswith(prompt):
            character = self.process.stderr.read(1)
            assert character, f"the end, and no prompt: {seen}"
            seen += character

    def end(self):
        _, errors = self.process.communicate(timeout=60 * PATIENCE)
        os.close(self.controller)
        return self.process.returncode, errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_terminal_shows_again_what_is_typed_after_an_interruption(database, person, number):
    terminal = Terminal(database, "user", "set", person, "--password")
    wait_until(lambda: not terminal.echoes(), "the prompt")
    terminal.process.send_signal(number)
    wait_until(terminal.echoes, "the echo")
    assert terminal.end()[0] == -number


def test_an_interruption_that_is_ignored_interrupts_nothing(database, person):
    """As nohup(1) has it."""
    terminal = Terminal(database, "user", "set", person, "--password", at_hangup=signal.SIG_IGN)
    for prompt in ("New password: ", "Again: "):
        terminal.read_until(prompt)
        terminal.process.send_signal(signal.SIGHUP)
        os.write(terminal.controller, b"a password of some length\n")
    assert terminal.end()[0] == 0


def test_what_is_not_given_is_not_written(database, listed, person):
    """Somebody who waits at the prompt writes nothing of what he has read before."""
    address = unique_address()
    terminal = Terminal(database, "user", "set", person, "--full-name", "New Name", "--password")
    wait_until(lambda: not terminal.echoes(), "the prompt")
    assert database.run_orgctl("user", "set", person, "--superuser", "yes", "--email", address).returncode == 0
    for prompt in ("New password: ", "\nAgain: "):
        assert terminal.process.stderr.read(len(prompt)) == prompt
        os.write(terminal.controller, b"a long enough one\n")
    assert terminal.end()[0] == 0
    user = listed("user", "show", person)
    assert (user["name"], user["is_superuser"], user["email"]) == ("New Name", True, address)


def deletions(instance, orgctl, listed, person, robot):
    client = json.loads(orgctl("client", "create", unique("client"), "--json"))["client_id"]
    orgctl("key", "create", "--service-account", robot)
    orgctl("token", "create", "--user", person)
    key, = listed("key", "list", "--service-account", robot)
    token, = listed("token", "list", "--user", person)
    organization = instance.organization(instance.user())["name"]
    of = ("--organization", instance.organization(instance.user())["id"])
    role = listed("role", "create", unique("role"), *of, "--permissions", "team:read")["name"]
    team = listed("team", "create", unique("team"), *of)["name"]
    orgctl("role", "assign", role, *of, "--user", person)
    return [["client", "delete", client], ["key", "delete", key["id"]], ["token", "delete", token["id"]],
            ["service-account", "delete", robot], ["organization", "delete", organization], ["role", "delete", role, *of, "--force"],
            ["team", "delete", team, *of], ["user", "delete", person]]


NAME_PROMPT = "\nThis cannot be undone. Type the name to go on: "


def answered(database, answer, *arguments):
    """Runs a command at a terminal, where this answer is typed."""
    terminal = Terminal(database, *arguments)
    question = threading.Thread(target=os.write, args=(terminal.controller, answer.encode() + b"\n"))
    question.start()
    result = terminal.end()
    question.join()
    return result


def test_a_deletion_asks_at_a_terminal(database, instance, orgctl, listed, person, robot):
    """What is gone with all that belongs to it must be typed by its name."""
    for deletion in deletions(instance, orgctl, listed, person, robot):
        is_named = deletion[0] not in ("key", "token")
        name = deletion[2]
        if deletion[0] == "client":
            name, = [client["name"] for client in listed("client", "list") if client["client_id"] == deletion[2]]
        prompt = NAME_PROMPT if is_named else " [y/N] "
        for answer in ("n", "", "yess", *(["y", "yes", name + "x", name[:-1], name.upper()] if is_named else [])):
            status, errors = answered(database, answer, *deletion)
            assert status == 1 and deletion[2] in errors and errors.endswith(prompt + "orgctl: nothing was changed\n")
        assert answered(database, name if is_named else "y", *deletion)[0] == 0
        assert database.run_orgctl(*deletion).returncode == 1, "it is gone"


def test_a_deletion_does_not_ask_with_yes_and_without_a_terminal(database, instance, orgctl, listed, person, robot):
    of_others = deletions(instance, orgctl, listed, person, robot)
    with_yes, without = of_others[3], of_others[4]
    terminal = Terminal(database, *with_yes, "--yes")
    assert terminal.end() == (0, "")
    assert database.run_orgctl(*without).returncode == 0


@pytest.fixture
def own_keys(database):
    """A configuration with signing keys of its own, so that the installation's stay as they are."""
    config = database.directory / f"{unique('keys')}.conf"
    database.write_config(config, signing_keys=config.with_suffix(".json"))
    assert database.run_orgctl("signing-key", "generate", config_path=config).returncode == 0
    return config


def test_ending_what_lets_a_user_in_asks_at_a_terminal(database, instance, listed):
    user = person_of(instance)
    tokens_for(sign_in(instance, user), user, RegisteredClient(instance))
    for noun in ("grant", "session"):
        one, = listed(noun, "list", "--user", user.name)
        for answer in ("n", ""):
            status, errors = answered(database, answer, noun, "end", one["id"])
            assert status == 1 and errors.endswith(f" {user.name}? [y/N] orgctl: nothing was changed\n")
        assert answered(database, "y", noun, "end", one["id"])[0] == 0
        assert listed(noun, "list", "--user", user.name) == []


@pytest.fixture(params=["user deactivate", "key rotate", "token rotate", "signing-key rotate"])
def final_change(request, database, listed, person, robot, own_keys):
    """A change that cannot be undone, what nearly the same change needs no question, and how to see what is changed."""
    if request.param == "user deactivate":
        return ["user", "deactivate", person], ["user", "activate", person], lambda: listed("user", "show", person)
    if request.param == "signing-key rotate":
        return (["signing-key", "rotate", "--compromised"], ["signing-key", "rotate"],
                own_keys.with_suffix(".json").read_bytes)
    noun = request.param.split()[0]
    of = ("--service-account", robot) if noun == "key" else ("--user", person)
    database.orgctl(noun, "create", *of)
    key, = listed(noun, "list", *of)
    return [noun, "rotate", key["id"]], [noun, "rotate", key["id"], "--retain", "10"], lambda: listed(noun, "list", *of)


def test_what_cannot_be_undone_asks_at_a_terminal(database, own_keys, final_change):
    change, harmless, state = final_change
    before = state()
    for answer in (b"n\n", b"\n"):
        terminal = Terminal(database, *change, config_path=own_keys)
        os.write(terminal.controller, answer)
        status, errors = terminal.end()
        assert status == 1 and errors.endswith("[y/N] orgctl: nothing was changed\n") and state() == before
    for arguments in (harmless, [*change, "--yes"]):
        assert Terminal(database, *arguments, config_path=own_keys).end() == (0, "")
    assert state() != before
    before = state()
    terminal = Terminal(database, *change, config_path=own_keys)
    os.write(terminal.controller, b"yes\n")
    assert terminal.end()[0] == 0 and (state() != before or change[0] == "user")
    assert database.run_orgctl(*change, config_path=own_keys).returncode == 0, "without a terminal it does not ask"


def after_a_second():
    """The time, as a command takes it, behind all that has happened."""
    time.sleep(1.1)
    return datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")


def test_nobody_prunes_what_has_yet_to_happen(database):
    """A slip of a year would empty the record."""
    refused = database.run_orgctl("event", "prune", "--before", "2999-01-01", "--yes")
    assert refused.returncode == 2 and "--before 2999-01-01 is in the future" in refused.stderr


def test_pruning_events_asks_at_a_terminal(database):
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        second.orgctl("user", "create", unique("person"))
        before = after_a_second()
        prune = ("event", "prune", "--before", before)
        counts = []
        for answer in (b"n\n", b"\n", b"yes\n"):
            terminal = Terminal(database, *prune, config_path=second.config_path)
            os.write(terminal.controller, answer)
            status, errors = terminal.end()
            assert f"Remove the events before {before[:-1]}.000000Z for good? [y/N] " in errors
            assert (status == 0) == (answer == b"yes\n")
            counts += second.sql("SELECT COUNT(*) FROM orgd_events WHERE action = 'user.created'")
        assert counts == [(1,), (1,), (0,)]
        second.orgctl("user", "create", unique("person"))
        prune = ("event", "prune", "--before", after_a_second())
        assert Terminal(database, *prune, "--yes", config_path=second.config_path).end() == (0, "")
        assert second.sql("SELECT COUNT(*) FROM orgd_events WHERE action = 'user.created'") == [(0,)]


def test_accepting_what_does_not_fit_asks_at_a_terminal(database):
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        second.orgctl("user", "create", unique("person"))
        second.orgctl("event", "heads")
        accept, signed = ("event", "heads", "--accept"), []
        for answer in (b"n\n", b"\n", b"yes\n"):
            second.sql("UPDATE orgd_event_heads SET signature = 'x'")
            terminal = Terminal(database, *accept, config_path=second.config_path)
            os.write(terminal.controller, answer)
            status, errors = terminal.end()
            assert "[y/N] " in errors and (status == 0) == (answer == b"yes\n")
            signed += second.sql("SELECT COUNT(*) FROM orgd_event_heads WHERE signature != 'x'")
        assert signed == [(0,), (0,), (1,)]
        assert Terminal(database, "event", "heads", config_path=second.config_path).end() == (0, "")
        second.sql("UPDATE orgd_event_heads SET signature = 'x'")
        status, errors = Terminal(database, *accept, "--yes", config_path=second.config_path).end()
        assert status == 0 and "[y/N]" not in errors


def test_every_command_that_asks_is_tested(database):
    asking = [command for command, synopsis in synopses(database).items() if "[--yes]" in synopsis]
    deleting = {f"{noun} delete" for noun in ("client", "key", "token", "service-account", "organization", "user", "role",
                                                   "team")}
    assert set(asking) == deleting | {"session end", "grant end", "user deactivate", "key rotate", "token rotate", "signing-key rotate", "event prune",
                                      "event heads"}


def test_whoever_deactivates_an_owner_is_warned(database, instance, person):
    owner = instance.user()
    instance.organization(owner)
    result = database.run_orgctl("user", "deactivate", owner.name)
    assert result.returncode == 0 and "owns 1 organization;" in result.stderr
    assert database.run_orgctl("user", "deactivate", owner.name, "--quiet").stderr == ""
    assert database.run_orgctl("user", "deactivate", person).stderr == ""


# What is printed


def test_numbers_are_numbers_in_json(orgctl, listed):
    name = unique("person")
    orgctl("user", "create", name, "--organization-limit", "7")
    assert listed("user", "show", name)["organization_limit"] == 7
    orgctl("user", "set", name, "--organization-limit", "default")
    assert listed("user", "show", name)["organization_limit"] is None


def test_lists_are_lists_in_json(orgctl, listed):
    cases = {unique("client"): uris for uris in ([], ["https://a.example/%22"],
                                                 ["https://a.example/cb", "http://127.0.0.1/cb?x=1", "org.example.app:/cb"])}
    for name, uris in cases.items():
        orgctl("client", "create", name, *(["--redirect-uri", " ".join(uris)] if uris else []))
    assert {client["name"]: client["redirect_uris"] for client in listed("client", "list")
            if client["name"] in cases} == cases
    table = orgctl("client", "list")
    assert all(" ".join(uris) in table for uris in cases.values())


def test_columns_stand_below_each_other_whatever_the_script(orgctl):
    for full_name in ("ASCII", "漢字かな", "한국어", "e\u0301tude", "ｆｕｌｌ"):
        orgctl("user", "create", unique("wide"), "--full-name", full_name)
    heading, *rows = orgctl("user", "list").splitlines()

    def width(text):
        wide = len(re.findall("[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uff01-\uff60]", text))
        return len(text) + wide - len(re.findall("[\u0300-\u036f]", text))
    column = heading.index("is_active")
    for row in rows:
        start_of_column = [width(row[:at]) for at in range(len(row)) if re.match(r"(yes|no) ", row[at:])]
        assert column in start_of_column, row


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200f", "\u061c", "\u2028"], ids=ascii)
def test_nothing_that_turns_a_line_around_reaches_a_terminal(database, orgctl, listed, character):
    name = unique("person")
    full_name = f"a{character}b"
    orgctl("user", "create", name, "--full-name", full_name)
    assert character not in orgctl("user", "show", name) and "a\ufffdb" in orgctl("user", "show", name)
    assert character not in orgctl("user", "show", name, "--json")
    assert listed("user", "show", name)["name"] == full_name
    assert character not in database.run_orgctl("user", "show", f"x{character}").stderr


def test_help_has_a_short_name(database):
    for arguments in (["-h"], ["user", "-h"], ["user", "create", "-h"]):
        result = database.run_orgctl(*arguments)
        assert result.returncode == 0 and "orgctl" in result.stdout, result.stderr


# Who may reach the files


@pytest.fixture
def open_place(database):
    """A directory that others may enter, with copies of the files with secrets, and a configuration that names them."""
    place = Path(tempfile.mkdtemp(prefix="orgd-open-"))
    place.chmod(0o755)
    for name, source in (("my.cnf", database.option_file), ("keys.json", database.signing_keys)):
        shutil.copy(source, place / name)
        (place / name).chmod(0o600)
        give_to_servers(place / name)
    give_to_servers(place)
    config = place / "orgd.conf"
    database.write_config(config, database_option_file=place / "my.cnf", signing_keys=place / "keys.json")
    yield place, config
    shutil.rmtree(place)


@pytest.mark.parametrize("name, what", [("my.cnf", "option file"), ("keys.json", "signing keys")])
@pytest.mark.parametrize("mode, advice", [(0o644, "g-w,o="), (0o604, "g-w,o="), (0o666, "g-w,o="), (0o602, "g-w,o="),
                                          (0o620, "g-w"), (0o640, None), (0o600, None), (0o400, None)])
def test_check_finds_secrets_that_others_reach(database, open_place, name, what, mode, advice):
    place, config = open_place
    (place / name).chmod(mode)
    result = database.run_orgctl("check", config_path=config)
    line, = re.findall(f"^access to the {what} +(.*?) *$", result.stdout, re.MULTILINE)
    if advice is None:
        assert (result.returncode, line) == (0, "ok")
        return
    assert result.returncode == 1 and line.startswith("FAILED") and f": chmod {advice} {place / name}" in line
    subprocess.run(["chmod", advice, place / name], check=True)
    assert database.run_orgctl("check", config_path=config).returncode == 0


def test_check_finds_a_directory_in_which_others_replace_files(database, open_place):
    place, config = open_place
    place.chmod(0o777)
    result = database.run_orgctl("check", config_path=config)
    assert result.returncode == 1 and f"everybody may replace {place}/keys.json: chmod go-w {place}" in result.stdout
    place.chmod(0o755)
    assert database.run_orgctl("check", config_path=config).returncode == 0


def test_check_trusts_a_directory_that_keeps_others_out(database, open_place):
    place, config = open_place
    (place / "keys.json").chmod(0o666)
    place.chmod(0o700)
    assert database.run_orgctl("check", config_path=config).returncode == 0
