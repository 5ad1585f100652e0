"""docs/people.md: its blocks of commands are run as they stand there, one after the other in one shell."""

import os
import re
import subprocess

import pytest

from expect import ok, unique, unique_address
from processes import write_file
from servers import SOURCE

BLOCKS = [re.sub("(?m)^    ", "", block) for block in
          re.findall(r"(?m)(?:^    .*\n|^\n(?=    ))+", (SOURCE / "docs/people.md").read_text("utf-8"))]
SEPARATOR = "---- the next block"


@pytest.fixture(scope="module")
def names():
    """What stands in the document, and what is used in its place, since tests share a database."""
    bob = unique_address()
    return {"bob@example.org": bob, "search=bob": f"search={bob.partition('@')[0]}", "Clinic": unique("Clinic")}


@pytest.fixture(scope="module")
def printed(instance, names, tmp_path_factory):
    """What each block printed."""
    directory = tmp_path_factory.mktemp("people")
    alice = instance.user(limit=10)
    bob = instance.user(name=names["bob@example.org"].partition("@")[0])
    instance.installation.orgctl("user", "set", bob.name, "--email", names["bob@example.org"])
    write_file(directory / "alice.token", alice.token)
    write_file(directory / "bob.token", bob.token)
    script = f"\necho '\n{SEPARATOR}'\n".join(BLOCKS)
    for written, used in names.items():
        assert written in script
        script = re.sub(rf"{re.escape(written)}(?=\W)", used, script)
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=directory, capture_output=True, text=True, timeout=120,
                            env={"PATH": os.environ["PATH"], "url": instance.url})
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    return alice, bob, [text.strip() for text in result.stdout.split(SEPARATOR)]


def block(printed, start):
    """What the only block printed that begins so."""
    number, = [number for number, text in enumerate(BLOCKS) if text.strip().startswith(start)]
    return printed[2][number].splitlines()


def test_a_refusal_ends_a_script_and_is_no_answer(instance, tmp_path):
    person = instance.user(limit=1)
    write_file(tmp_path / "alice.token", person.token)
    script = "\n".join([*BLOCKS[:2], 'api "$url/organizations/nothing" | jq .id', "echo went on"])
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                            env={"PATH": os.environ["PATH"], "url": instance.url})
    assert result.returncode != 0 and result.stdout == "" and "KeyError" in result.stderr


def test_every_block_runs(printed):
    assert len(printed[2]) == len(BLOCKS)


def test_the_reader_sees_who_is_there(printed):
    alice, bob, _ = printed
    assert block(printed, 'api "$url/users/me"') == [alice.name]
    assert sorted(block(printed, 'api "$url/organizations/$org/members" |')) == sorted(
        [f"{alice.name}: Organization Admin", f"{bob.name}: Organization Member"])
    assert "Organization Admin" in block(printed, 'api "$url/organizations/$org/roles"')


def test_a_team_gives_what_its_role_holds(printed):
    assert "invitation:create" in block(printed, "team=")[-1]


def test_the_key_worked(printed, names):
    assert f'"{names["Clinic"]}"' in block(printed, "viewer=")


def test_many_are_invited_at_once(printed):
    assert block(printed, 'api "$url/organizations/$org/invitations/bulk"') == ["carol@example.org 200", "dan@example.org 200"]
    assert sorted(block(printed, "carol=")) == ["Organization Member", "Organization Viewer"]


def test_the_organization_goes_to_bob_and_back(printed):
    alice, bob, _ = printed
    assert block(printed, 'api --request PATCH "$url/organizations/$org"') == [f'"{bob.id}"']
    assert block(printed, "alice=") == [f'"{alice.id}"']


def test_bob_has_gone(printed):
    alice, bob, _ = printed
    assert ok(bob.client.get("/organizations")) == []
    assert "member.removed" in block(printed, 'api "$url/organizations/$org/events"')
    assert ok(alice.client.get("/organizations"))
