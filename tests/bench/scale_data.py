"""Databases of three sizes side by side on one server, each with its own workers, and who calls there."""

import contextlib
import secrets
import sys
import time
import uuid
from dataclasses import dataclass

import scale_people
from stacks import Instance, ORGD_SETTINGS, Stack  # stacks.py makes the harness importable
from installation import Client, SecondDatabase
from population import LAST, populate

WORKERS = 2
BUSY = 2000  # memberships
CHOSEN = 500  # how many different rows the requests about one are about
WRITERS = 16
BAR = 40


@dataclass
class Organization:
    id: str
    name: str
    owner_id: str
    owner_name: str


@dataclass
class Eventful:
    """An organization with many events."""

    id: str
    actor: str  # of the rare ones, which are about this one, too
    middle: str  # when half of them have happened


class Progress:
    """A bar on a terminal; elsewhere a line when it is complete."""

    def __init__(self, what, total):
        self.what, self.total = what, total
        self.start = time.monotonic()

    def __call__(self, done):
        seconds = time.monotonic() - self.start
        text = f"{self.what} [{'#' * (done * BAR // self.total):{BAR}}] {done / self.total:4.0%} {seconds:4.0f} s"
        if sys.stdout.isatty():
            print(f"\r{text}", end="", flush=True)
        if done == self.total:
            print("\r" + text if sys.stdout.isatty() else text, flush=True)


class Sized:
    """A database of so many organizations, with its own workers behind their own web server, while the `with` block
    lasts."""

    def __init__(self, installation, size):
        self.size = size
        self.label = f"{size:,}"
        self.database = SecondDatabase(installation, f"orgd_{size}")

    def __enter__(self):
        with contextlib.ExitStack() as cleanup:
            cleanup.enter_context(self.database)
            self._load()
            instance = cleanup.enter_context(Instance(self.database, "lighttpd-remote", "", workers=WORKERS,
                                                      settings=ORGD_SETTINGS))
            self.stack = Stack(instance.url, [instance.backend, instance.server])
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def _load(self):
        self.database.orgctl("migrate")
        populate(self.database, self.size, Progress(f"{self.label:>9} organizations", self.size))
        self.root = self._user("root", "--superuser")
        self.newcomer, self.busy = self._user("newcomer"), self._user("busy")
        self._join("newcomer", 1)
        self._join("busy", BUSY)
        self.writers = [self._user(f"writer-{number}", "--organization-limit", "1000000") for number in range(WRITERS)]
        self.chosen = self._organizations(CHOSEN)
        self.large = self.chosen[0].id
        scale_people.fill(self.database, self.large)
        self.database.sql("ANALYZE TABLE orgd_accounts, orgd_credentials, orgd_memberships, orgd_organizations")

    def load_events(self):
        """Two organizations get a thousand and a million events."""
        self.with_events = {}
        for number, count in enumerate((scale_people.FEW, scale_people.MANY)):
            chosen = self.chosen[number + 1]
            middle = scale_people.fill_events(self.database, chosen.id, count, chosen.owner_id)
            self.with_events[count] = Eventful(chosen.id, chosen.owner_id, middle.isoformat() + "Z")

    def member(self, number):
        """The account behind so many others of the large organization."""
        ((row,),) = self.database.sql("SELECT account_id FROM orgd_memberships WHERE organization_id = %s ORDER BY created, account_id"
                                      f" LIMIT 1 OFFSET {number}", (uuid.UUID(self.large).bytes,))
        return text_of(row)

    def _user(self, name, *options):
        """The header of its requests."""
        self.database.orgctl("user", "create", name, *options, "--quiet")
        return {"Authorization": f"Bearer {self.database.orgctl('token', 'create', '--user', name, '--quiet')}"}

    def _every(self, count):
        """A subquery: ids of so many organizations, from the first to the last in even steps."""
        return ("SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created, id) AS place FROM orgd_organizations)"
                f" places WHERE place % {self.size // count} = 0")

    def _join(self, name, count):
        self.database.sql("INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created)"
                          " SELECT o.id, a.id, 'viewer', o.created"
                          f" FROM orgd_organizations o JOIN orgd_accounts a WHERE a.name_key = '{name}' AND o.id IN ({self._every(count)})")

    def _organizations(self, count):
        """Some that `busy` belongs to, from all over the table."""
        rows = self.database.sql("SELECT o.id, o.name, w.id, w.name"
                                 " FROM orgd_organizations o JOIN orgd_accounts w ON w.id = o.owner_id"
                                 f" WHERE o.id IN ({self._every(count)})")
        return [Organization(text_of(row[0]), row[1], text_of(row[2]), row[3]) for row in rows]

    def place(self, number):
        """The id of the organization behind so many others in the order of a list."""
        (row,) = self.database.sql(f"SELECT id FROM orgd_organizations ORDER BY created, id LIMIT 1 OFFSET {number}")
        return text_of(row[0])

    def place_of_busy(self, number):
        (row,) = self.database.sql("SELECT m.organization_id FROM orgd_accounts a JOIN orgd_memberships m ON m.account_id = a.id"
                                   " WHERE a.name_key = 'busy' ORDER BY m.organization_created, m.organization_id"
                                   f" LIMIT 1 OFFSET {number}")
        return text_of(row[0])

    def name(self, number):
        """The name behind so many others in the order of names."""
        ((name,),) = self.database.sql(f"SELECT name FROM orgd_organizations ORDER BY name_key LIMIT 1 OFFSET {number}")
        return name

    def name_of_busy(self, number):
        ((name,),) = self.database.sql(
            "SELECT o.name FROM orgd_accounts a JOIN orgd_memberships m ON m.account_id = a.id JOIN orgd_organizations o"
            " ON o.id = m.organization_id WHERE a.name_key = 'busy' ORDER BY o.name_key"
            f" LIMIT 1 OFFSET {number}")
        return name

    def tidy(self):
        """Takes away what requests have created, so that the size stays what it is."""
        self.database.sql("DELETE FROM orgd_organizations WHERE created > %s", (LAST,))
        self.database.sql("UPDATE orgd_accounts SET organizations_owned = 0 WHERE name_key LIKE 'writer-%'")

    def rows_read(self, request):
        """What the server reads and sorts for such a request: (rows, sorted rows)."""
        client = Client(self.stack.url)

        def send():
            body = request["body"] and request["body"].replace("%d", secrets.token_hex(4))
            client.request(request["method"], request["path"], headers=request["headers"], data=body).raise_for_status()

        send()
        return tuple(with_it - without for with_it, without in zip(self._counted(send), self._counted(lambda: None)))

    def _counted(self, action):
        """Asking for the counters counts as well."""
        before = self._counters()
        action()
        return tuple(later - earlier for earlier, later in zip(before, self._counters()))

    def _counters(self):
        status = dict(self.database.sql("SHOW GLOBAL STATUS"))
        return (sum(int(value) for name, value in status.items() if name.startswith("Handler_read")),
                int(status["Sort_rows"]))


def text_of(organization_id):
    return str(uuid.UUID(bytes=organization_id))
