"""Email addresses: a verified one belongs to one account, without regard to case; an unverified one blocks nobody."""

import concurrent.futures

import pymysql
import pytest

from expect import unique, unique_address
from orgctl_fixtures import listed, orgctl, robot


@pytest.fixture
def make(orgctl):
    def make_user(*options):
        name = unique("user")
        orgctl("user", "create", name, *options)
        return name
    return make_user


@pytest.fixture
def address_of(listed):
    def read(name):
        user = listed("user", "show", name)
        return user["email"], user["email_verified"]
    return read


@pytest.fixture
def owned(make):
    """A verified address, and whose it is."""
    address = unique_address()
    return address, make("--email", address)


@pytest.mark.parametrize("change", [str, str.upper, str.title], ids=lambda change: change.__name__)
def test_a_verified_address_belongs_to_one_user(database, listed, make, address_of, owned, change):
    address, owner = owned
    name, other = unique("user"), make()
    for arguments in (["create", name], ["set", other, "--full-name", "Changed"]):
        result = database.run_orgctl("user", *arguments, "--email", change(address))
        assert result.returncode == 1 and result.stdout == "", result
        for part in (change(address), f"'{owner}'", "change it there first", "--email-unverified"):
            assert part in result.stderr
    assert address_of(owner) == (address, True)
    assert name not in [user["username"] for user in listed("user", "list")]
    assert address_of(other) == (None, False) and listed("user", "show", other)["name"] is None


def test_an_unverified_address_blocks_nothing_and_nobody(orgctl, make, address_of, owned):
    address, owner = owned
    doubtful = [make("--email", address, "--email-unverified"), make("--email", address.upper(), "--email-unverified")]
    assert [address_of(name) for name in doubtful] == [(address, False), (address.upper(), False)]
    orgctl("user", "set", owner, "--email", "")
    orgctl("user", "set", doubtful[1], "--email", address)
    assert [address_of(name) for name in (owner, *doubtful)] == [(None, False), (address, False), (address, True)]
    orgctl("user", "set", doubtful[1], "--email", address, "--email-unverified")
    orgctl("user", "set", owner, "--email", address.upper())
    assert address_of(owner) == (address.upper(), True) and address_of(doubtful[1]) == (address, False)


def test_a_change_of_something_else_leaves_the_address_as_it_is(orgctl, make, address_of, owned):
    address, owner = owned
    doubtful = make("--email", address, "--email-unverified")
    for name in (owner, doubtful):
        before = address_of(name)
        orgctl("user", "set", name, "--full-name", "Somebody")
        assert address_of(name) == before


def test_the_own_address_may_be_given_again(orgctl, address_of, owned):
    address, owner = owned
    for given in (address, address.upper()):
        orgctl("user", "set", owner, "--email", given)
        assert address_of(owner) == (given, True)


def test_a_deactivated_user_keeps_the_address(database, orgctl, owned):
    address, owner = owned
    orgctl("user", "deactivate", owner)
    assert database.run_orgctl("user", "create", unique("user"), "--email", address).returncode == 1


def test_a_service_account_that_ends_frees_its_address(database, orgctl, make, robot):
    """No command gives a service account an address; the database does not forbid it."""
    address = unique_address()
    database.sql("UPDATE orgd.orgd_accounts SET email = %s, email_key = %s WHERE name = %s", [address, address, robot])
    assert database.run_orgctl("user", "create", unique("user"), "--email", address).returncode == 1
    orgctl("service-account", "delete", robot, "--yes")
    make("--email", address)


@pytest.mark.parametrize("options", [["--email-unverified"], ["--email", "", "--email-unverified"]], ids=len)
def test_only_an_address_can_be_unverified(database, address_of, owned, options):
    address, owner = owned
    for arguments in (["create", unique("user")], ["set", owner]):
        result = database.run_orgctl("user", *arguments, *options)
        assert result.returncode == 2 and "--email" in result.stderr
    assert address_of(owner) == (address, True)


def test_of_many_at_once_one_gets_the_address(database, listed):
    address = unique_address()
    names = [unique("user") for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        results = list(pool.map(lambda name: database.run_orgctl("user", "create", name, "--email", address), names))
    assert sorted(result.returncode for result in results) == [0] + [1] * (len(names) - 1)
    assert [user["email"] for user in listed("user", "list") if user["username"] in names] == [address]


def test_the_database_itself_holds_it(database, make, owned):
    address, _ = owned
    other = make()
    for statement, cause in (("email = %s, email_key = %s", "orgd_accounts_email_key"),
                             ("email = NULL, email_key = CONCAT('x', %s, %s)", "orgd_accounts_verified_has_address")):
        with pytest.raises(pymysql.MySQLError, match=cause):
            database.sql(f"UPDATE orgd.orgd_accounts SET {statement} WHERE name = %s", [address, address, other])


def test_the_view_says_what_is_verified(database, make, owned, views):
    address, owner = owned
    make("--email", address, "--email-unverified")
    rows = database.sql("SELECT name = %s, email_verified FROM orgd.orgd_readable_accounts WHERE email = %s",
                        [owner, address])
    assert sorted(rows) == [(0, 0), (1, 1)]
