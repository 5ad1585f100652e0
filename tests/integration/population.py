"""A database full of rows, as after years of use: for tests of plans, and for the benchmark of growth.

Everybody owns one organization and belongs to two more on the average; every tenth organization has a service account.
Rows are a function of their number. They are made here and loaded by LOAD DATA, because SQL cannot make the
keys of names."""

import re
import unicodedata
from datetime import datetime, timedelta

from processes import write_file

CHUNK = 20000
FIRST = datetime(2024, 1, 1)
LAST = datetime(2026, 11, 1)
EPOCH = datetime(1970, 1, 1)
US = timedelta(microseconds=1)

PLACES = ("Nordic", "Grünwald", "Łódź", "Île-de-France", "Québec", "Åkersberga", "São Paulo", "北京", "東京", "Αθήνα",
          "Київ", "Istanbul", "Hanoi", "Zürich", "Gießen", "Reykjavík", "Montréal", "Dublin", "Praha", "Győr")
TRADES = ("Logistics", "Werkstätten", "Analytics", "Foods", "Verlag", "Énergie", "Robotics", "設計", "Clinic", "Studios",
          "Maritime", "Software", "Optik", "Textiles", "Brewery", "Observatory", "Радио", "Sports", "Seeds", "Archiv")
FORMS = ("GmbH", "Ltd", "AB", "SARL", "Oy", "S.A.", "Inc", "Cooperative", "Group", "e.V.")
PEOPLE = ("anna", "björn", "chloé", "dmitri", "eun-ji", "fatima", "gökhan", "haruki", "ingrid", "jürgen", "kofi",
          "lucía", "mário", "nguyễn", "olga", "piotr", "quinn", "rosa", "søren", "tariq")
ROLES = ("manager", "viewer", "billing_admin", "member")

# Unicode's Default_Ignorable_Code_Point.
DEFAULT_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")

# What a file brings, in its order; ids and digests (@) in hexadecimal.
COLUMNS = {
    "accounts": "@id, kind, name, @name_key, email, @organization_id, organizations_owned, created, updated",
    "organizations": "@id, name, name_key, description, logo_url, links, @owner_id, subscription_status, trial_end,"
                     " created, updated",
    "memberships": "@organization_id, @account_id, own_roles, organization_created",
    "credentials": "@id, @account_id, kind, name, @secret_digest, created, client, @session_id, expires,"
                   " @organization_id, @client_id",
    "passwords": "@account_id, hash, cost, changed",
    "clients": "@id, name, name_key, redirect_uris, created",
    "authorization_codes": "@id, @digest, @client_id, @account_id, @session_id, redirect_uri, expires",
    "device_codes": "@id, @digest, @user_digest, client, @device, user_agent, address, status, @account_id,"
                    " @session_id, poll_interval, expires",
    "attempts": "@bucket, failures, last",
}


def name_key(name):
    """As text_key() of lib/base/text.c; test_organizations_create.py compares them."""
    folded = unicodedata.normalize("NFD", DEFAULT_IGNORABLE.sub("", name))
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return unicodedata.normalize("NFC", DEFAULT_IGNORABLE.sub("", folded))


def service_key(name, organization):
    """In hexadecimal digits, as SERVICE_NAME_KEY of lib/domain/accounts/account_sql.c."""
    return name_key(name).encode().hex() + "ff" + organization


def organization_name(number):
    return f"{PLACES[number % 20]} {TRADES[number // 20 % 20]} {FORMS[number // 400 % 10]} {number}"


def user_name(number):
    return f"{PEOPLE[number % 20]}.{number}"


def _mixed(number):
    """64 bits that look random (the finalizer of splitmix64)."""
    number = number * 0x9E3779B97F4A7C15 % 2**64
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    number = (number ^ number >> 27) * 0x94D049BB133111EB % 2**64
    return number ^ number >> 31


class Population:
    """All that belongs to so many organizations."""

    def __init__(self, size):
        self.size = size
        self._step_us = (LAST - FIRST) // US // size

    def time(self, number):
        """When organization and user of this number were made: one after the other, at uneven intervals."""
        return FIRST + timedelta(microseconds=number * self._step_us + _mixed(number) % self._step_us)

    def id(self, kind, number):
        """As id_new() of lib/base/id.c: a UUIDv7 that tells the time to the microsecond."""
        ms, us = divmod((self.time(number) - EPOCH) // US, 1000)
        variant = 1 << 63 | _mixed(number << 8 | ord(kind)) >> 2
        return f"{ms << 80 | (0x7000 | us * 4096 // 1000 + 1) << 64 | variant:032x}"

    def digest(self, kind, number):
        return "".join(f"{_mixed(number << 16 | part << 8 | ord(kind)):016x}" for part in range(4))

    def rows(self, number):
        """(table, values) of everything that comes with one organization."""
        made, owner = self.time(number), self.id("u", number)
        later = made + timedelta(days=30)
        name = user_name(number)
        yield "accounts", (owner, "user", name, name_key(name).encode().hex(), f"u{number}@example.org", None, 1, made, made)
        yield "credentials", (self.id("t", number), owner, "personal_token", "laptop", self.digest("t", number), made,
                              None, None, None, None, None)
        yield from self._organization(number, made, owner)
        if number % 10 == 0:
            yield from self._service_account(number, made)
        if number % 4 == 0:
            yield from self._signed_in(number, owner, made, later)
        if number % 1000 == 0:
            name = f"application {number}"
            yield "clients", (self.id("c", number), name, name, "https://app.example.org/callback", made)

    def _organization(self, number, made, owner):
        organization, name = self.id("o", number), organization_name(number)
        yield "organizations", (
            organization, name, name_key(name), "The people who build and run what everybody else relies on",
            f"https://static.example.org/logos/{number}.svg" if number % 2 else None,
            '[{"title":"Home","url":"https://www.example.org/"}]' if number % 3 == 0 else None, owner,
            ("trialing", "active", "canceled")[number % 3], made + timedelta(days=14), made, made)
        members = {self.id("u", _mixed(number + shift * self.size) % self.size) for shift in (1, 2)} - {owner}
        yield "memberships", (organization, owner, "admin", made)
        for member in sorted(members):
            yield "memberships", (organization, member, ROLES[number % len(ROLES)], made)

    def _service_account(self, number, made):
        account, organization, name = self.id("s", number), self.id("o", number), f"service-{number}"
        yield "accounts", (account, "service", name, service_key(name, organization), None, organization, 0, made, made)
        yield "memberships", (organization, account, "viewer", made)
        yield "credentials", (self.id("k", number), account, "api_key", "default", self.digest("k", number), made, None,
                              None, None, organization, None)

    def _signed_in(self, number, owner, made, later):
        session, grant = self.id("w", number), self.id("g", number)
        client = self.id("c", number // 1000 * 1000)
        yield "passwords", (owner, f"$y$j9T${number}", 19563, made)
        yield "credentials", (session, owner, "session", None, self.digest("w", number), made, None, None, later,
                              None, None)
        yield "credentials", (grant, owner, "grant", None, self.digest("g", number), made, client, session, later,
                              None, client)
        yield "attempts", (self.digest("a", number), number % 7, made)
        yield "authorization_codes", (self.id("p", number), self.digest("p", number), client, owner, session,
                                      "https://app.example.org/callback", later)
        yield "device_codes", (self.id("d", number), self.digest("d", number), self.digest("y", number), client,
                               self.id("e", number), "curl/8.0", "192.0.2.1",
                               ("pending", "approved", "used")[number // 4 % 3], owner, session, 5, later)


def _load(cursor, directory, table, rows):
    path = write_file(directory / f"{table}.tsv", "".join(rows))
    columns = COLUMNS[table].split(", ")
    converted = ", ".join(f"{column[1:]} = UNHEX({column})" for column in columns if column[0] == "@")
    cursor.execute(f"LOAD DATA INFILE '{path}' INTO TABLE orgd_{table} CHARACTER SET utf8mb4 ({', '.join(columns)})"
                   f" SET {converted}")
    path.unlink()


def populate(database, size, progress=lambda done: None):
    """Fills an empty schema: `database` is an installation or one more database of its. progress(organizations) is
    called now and then."""
    population = Population(size)
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET unique_checks = 0, foreign_key_checks = 0")
        for start in range(0, size, CHUNK):
            files = {table: [] for table in COLUMNS}
            for number in range(start, min(start + CHUNK, size)):
                for table, values in population.rows(number):
                    files[table].append("\t".join("\\N" if value is None else str(value) for value in values) + "\n")
            for table, rows in files.items():
                _load(cursor, database.directory, table, rows)
            progress(min(start + CHUNK, size))
        cursor.execute(f"ANALYZE TABLE {', '.join(COLUMNS)}")
    return population
