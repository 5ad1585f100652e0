"""docs/operations.md: each of its blocks of commands is run as it stands there, on an installation of its own, with only paths
replaced, and does what the text says."""

import collections
import json
import os
import re
import subprocess
import threading
import uuid

import pytest

from expect import ok, unauthorized, unique
from installation import Client, Installation, Instance, rows_of
from mail_server import PASSWORD as MAIL_PASSWORD
from mail_server import Certificate, MailServer
from oauth import PASSWORD, Browser, RegisteredClient, error_of, forget_attempts, is_accepted, person_of, sign_in, tokens_for
from processes import give_to_servers, make_directory, privileges, wait_until, workers, write_file
from servers import SAMPLE_PATH, SOURCE, MariaDB, Pool

DOCUMENT = (SOURCE / "docs/operations.md").read_text(encoding="utf-8")
WRITERS = 3


def blocks():
    """The blocks of commands of each section, in their order."""
    found = collections.defaultdict(list)
    heading = None
    for part in re.split(r"(?m)^(#+ .*)$", DOCUMENT):
        if part.startswith("#"):
            heading = part.lstrip("# ")
        else:
            found[heading] += [re.sub("(?m)^    ", "", block) for block in re.findall(r"(?m)(?:^    .*\n)+", part)]
    return {heading: texts for heading, texts in found.items() if texts}


BLOCKS = blocks()
ROTATION = "Rotation of logs, keys and passwords"
LEAKED_KEY = "An API key or a personal access token"
MAILS = "Mails do not go out"
PROMETHEUS, BY_HAND = "Prometheus and Grafana", "By hand"
NIGHT = "A page for the night: a stolen key was used"
WHO_MAY = "Who may do what"
DUMP, LAPTOP = "A dump of the database", "A laptop on which somebody was signed in"
declared = set()
has_run = set()


def runs(*those):
    """Says which blocks a test runs: the heading, and the number if it is not the first one there."""
    those = {block if isinstance(block, tuple) else (block, 0) for block in those}

    def decorate(test):
        test.runs = those
        declared.update(those)
        return test
    return decorate


def test_every_block_of_the_document_is_run():
    assert declared == {(heading, number) for heading, texts in BLOCKS.items() for number in range(len(texts))}


@pytest.fixture(autouse=True)
def as_it_says(request):
    has_run.clear()
    yield
    assert has_run == getattr(request.function, "runs", set())


class Host:
    """A place where the commands of the document find what they name: programs, files and a database server."""

    def __init__(self, installation, mariadb, user="root", password=""):
        self.installation = installation
        self.etc = installation.directory
        self.directory = make_directory()
        self.variables = {}
        for name in ("bin", "backups"):
            (self.directory / name).mkdir()
            give_to_servers(self.directory / name)
        for name in ("mariadb", "mariadb-dump"):
            self.program(name, f'exec /usr/bin/{name} --no-defaults --socket={mariadb.socket} --user={user} --password={password} "$@"')

    def program(self, name, text):
        write_file(self.directory / "bin" / name, f"#!/bin/sh\n{text}\n", 0o755)

    def run(self, heading, number=0, places=()):
        """Runs a block; returns what it printed."""
        text = BLOCKS[heading][number]
        for old, new in {"/usr/local/etc/orgd": self.etc, "/var/backups/orgd": self.directory / "backups",
                         "/usr/local/share/orgd/sql": self.installation.sql_directory, **dict(places)}.items():
            text = text.replace(old, str(new))
        assert "/usr/local" not in text and "/var/" not in text, text
        environment = {**self.installation.environment, **self.variables,
                       "PATH": f"{self.directory}/bin:{os.environ['PATH']}"}
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", text], env=environment, cwd=self.directory,
                                capture_output=True, text=True, timeout=120, **privileges())
        assert result.returncode == 0, f"{text}\n{result.stdout}\n{result.stderr}"
        has_run.add((heading, number))
        return result.stdout


@pytest.fixture(scope="module")
def installation(build_directory, environment, checker):
    """Its own: passwords and keys of it are replaced."""
    with Installation(build_directory, environment, checker) as installation:
        yield installation


@pytest.fixture(scope="module")
def service(installation):
    log = write_file(installation.directory / "orgd.log", "")
    with Instance(installation, "nginx", SAMPLE_PATH, workers=2, settings={"log": log}) as instance:
        instance.log = log
        yield instance


@pytest.fixture(scope="module")
def host(service):
    host = Host(service.installation, service.installation.mariadb)
    config = service.backend.config_path
    host.program("orgctl", f'exec {service.installation.orgctl_program} "$@" --config {config}')
    host.program("systemctl", f'[ "$*" = "reload orgd" ] && kill -HUP {service.backend.pid}')
    return host


def places(service):
    return {"/var/log/orgd/orgd.log": service.log, "http://localhost/api": service.url}


# Backup and restore


class Writers:
    """Create organizations and change them all the time, while the `with` block lasts."""

    def __init__(self, service, users):
        self.made = []  # ids, in the order of their answers
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(Client(service.url, user.token),)) for user in users]

    def _write(self, client):
        while not self.ended.is_set():
            created = ok(client.post("/organizations", json={"name": unique("written"), "description": "0"}))
            ok(client.patch(f"/organizations/{created['id']}", json={"description": "changed\u2028é'\"\\"}))
            self.made.append(created["id"])

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_until(lambda: len(self.made) > 20, "the writers to write")
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def rows(connection):
    """Each row of each table, by table. What the courier and attempts leave behind belongs to the moment."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SHOW FULL TABLES WHERE table_type = 'BASE TABLE'")
        tables = [name for name, _ in cursor.fetchall() if name not in ("orgd_leases", "orgd_attempts")]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT * FROM `{table}`")
            found[table] = set(cursor.fetchall())
        return found


@pytest.fixture
def elsewhere(installation):
    """Another database server, and a user of it who may do everything in the database orgd and nothing beside it."""
    directory = make_directory()
    server = MariaDB(directory, installation.environment)
    server.start()
    rows_of(server.connect(), "CREATE USER restorer@localhost IDENTIFIED BY 'another'")
    rows_of(server.connect(), "GRANT ALL ON orgd.* TO restorer@localhost")
    yield server
    server.stop()


def restored(host, server):
    """Restores the host's backup there as that user. Returns what the database holds then."""
    other = Host(host.installation, server, "restorer", "another")
    other.etc = other.directory / "etc"
    other.etc.mkdir()
    give_to_servers(other.etc)
    other.run("Restore", 0, {f"{other.directory}/backups": host.directory / "backups"})
    return other, rows(server.connect(database="orgd"))


# Rows of these change under the writers: counters, the ends of chains, and the positions that events are given later.
CHANGING = {"orgd_accounts", "orgd_organizations", "orgd_event_chains", "orgd_events", "orgd_event_targets", "orgd_event_blocks"}


@runs("Backup", "Restore")
def test_a_backup_made_under_writes_is_one_moment(service, host, elsewhere):
    users = [service.user(limit=100000) for _ in range(WRITERS)]
    with Writers(service, users) as writers:
        before = set(writers.made)
        host.run("Backup")
        after = len(writers.made)
        wait_until(lambda: len(writers.made) > after + 40, "more writes")
        late = set(writers.made[after + 20:])
    source = rows(service.installation.mariadb.connect(database="orgd"))
    _, copy = restored(host, elsewhere)
    assert copy.keys() == source.keys()
    with elsewhere.connect(database="orgd") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orgd_organizations WHERE ended IS NULL")
        there = {str(uuid.UUID(bytes=row[0])) for row in cursor.fetchall()}
        cursor.execute("SELECT a.name FROM orgd_accounts a WHERE a.organizations_owned <>"
                       " (SELECT COUNT(*) FROM orgd_organizations o WHERE o.owner_id = a.id AND o.ended IS NULL)")
        assert cursor.fetchall() == ()
        cursor.execute("SELECT HEX(c.id) FROM orgd_event_chains c LEFT JOIN orgd_events e ON e.chain_id = c.id"
                       " AND e.sequence = c.sequence AND e.hash = c.hash WHERE e.id IS NULL")
        assert cursor.fetchall() == (), "a chain ends with another event than its last one"
    assert before <= there and not late & there
    for table in source.keys() - CHANGING:
        assert copy[table] <= source[table], table  # nothing that was never there, or half
    changed = {row[0] for row in copy["orgd_organizations"] - source["orgd_organizations"]}
    assert len(changed) <= WRITERS, "of each writer at most one was between its creation and its change"


@runs("Backup", "Restore", ("Restore", 1))
def test_a_restored_service_goes_on(service, host, elsewhere):
    """As another user on another server: every row is there, and every credential works."""
    owner = service.user(limit=5)
    created = service.organization(owner, name=unique("R&D / Zürich 🦊"))
    token = ok(service.client().post("/auth/login", data={"password": owner.token}))["access_token"]
    service.installation.orgctl("deliver")  # so that the courier changes nothing more
    host.run("Backup")
    source = rows(service.installation.mariadb.connect(database="orgd"))
    other, copy = restored(host, elsewhere)
    assert copy == source
    option_file = other.etc / "my.cnf"
    options = option_file.read_text(encoding="utf-8")
    write_file(option_file, options.replace(str(service.installation.mariadb.socket), str(elsewhere.socket)))
    administrator = Host(service.installation, elsewhere)
    config = service.installation.write_config(other.etc / "orgd.conf", database_option_file=option_file, public_url=service.url,
                                               signing_keys=other.etc / "signing-keys.json")
    administrator.program("orgctl", f'exec {service.installation.orgctl_program} "$@" --config {config}')
    administrator.run("Restore", 1)
    password = re.search(r"^password = (.*)$", options, re.MULTILINE)[1]
    for statement in (f"CREATE USER orgd@localhost IDENTIFIED BY '{password}'", "GRANT orgd_application TO orgd@localhost",
                      "SET DEFAULT ROLE orgd_application FOR orgd@localhost"):
        rows_of(elsewhere.connect(), statement)
    settings = {"database_option_file": option_file, "signing_keys": other.etc / "signing-keys.json", "public_url": service.url}
    with Instance(service.installation, "nginx", SAMPLE_PATH, workers=2, settings=settings) as moved:
        for credential in (owner.token, token):
            assert ok(moved.client(credential).get(f"/organizations/{created['id']}")) == created
        ok(moved.client(owner.token).patch(f"/organizations/{created['id']}", json={"description": "moved"}))
        assert ok(owner.client.get(f"/organizations/{created['id']}"))["description"] is None


# Upgrade, rotation, monitoring


@runs("Upgrade")
def test_an_upgrade_needs_no_pause(service, host):
    before = workers(service.backend.pid)
    owner = service.user(limit=100000)
    with Writers(service, [owner]):
        assert "0001" in host.run("Upgrade", places=places(service))
        wait_until(lambda: len(workers(service.backend.pid)) == 2 and not set(workers(service.backend.pid)) & set(before),
                   "new workers")


def kids(service):
    return [key["kid"] for key in ok(service.client().get("/.well-known/jwks.json"))["keys"]]


@runs(ROTATION)
def test_signing_keys_are_rotated_in_two_steps(service, host):
    """An hour passes at once: what stands in for sleep makes the old key older."""
    old, = kids(service)
    keys = service.installation.signing_keys
    host.program("sleep", f"[ $1 = 3600 ] && exec /usr/bin/python3 {write_file(host.directory / 'sleep.py', AN_HOUR)} {keys}")
    host.run(ROTATION)
    new, = kids(service)
    assert new != old


AN_HOUR = """import json, sys
document = json.load(open(sys.argv[1]))
document["keys"][1]["orgd_retired"] -= 3660
json.dump(document, open(sys.argv[1], "w"))
"""


def service_key(service):
    account = service.service_account(service.organization(service.admin, name=unique())["id"], "viewer")
    key, = json.loads(service.installation.orgctl("key", "list", "--service-account", account.name, "--json"))
    return account, key["id"]


@runs((ROTATION, 1))
def test_an_api_key_is_rotated_while_the_old_one_works(service, host):
    account, host.variables["id"] = service_key(service)
    host.run(ROTATION, 1)
    new = (host.directory / "new.key").read_text(encoding="ascii").strip()
    assert new != account.key and is_accepted(service, new) and is_accepted(service, account.key)


@runs((ROTATION, 2))
def test_the_database_password_is_replaced(service, host):
    def can_log_in(password):
        command = ["mariadb", "--no-defaults", f"--socket={service.installation.mariadb.socket}", "--user=orgd", "-e", "SELECT 1"]
        return subprocess.run(command, env={"MYSQL_PWD": password}, capture_output=True).returncode == 0

    def password():
        return re.search(r"^password = (.*)$", service.installation.option_file.read_text(encoding="utf-8"), re.MULTILINE)[1]

    old = password()
    before = workers(service.backend.pid)
    host.run(ROTATION, 2)
    assert password() != old and can_log_in(password()) and not can_log_in(old)
    assert service.installation.option_file.stat().st_mode & 0o777 == 0o600
    wait_until(lambda: workers(service.backend.pid) and not set(workers(service.backend.pid)) & set(before), "new workers")
    ok(service.client().get("/health/ready"))


@runs(MAILS, (MAILS, 1))
def test_mails_go_out_again(service, host):
    """The server has another password than orgd.conf, which the operator corrects between the two blocks."""
    config = service.backend.config_path
    before = config.read_text(encoding="utf-8")
    with MailServer(Certificate(host.directory), MAIL_PASSWORD) as server:
        def configure(**settings):
            write_file(config, before + "".join(f"{key} = {value}\n" for key, value in server.settings(**settings).items()))

        configure(mail_password="wrong")
        service.installation.run_orgctl("mail", "test", "lost@example.org", "--outbox", config_path=config)
        service.installation.run_orgctl("deliver", config_path=config)
        assert "535" in service.installation.run_orgctl("check", config_path=config).stdout
        configure()
        assert "535" in host.run(MAILS)
        host.variables["address"] = "operator@example.org"
        host.run(MAILS, 1)
        wait_until(lambda: server.to("operator@example.org") and server.to("lost@example.org"), "the mails")
    write_file(config, before)


@runs(PROMETHEUS, (PROMETHEUS, 1))
def test_metrics_are_switched_on(service, host):
    host.program("chgrp", "exit 0")  # nobody here is in the group
    config = service.backend.config_path
    host.run(PROMETHEUS, places={f"{host.etc}/orgd.conf": config})
    host.variables["token"] = re.search(r"metrics_token = (\w+)", config.read_text(encoding="utf-8"))[1]
    bearer = Client(service.url, host.variables["token"])
    wait_until(lambda: bearer.get("/metrics").status_code == 200, "the reload")
    assert "orgd_build_info{" in host.run(PROMETHEUS, 1, places(service))


@runs(BY_HAND)
def test_what_is_watched_by_hand(service, host):
    with open(service.log, "a", encoding="utf-8") as log:
        log.write('{"level":"error","message":"a fault"}\n{"event":"request","status":503}\n')
    said = host.run(BY_HAND, places=places(service))
    assert "a fault" in said and "Threads_connected" in said and re.search(r"^[1-9]\d*$", said, re.MULTILINE)


# Leaks


@pytest.fixture
def leaked(host):
    """Tells the commands which secret has leaked."""
    return lambda secret: write_file(host.directory / "leaked.txt", secret + "\n")


@runs(LEAKED_KEY, (LEAKED_KEY, 1), (LEAKED_KEY, 2))
def test_a_leaked_api_key(service, host, leaked):
    account, key_id = service_key(service)
    token = ok(service.client().post("/auth/login", data={"password": account.key}))["access_token"]
    leaked(account.key)
    host.run(LEAKED_KEY)
    for old in (account.key, token):
        unauthorized(service.client(old).get("/users/me"), "invalid_token")
    listing = json.loads(service.installation.orgctl("event", "list", "--action", "api_key.deactivated", "--json"))
    assert listing[0]["targets"][1] == {"type": "service_account", "id": account.id, "name": account.name}
    host.variables["account"] = account.id
    host.run(LEAKED_KEY, 1)
    assert is_accepted(service, (host.directory / "new.key").read_text(encoding="ascii").strip())
    for host.variables["id"] in (key_id, key_id.replace("-", "")):
        lines = [json.loads(line) for line in host.run(LEAKED_KEY, 2, places(service)).splitlines()]
        assert {line["credential_id"] for line in lines} == {key_id} and "/auth/login" in str(lines)
    wait_until(lambda: key_id in service.installation.orgctl("event", "list", "--action", "api_key.use_refused", "--json"),
               "the refusal")


@runs(*((NIGHT, number) for number in range(9)))
def test_the_changes_of_a_stolen_key_are_found_and_undone(service, host):
    organization = service.organization(service.admin, name=unique(), description="ours")
    path = f"/organizations/{organization['id']}"
    account = service.service_account(organization["id"], "admin")
    role = ok(service.admin.client.post("/roles", json={"name": "Desk", "organization_id": organization["id"],
                                                        "permissions": ["organization:read", "member:read"]}))
    team = ok(service.admin.client.post("/teams", json={"name": "Reception", "organization_id": organization["id"]}))
    ok(service.admin.client.post(f"/roles/{role['id']}/assignments?team_id={team['id']}"))
    key, = json.loads(service.installation.orgctl("key", "list", "--service-account", account.id, "--json"))

    thief = Client(service.url, account.key)
    ok(thief.patch(path, json={"description": "theirs", "name": unique()}))
    ok(thief.patch(f"/roles/{role['id']}", json={"permissions": ["organization:read"]}))
    ok(thief.delete(f"/teams/{team['id']}"))
    manager, = ok(thief.get(f"{path}/roles?name=Organization Manager"))
    made = ok(thief.post(f"{path}/service_accounts", json={"username": "made", "role_id": manager["id"]}))
    made_key = ok(thief.post(f"{path}/service_accounts/made/api_keys", json={"name": "made"}))
    second = Client(service.url, made_key["key"])
    invited = ok(second.post(f"{path}/invitations", json={"email": "thief@example.org", "role_id": manager["id"]}))

    service.installation.orgctl("key", "deactivate", key["id"])
    host.variables |= {"uuid": key["id"], "organization": organization["id"], "team": team["id"], "role": role["id"]}
    changed = [json.loads(line) for line in host.run(NIGHT, 0).splitlines()]
    assert {event["actor"]["name"] for event in changed} == {account.name}
    ways_in = [json.loads(line) for line in host.run(NIGHT, 1).splitlines()]
    assert [event["action"] for event in ways_in] == ["role.updated", "team.deleted", "service_account.created", "api_key.created"]
    host.variables["made"] = made["id"]
    host.run(NIGHT, 2)
    found = [json.loads(line) for line in host.run(NIGHT, 1).splitlines()]
    assert [event["targets"][0]["id"] for event in found] == [role["id"], team["id"], made["id"], made_key["id"], invited["id"]]
    for command in (("service-account", "deactivate", made["id"]), ("invitation", "revoke", invited["id"])):
        service.installation.orgctl(*command)
    unauthorized(second.get("/users/me"), "invalid_token")

    host.run(NIGHT, 3)
    assert re.search(r' *[5-9] "address":"127\.0\.0\.1"\n', host.run(NIGHT, 4))
    host.variables["address"] = changed[0]["context"]["address"]
    assert f'"credential_id":"{key["id"]}"' not in host.run(NIGHT, 5)
    host.variables["before"] = changed[0]["changes"]["description"]["before"]
    host.run(NIGHT, 6)
    assert ok(service.admin.client.get(path))["description"] == "ours"
    host.variables["permissions"] = " ".join(changed[1]["changes"]["permissions"]["before"])
    host.run(NIGHT, 7)
    assert ok(service.admin.client.get(f"/roles/{role['id']}"))["permissions"] == role["permissions"]
    history = [json.loads(line) for line in host.run(NIGHT, 8).splitlines()]
    assert [event["action"] for event in history] == ["team.created", "team.role_assigned", "team.deleted"]


@runs(LEAKED_KEY)
def test_a_leaked_personal_access_token(service, host, leaked):
    person = service.user()
    leaked(person.token)
    host.run(LEAKED_KEY)
    unauthorized(person.client.get("/users/me"), "invalid_token")


@runs("signing-keys.json")
def test_leaked_signing_keys(service, host):
    account, _ = service_key(service)
    old, = kids(service)
    token = ok(service.client().post("/auth/login", data={"password": account.key}))["access_token"]
    host.run("signing-keys.json")
    unauthorized(service.client(token).get("/users/me"), "invalid_token")
    assert is_accepted(service, account.key) and old not in kids(service)


def assert_a_new_password_ends_what_the_person_had(service, host, heading):
    """Returns the person, and what the commands said."""
    forget_attempts(service)
    person = person_of(service)
    client = RegisteredClient(service)
    browser = sign_in(service, person)
    granted = tokens_for(browser, person, client)
    host.variables["name"] = person.name
    said = host.run(heading)
    unauthorized(service.client(granted["access_token"]).get("/users/me"), "invalid_token")
    error_of(client.refresh(granted["refresh_token"]), 400, "invalid_grant")
    assert "You are signed in" not in browser.get(f"{service.mount}/auth/sign-in").text
    for password, status in ((PASSWORD, 403), ((host.directory / "new.password").read_text(encoding="ascii"), 303)):
        forget_attempts(service)
        other = Browser(service.url)
        other.get(f"{service.mount}/auth/sign-in")
        assert other.submit(username=person.name, password=password).status_code == status
    return person, said


@runs(DUMP)
def test_a_leaked_dump(service, host):
    assert_a_new_password_ends_what_the_person_had(service, host, DUMP)


@runs(WHO_MAY)
def test_somebody_may_read_what_happened_and_nothing_else(service, host):
    person, org = service.user(), service.organization(service.user())
    host.variables = {"name": person.name, "organization": org["name"]}
    events = f"/organizations/{org['id']}/events"
    assert person.client.get(events).status_code == 404
    assert "event:read" in host.run(WHO_MAY)
    assert {event["action"] for event in ok(person.client.get(events))} >= {"role.created", "team.member_added"}
    assert person.client.patch(f"/organizations/{org['id']}", json={"description": "a"}).status_code == 403


@runs(LAPTOP)
def test_a_stolen_laptop(service, host):
    person, said = assert_a_new_password_ends_what_the_person_had(service, host, LAPTOP)
    token, = json.loads(service.installation.orgctl("token", "list", "--user", person.name, "--json"))
    assert token["id"] in said and is_accepted(service, person.token), "it ends only by itself"
