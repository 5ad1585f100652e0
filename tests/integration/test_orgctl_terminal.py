"""orgctl in the hands of people: help, slips of the fingers, colours, and how far long work has come."""

import os
import pty
import re
import subprocess
import threading

import pytest

from expect import unique
from many_rows import ENDED, credentials, fill
from processes import PATIENCE, privileges

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WIPED = re.compile(r"\r\x1b\[K([^\r\x1b\n]*)")


def at_terminal(database, *arguments, **environment):
    """Runs orgctl with standard output and error at a terminal; returns what both wrote there."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen([database.orgctl_program, *arguments, "--config", database.config_path],
                               stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal,
                               env={**database.environment, **environment}, **privileges())
    os.close(terminal)
    chunks = []

    def read():
        try:
            while chunk := os.read(controller, 4096):
                chunks.append(chunk)
        except OSError:  # the end, as a terminal says it
            pass

    reader = threading.Thread(target=read)
    reader.start()
    status = process.wait(60 * PATIENCE)
    reader.join()
    os.close(controller)
    assert status == 0, chunks
    return b"".join(chunks).decode()


# Colours


@pytest.mark.parametrize("variables, is_coloured", [
    ({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": ""}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ({"TERM": "dumb"}, False), ({"TERM": ""}, False), ({}, False)], ids=str)
def test_colours_are_for_terminals_that_want_them(database, variables, is_coloured):
    seen = at_terminal(database, "signing-key", "list", **variables)
    assert bool(COLOUR.search(seen)) is is_coloured
    plain = database.orgctl("signing-key", "list")
    assert COLOUR.sub("", seen).replace("\r\n", "\n").strip() == plain


def test_json_has_no_colours(database):
    assert "\x1b" not in at_terminal(database, "signing-key", "list", "--json", TERM="xterm")


# How far long work has come


@pytest.fixture
def much(instance, database):
    """Makes rows that a purge removes in several pieces."""
    account = f"UNHEX('{instance.user().id.replace('-', '')}')"
    return lambda: fill(database.sql, "credentials", unique("p"), credentials(account, "session", **ENDED), 10_000)


def test_a_purge_says_how_far_it_has_come(database, much):
    much()
    # It wipes the line between its two works, of which the second one is done once a day.
    shown = [line for line in WIPED.findall(at_terminal(database, "purge", TERM="xterm")) if line]
    assert {re.fullmatch(r"\d+ rows removed", line) is not None for line in shown} == {True} and len(shown) > 2


@pytest.mark.parametrize("arguments, variables", [(["--quiet"], {"TERM": "xterm"}), ([], {"TERM": "dumb"})], ids=str)
def test_who_wants_no_progress_sees_none(database, much, arguments, variables):
    much()
    assert "\x1b" not in at_terminal(database, "purge", *arguments, **variables)


def test_a_log_gets_no_progress(database, much):
    much()
    assert database.run_orgctl("purge").stderr == ""


# Help


def run(database, *arguments):
    return subprocess.run([database.orgctl_program, *arguments], env=database.environment, capture_output=True, text=True,
                          check=False, timeout=60 * PATIENCE)


@pytest.mark.parametrize("words", [["user", "create"], ["check"], ["signing-key", "rotate"]], ids=" ".join)
def test_help_has_three_ways_to_ask_for_it(database, words):
    ways = [run(database, *words, "--help"), run(database, *words, "-h"), run(database, "help", *words)]
    assert {way.returncode for way in ways} == {0} and len({way.stdout for way in ways}) == 1
    assert ways[0].stdout.startswith("orgctl " + " ".join(words))


def test_help_of_a_noun(database):
    asked = [run(database, *words) for words in (["help", "user"], ["user", "-h"], ["user", "--help"])]
    assert {way.returncode for way in asked} == {0} and len({way.stdout for way in asked}) == 1
    assert "  user rename " in asked[0].stdout and "  key " not in asked[0].stdout


@pytest.mark.parametrize("words, meant", [
    (["usr", "list"], "'user'?"), (["user", "lst"], "'user list'?"), (["orgnaization", "list"], "'organization'?"),
    (["user", "dleete", "a"], "'user delete'?"), (["user", "create", "a", "--fullname", "b"], "'--full-name'?"),
    (["user", "create", "a", "--emial=b"], "'--email'?"), (["--jsn", "user", "list"], "'--json'?"),
], ids=" ".join)
def test_a_slip_of_the_fingers_is_understood_and_nothing_is_done(database, words, meant):
    result = run(database, *words)
    assert result.returncode == 2 and result.stdout == "" and "did you mean " + meant in result.stderr


@pytest.mark.parametrize("words", [["nonsense"], ["user", "nonsense"], ["user", "list", "--nonsense"], ["x" * 1000],
                                   ["user", "list", "--" + "x" * 1000]], ids=lambda words: " ".join(words)[:30])
def test_what_is_like_nothing_is_guessed_at_by_nobody(database, words):
    result = run(database, *words)
    assert result.returncode == 2 and "did you mean" not in result.stderr and result.stderr.startswith("orgctl: ")
