"""orgctl on OAuth2: clients, and passwords of people."""

import json
import os
import pty
import subprocess
import time
import uuid

import pytest

from expect import unique
from oauth import Browser
from orgctl_fixtures import orgctl, person
from processes import privileges


def refused(database, *arguments, input=None):
    result = database.run_orgctl(*arguments, input=input)
    assert result.returncode == 2 and result.stdout == "", result.stdout
    return result.stderr


# Clients


def test_a_public_client_has_an_id_and_no_secret(orgctl):
    assert uuid.UUID(orgctl("client", "create", unique("client"), "--redirect-uri", "https://a.example.org/", "--quiet"))
    made = json.loads(orgctl("client", "create", unique("client"), "--json"))
    assert set(made) == {"client_id"}


def test_a_confidential_client_has_a_secret_which_is_shown_once(orgctl):
    name = unique("client")
    client_id, secret = orgctl("client", "create", name, "--confidential", "--quiet").split("\n")
    assert secret.startswith("ORGSEC_") and len(secret) == 71
    text = orgctl("client", "create", unique("client"), "--confidential")
    assert "ORGSEC_" in text and "shown once" in text
    listed = [client for client in json.loads(orgctl("client", "list", "--json")) if client["client_id"] == client_id]
    assert [(client["name"], client["is_confidential"]) for client in listed] == [(name, True)]
    assert "ORGSEC_" not in orgctl("client", "list")


def test_a_deleted_client_is_gone(database, orgctl):
    client_id = orgctl("client", "create", unique("client"), "--quiet")
    orgctl("client", "delete", client_id)
    assert database.run_orgctl("client", "delete", client_id).returncode == 1
    assert client_id not in orgctl("client", "list", "--json")


def test_client_names_are_unique_without_regard_to_case(database, orgctl):
    name = unique("Klient Ö")
    orgctl("client", "create", name)
    result = database.run_orgctl("client", "create", name.upper())
    assert result.returncode == 1 and "exists already" in result.stderr


@pytest.mark.parametrize("uri", [
    "https://app.example.org/callback", "https://app.example.org/callback?tenant=1", "http://127.0.0.1/", "http://[::1]/cb",
    "http://127.0.0.1:8000/cb", "http://localhost/", "http://localhost:8080/cb?x=1", "org.example.app:/callback",
    "com.example:/cb", "org.example.java-script.app:/x?y=%20", "https://a.example.org/ https://b.example.org/",
])
def test_redirect_uris_that_are_taken(orgctl, uri):
    assert uuid.UUID(orgctl("client", "create", unique("client"), "--redirect-uri", uri, "--quiet"))


@pytest.mark.parametrize("uri, word", [
    ("http://app.example.org/", "127.0.0.1"), ("http://localhost.example.org/", "127"),
    ("http://localhost@example.org/", "127"), ("http://127.0.0.1.example.org/", "127"),
    ("http://127.0.0.1@example.org/", "127"), ("https://app.example.org/#fragment", "fragment"), ("https:", "neither"),
    ("https:///callback", "URL"), ("app:/callback", "private scheme"), ("javascript:alert(1)", "private scheme"),
    ("https://user@app.example.org/", "user name"), ("https://ä.example.org/", "percent-encoded"), ("/callback", "scheme"),
    ("//evil.example/x:y", "private scheme"), ("evil.example/x:y", "private scheme"), (".x:y", "private scheme"),
    ("java.script:alert(1)", "private scheme"), ("JAVA.Script:x", "private scheme"), ("java-script.:x", "private scheme"),
    ("d.ata:text/html,x", "private scheme"), ("vb.script:x", "private scheme"), ("view.source:x", "private scheme"),
    ("h.ttps://evil.example/", "private scheme"), ("org.:x", "private scheme"), ("1.org:x", "private scheme"),
    ("org.example.app:/<script>", "percent-encoded"), ("org.example.app:/%zz", "percent-encoded"),
    ("https://a.example.org/\"x", "percent-encoded"), ("https://a.example.org/a\\b", "percent-encoded"),
    ("https://a.example.org/ http://b.example.org/", "127.0.0.1"), ("https://a.example.org/" + "x" * 2100, "too long"),
])
def test_redirect_uris_that_are_refused(database, uri, word):
    assert word in refused(database, "client", "create", unique("client"), "--redirect-uri", uri)


def test_localhost_is_for_public_clients_alone(database):
    assert "localhost" in refused(database, "client", "create", unique("client"), "--confidential", "--redirect-uri",
                                  "http://localhost/")


def test_what_a_client_may_do_is_listed(orgctl):
    name = unique("client")
    web = ["client", "create", name, "--redirect-uri", "https://a.example.org/", "--quiet"]
    made = {orgctl(*web): (False, False, False)}
    for flags, expected in ((["--device", "--trusted"], (True, True, False)), (["--trusted"], (False, True, False))):
        made[orgctl(*web[:2], unique("client"), *web[3:], *flags)] = expected
    made[orgctl("client", "create", unique("client"), "--quiet")] = (True, False, False)
    client_id, secret = orgctl("client", "create", unique("client"), "--resource-server", "--quiet").split("\n")
    assert secret.startswith("ORGSEC_")
    made[client_id] = (False, False, True)
    listed = {client["client_id"]: client for client in json.loads(orgctl("client", "list", "--json"))}
    for client_id, expected in made.items():
        client = listed[client_id]
        assert (client["has_device_grant"], client["is_trusted"], client["is_resource_server"]) == expected
    assert listed[client_id]["is_confidential"]


@pytest.mark.parametrize("more", [[], ["--device"], ["--redirect-uri", ""]], ids=" ".join)
def test_trust_needs_a_redirect_uri(database, more):
    """The device grant asks for consent in any case."""
    assert "without --redirect-uri" in refused(database, "client", "create", unique("client"), "--trusted", *more)


@pytest.mark.parametrize("more", [["--redirect-uri", "https://a.example.org/"], ["--device"], ["--trusted"]])
def test_a_resource_server_gets_no_grants(database, more):
    assert "gets none" in refused(database, "client", "create", unique("client"), "--resource-server", *more)


def test_a_token_is_shown_with_the_ids_that_clients_need(orgctl):
    owner = unique("owner")
    owner_id = orgctl("user", "create", owner, "--quiet")
    made = json.loads(orgctl("token", "create", "--user", owner, "--json"))
    listed, = json.loads(orgctl("token", "list", "--user", owner, "--json"))
    assert (made["id"], made["user_id"]) == (listed["id"], owner_id) and made["token"].startswith("ORGPAT_")


@pytest.mark.parametrize("name", ["", " a", "a\tb", "x" * 65, "\ufb2c" * 30, "..", "\u200b", "a\u202eb", "a\u0378"])
def test_client_names_that_are_refused(database, name):
    assert "a name " in refused(database, "client", "create", name)


# Passwords

BCRYPT = "$2b$05$abcdefghijklmnopqrstuuMyTD1q2nhWZXCXqpOpWjTJBvJXDZ6sS"


def hash_of(database, name):
    rows = database.sql("SELECT p.hash FROM orgd.orgd_passwords p JOIN orgd.orgd_accounts a ON a.id = p.account_id"
                        " WHERE a.name = %s", (name,))
    return rows[0][0].decode() if rows else None


def test_a_password_is_stored_as_yescrypt(database, orgctl, person):
    orgctl("user", "set", person, "--password", input="a long enough one\n")
    first = hash_of(database, person)
    assert first.startswith("$y$") and "long" not in first
    orgctl("user", "set", person, "--password", input="a long enough one")
    assert hash_of(database, person) != first


@pytest.mark.shows("V2.1.1-2.1.2")
@pytest.mark.parametrize("password, word", [("short", "12 characters"), ("x" * 257, "256 bytes"), ("", "12 characters")])
def test_passwords_that_are_refused(database, person, password, word):
    assert word in refused(database, "user", "set", person, "--password", input=password + "\n")
    assert hash_of(database, person) is None


@pytest.mark.shows("V2.1.7")
@pytest.mark.parametrize("password", ["1qaz2wsx3edc", "Needforspeed", "passwordpassword", "123456789012", "qwertyuiopas",
                                      "acmeacmeacme"])
def test_passwords_that_others_would_try_first(database, person, password):
    assert "Choose another password: this one is common" in refused(database, "user", "set", person, "--password",
                                                                    input=password + "\n")
    assert hash_of(database, person) is None


@pytest.mark.shows("V2.1.7")
def test_a_password_of_nothing_but_names(database, orgctl, person):
    orgctl("user", "set", person, "--email", "genius@desert.example")
    for password in (f"{person} 2024", "genius genius 42", "DESERT.EXAMPLE"):
        assert "little more than your user name" in refused(database, "user", "set", person, "--password",
                                                            input=password + "\n")
    assert hash_of(database, person) is None


@pytest.mark.parametrize("password", ["eight or more\0and more", "\0eight or more", "eight or more\0", "a\0b",
                                      "eight or\rmore"])
def test_a_password_is_never_cut_off(database, person, password):
    """At what ends a text in C or a line elsewhere. A CR before the LF is a part of the line's end."""
    for line_end in ("", "\n", "\r\n"):
        assert "NUL byte" in refused(database, "user", "set", person, "--password", input=password + line_end)
    assert hash_of(database, person) is None


def test_a_line_end_of_another_system_is_no_part_of_a_password(instance, orgctl, person):
    orgctl("user", "set", person, "--password", input="eight or more\r\n")
    browser = Browser(instance.url)
    browser.get("/auth/sign-in")
    browser.sign_in(person, "eight or more")
    assert "You are signed in" in browser.page.text


@pytest.mark.shows("V2.5.2, V2.10.2")
def test_no_password_at_all_is_refused(database, person):
    assert "standard input" in refused(database, "user", "set", person, "--password", input="")


def test_a_hash_is_taken_over_as_it_is(database, orgctl, person):
    orgctl("user", "set", person, "--password-hash", input=BCRYPT + "\n")
    assert hash_of(database, person) == BCRYPT


@pytest.mark.parametrize("text", ["", "plain", "$1$salt$qJH7.N4xYta3aEG/dfqo/0", "$2b$", "aaQSqAReePlq6", "$6$", "*",
                                  BCRYPT + "\0", BCRYPT + "\0more", BCRYPT + "\rmore"])
def test_what_is_no_hash_of_a_known_kind_is_refused(database, person, text):
    assert "crypt(5)" in refused(database, "user", "set", person, "--password-hash", input=text + "\n")
    assert hash_of(database, person) is None


def type_at_terminal(database, arguments, *lines):
    """Runs orgctl with a terminal as its standard input, types a line at each prompt; returns status and what was shown."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen([database.orgctl_program, *arguments, "--config", database.config_path], stdin=terminal,
                               stdout=terminal, stderr=terminal, env=database.environment, **privileges())
    os.close(terminal)
    shown = b""
    for line in lines:
        while not shown.rstrip().endswith(b":"):
            shown += os.read(controller, 1000)
        time.sleep(0.1)
        os.write(controller, line.encode() + b"\n")
        shown += b"|"
    try:
        while chunk := os.read(controller, 1000):
            shown += chunk
    except OSError:
        pass
    os.close(controller)
    return process.wait(timeout=30), shown.decode()


def test_at_a_terminal_it_is_asked_for_twice_and_not_shown(database, person):
    status, shown = type_at_terminal(database, ["user", "set", person, "--password"], "typed unseen", "typed unseen")
    assert status == 0 and "New password:" in shown and "Again:" in shown and "typed" not in shown
    assert hash_of(database, person).startswith("$y$")


def test_at_a_terminal_two_different_ones_change_nothing(database, person):
    status, shown = type_at_terminal(database, ["user", "set", person, "--password"], "typed unseen", "typed wrongly")
    assert status == 2 and "passwords differ" in shown and "typed" not in shown
    assert hash_of(database, person) is None
