"""Fixtures of the tests of orgctl, for the modules that import them."""

import json
import re

import pytest

from expect import unique


def synopses(database):
    """How each command is used, by its name."""
    overview = database.run_orgctl("--help").stdout
    names = re.findall(r"^  ([a-z-]+(?: [a-z]+)?) +[A-Z]", overview, re.MULTILINE)
    return {name: database.run_orgctl("help", *name.split()).stdout.splitlines()[0] for name in names}


@pytest.fixture(scope="session")
def orgctl(database):
    """Runs a command that must succeed; returns what it wrote to stdout."""
    return database.orgctl


@pytest.fixture(scope="session")
def listed(orgctl):
    """Runs a command with --json; returns what that says."""
    return lambda *arguments: json.loads(orgctl(*arguments, "--json"))


@pytest.fixture
def person(orgctl):
    """The name of a new user."""
    name = unique("person")
    orgctl("user", "create", name)
    return name


@pytest.fixture
def robot(instance, orgctl):
    """The name of a new service account."""
    name = unique("robot")
    organization = instance.organization(instance.user(limit=10))
    orgctl("service-account", "create", name, "--organization", organization["id"], "--role", "viewer")
    return name
