"""orgctl user import and export: users as CSV."""

import csv
import io
import json

import pytest

from expect import unique, unique_address
from installation import SecondDatabase
from oauth import sign_in
from orgctl_fixtures import listed, orgctl, person
from processes import write_file

PROFILE = ["avatar_url", "company", "job_title", "metadata", "language", "time_zone"]
COLUMNS = ",".join(["username", "email", "email_verified", "name", *PROFILE, "is_active", "is_superuser", "organization_limit",
                    "password_hash"])


@pytest.fixture
def take(database):
    """Imports a text, from standard input."""
    return lambda text, *options: database.run_orgctl("user", "import", "-", *options, input=text)


def names(*prefixes):
    return [unique(prefix) for prefix in prefixes]


def faults(result):
    assert result.returncode == 1, result.stderr
    return {row["line"]: row["fault"] for row in json.loads(result.stdout)}


def test_every_column_is_taken(take, listed):
    one, two = names("one", "two")
    address = unique_address()
    profile = ('https://example.org/a.png,"Analytical Engines, Ltd",Programmer,"{""shoe size"": 38, ""tags"": [""ä""]}",de-AT,'
               'Europe/Vienna')
    result = take(f'{COLUMNS}\r\n{one},{address},no,"Müller, ""Ada""",{profile},no,yes,7,\r\n{two},,,,,,,,,,,,,\r\n')
    assert result.returncode == 0 and result.stdout == "2 users created; 0 existed already\n", result.stderr
    first, second = (listed("user", "show", name) for name in (one, two))
    assert {key: first[key] for key in ("email", "email_verified", "name", "is_active", "is_superuser",
                                        "organization_limit")} == {
        "email": address, "email_verified": False, "name": 'Müller, "Ada"', "is_active": False, "is_superuser": True,
        "organization_limit": 7}
    assert [first[key] for key in PROFILE] == ["https://example.org/a.png", "Analytical Engines, Ltd", "Programmer",
                                               {"shoe size": 38, "tags": ["ä"]}, "de-AT", "Europe/Vienna"]
    assert [second[key] for key in PROFILE] == [None, None, None, {}, None, None]
    assert (second["email"], second["name"], second["is_active"], second["is_superuser"],
            second["organization_limit"]) == (None, None, True, False, None)


@pytest.mark.parametrize("text", ["\ufeffusername\n{}\n", "username\n{}", "name,username\r\n,{}\r\n", "username\n\n\n{}\n\n",
                                  '"username"\n"{}"\n', "username,email\n{},\n"], ids=ascii)
def test_files_of_other_programs_are_read(take, listed, text):
    name = unique("user")
    result = take(text.format(name))
    assert result.returncode == 0, result.stderr + result.stdout
    assert listed("user", "show", name)["username"] == name


def test_a_hash_that_was_imported_opens(instance, take, orgctl):
    name = unique("user")
    donor = unique("donor")
    orgctl("user", "create", donor)
    orgctl("user", "set", donor, "--password", input="a password of theirs")
    made = instance.installation.sql("SELECT hash FROM orgd.orgd_passwords p JOIN orgd.orgd_accounts a ON a.id = p.account_id"
                                     " WHERE a.name = %s", (donor,))[0][0].decode()
    assert take(f"username,password_hash\n{name},{made}\n").returncode == 0
    user = type("User", (), {"name": name})()
    sign_in(instance, user, password="a password of theirs")


def test_a_dry_run_says_what_would_be_created_and_writes_nothing(take, listed):
    before = listed("user", "list")
    result = take("username\n" + "\n".join(names("a", "b", "c")), "--dry-run")
    assert result.returncode == 0 and result.stdout == "3 users would be created; 0 existed already\n"
    assert listed("user", "list") == before


FAULTS = [
    ("username,email\n{0},nonsense\n", 2, "email address"), ("username\n" + "x" * 65 + "\n", 2, "64"),
    ("username,is_active\n{0},maybe\n", 2, "is_active: must be yes or no"),
    ("username,organization_limit\n{0},-1\n", 2, "organization_limit: must be"),
    ("username,organization_limit\n{0},many\n", 2, "organization_limit: must be"),
    ("username,avatar_url\n{0},ftp://example.org/\n", 2, "avatar_url: "), ("username,company\n{0}," + "x" * 201 + "\n", 2, "company: "),
    ("username,job_title\n{0},a\x01b\n", 2, "job_title: no control characters"), ("username,metadata\n{0},[]\n", 2, "metadata: "),
    ("username,metadata\n{0},nonsense\n", 2, "metadata: must be JSON, in UTF-8"),
    ("username,language\n{0},x\n", 2, "language: this is not a language"),
    ("username,time_zone\n{0},here and there\n", 2, "time_zone: this is not a time zone"),
    ("username,time_zone,language\n{0},?,?\n", 2, "; "),
    ("username,password_hash\n{0},plain\n", 2, "hash"), ("username,email\n{0}\n", 2, "1 fields instead of 2"),
    ("username,email\n{0},a@b,c\n", 2, "3 fields instead of 2"), ('username\n"{0}\n', 2, "a quote is opened"),
    ('username\n{0}"x\n', 2, "quote within a field"), ('username\n"{0}"x\n', 2, "between the end of a field and the comma"),
    ("username,name\n,A\n", 2, "1 to 64"), ("username,name\n\n\n{0},\"a\nb\"\n", 4, "control characters"),
]


@pytest.mark.parametrize("text, line, words", FAULTS, ids=[words for _, _, words in FAULTS])
def test_a_fault_is_named_with_its_line_and_nothing_is_written(take, listed, text, line, words):
    """Also not the lines that are good."""
    good, before = unique("good"), listed("user", "list")
    fields = text.split("\n")[0].count(",")
    result = take(text.format(unique("user")) + good + "," * fields + "\n", "--json")
    assert words in faults(result)[line] and "nothing was written" in result.stderr
    assert listed("user", "list") == before


def test_all_faults_are_named_at_once(take, person):
    twin, address = unique("twin"), unique_address()
    found = faults(take(f"username,email\n{person.upper()},\n{twin},{address}\n{twin},\n.,\nok,x\n{unique('u')},"
                        f"{address.upper()}\n{unique('u')},\n", "--json"))
    assert set(found) == {2, 4, 5, 6, 7}
    assert "already" in found[2] and "line 3 has the same" in found[4] and "line 3 has the same" in found[7]


def test_a_verified_address_of_somebody_else_is_a_fault(orgctl, take, person):
    address = unique_address()
    orgctl("user", "set", person, "--email", address)
    found = faults(take(f"username,email\n{unique('u')},{address.upper()}\n", "--json"))
    assert f"a verified one of '{person}'" in found[2]
    assert take(f"username,email,email_verified\n{unique('u')},{address},no\n").returncode == 0


@pytest.mark.parametrize("text, words", [
    ("", "the file is empty"), ("name\nx\n", "no column 'username'"), ("username;email\n", "no column 'username;email'"),
    ("username,username\n", "is there twice"), ('"username\n', "line 1: a quote is opened"), ("user\n", "no column 'user'"),
])
def test_a_file_without_a_good_heading_is_refused(take, text, words):
    result = take(text)
    assert result.returncode == 2 and words in result.stderr and result.stdout == ""


def test_existing_users_can_be_skipped(orgctl, take, listed, person):
    """So that an import that was cut off can be repeated."""
    before, name = listed("user", "show", person), unique("new")
    text = f"username,name\n{person},Somebody Else\n{name},New\n"
    assert take(text).returncode == 1
    result = take(text, "--skip-existing", "--json")
    assert result.returncode == 0 and json.loads(result.stdout) == {"users_created": 1}
    assert listed("user", "show", person) == before and listed("user", "show", name)["name"] == "New"
    assert take(text, "--skip-existing").stdout == "0 users created; 2 existed already\n"


def test_a_file_is_read(database, take, listed, directory):
    name = unique("user")
    path = write_file(directory / "users.csv", f"username\n{name}\n")
    database.orgctl("user", "import", path)
    assert listed("user", "show", name)["username"] == name
    result = database.run_orgctl("user", "import", directory / "nothing.csv")
    assert result.returncode == 2 and "No such file" in result.stderr


# Export


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def source(database):
    """A database without what other tests have written past orgctl."""
    with SecondDatabase(database) as source:
        source.orgctl("migrate")
        yield source


def test_what_is_exported_is_imported_elsewhere(database, source):
    """With everything that has a column; another program reads it, too."""
    for arguments in (["--full-name", 'Müller, "Ada"', "--email", unique_address()], ["--superuser"],
                      ["--organization-limit", "3"], ["--email", unique_address(), "--email-unverified"], ["--full-name", " =1+1"],
                      ["--avatar-url", "https://example.org/?a=1,2", "--company", 'A "B"', "--job-title", "C,D", "--metadata",
                       '{"b": "\\u0000\\n,", "a": [null]}', "--language", "pt-BR", "--time-zone", "America/Sao_Paulo"]):
        source.orgctl("user", "create", unique("ünï,cödé"), *arguments)
    inactive = unique("gone")
    source.orgctl("user", "create", inactive)
    source.orgctl("user", "set", inactive, "--password", input="a password of theirs")
    source.orgctl("user", "deactivate", inactive)
    exported = source.run_orgctl("user", "export", "--with-password-hashes").stdout
    users = json.loads(source.orgctl("user", "list", "--json"))
    assert [row["username"] for row in rows_of(exported)] == [user["username"] for user in users]
    assert [row["password_hash"][:3] for row in rows_of(exported) if row["username"] == inactive] == ["$y$"]
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        second.orgctl("user", "import", "-", "--quiet", input=exported)
        again = json.loads(second.orgctl("user", "list", "--json"))
        kept = ("username", "email", "email_verified", "name", "is_active", "is_superuser", "organization_limit", *PROFILE)
        assert [[user[key] for key in kept] for user in again] == [[user[key] for key in kept] for user in users]
        assert second.run_orgctl("user", "export", "--with-password-hashes").stdout == exported


def test_hashes_are_exported_only_if_asked_for(database, orgctl, person):
    orgctl("user", "set", person, "--password", input="a password of theirs")
    exported = database.run_orgctl("user", "export").stdout
    assert "$y$" not in exported and exported.splitlines()[0] == COLUMNS.removesuffix(",password_hash")
