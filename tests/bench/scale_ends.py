"""What has millions of rows and ends: how long the end takes, how long the courier needs for the rows, and what readers
notice of both. Readers are measured before, meanwhile and afterwards, in the same run, one connection at a time."""

import contextlib
import statistics
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import measure
from scenarios import Scenario, request, write_plan
from stacks import Instance, ORGD_SETTINGS  # stacks.py makes the harness importable
from installation import unique
from many_rows import ENDED, credentials, fill, fill_organization
from processes import without_courier

WORKERS = 2
ROUND_S = 2
ROUNDS = 5  # before, and afterwards
SETTLE_S = 10  # after loading, for what the server writes in the background
GRANTS_OF_AN_ACCOUNT = 50
ONE_DAY = "NOW(6) + INTERVAL 1 DAY"


@dataclass
class Reads:
    """Milliseconds; medians of rounds."""

    p50_ms: float
    p99_ms: float
    errors: int

    @staticmethod
    def of(samples):
        return Reads(statistics.median(sample["p50_ms"] for sample in samples),
                     statistics.median(sample["p99_ms"] for sample in samples),
                     sum(sample["refused"] + sample["broken"] for sample in samples))


@dataclass
class Outcome:
    """One end."""

    title: str
    rows: int
    end_s: float
    removal_s: float
    reads: dict  # by the moment

    @property
    def errors(self):
        return sum(reads.errors for reads in self.reads.values())


def as_sql(text):
    return f"UNHEX('{uuid.UUID(text).hex}')"


# Each makes the rows; returns how many, and what ends them.

def account(instance, count):
    """Half sessions, half grants, which have ended one after the other."""
    user = instance.user()
    values = credentials(as_sql(user.id), "session", **ENDED, client="'somewhere'")
    fill(instance.installation.sql, "credentials", unique("w"),
         {**values, "kind": "IF(seq % 2, 'session', 'grant')",
          "expires": "NOW(6) - INTERVAL 1 DAY - INTERVAL seq SECOND"}, count)
    return count, lambda: instance.installation.orgctl("user", "deactivate", user.name)


def client(instance, count):
    """Of many people, each with as many grants as may be."""
    sql, mark, people = instance.installation.sql, unique("p"), count // GRANTS_OF_AN_ACCOUNT
    name = f"CONCAT('{mark}', seq)"
    fill(sql, "accounts", mark, {"id": "$ID", "kind": "'user'", "name": name, "name_key": name, "created": "NOW(6)",
                                 "updated": "NOW(6)"}, people)
    client_id = instance.installation.orgctl("client", "create", unique("client"), "--redirect-uri",
                                             "https://app.example.org/callback", "--quiet")
    person = f"UNHEX(MD5(CONCAT('{mark}', 1 + seq % {people})))"
    fill(sql, "credentials", unique("g"), credentials(person, "grant", client=f"'{client_id}'",
                                                      client_id=as_sql(client_id), expires=ONE_DAY), count)
    return count + 1, lambda: instance.installation.orgctl("client", "delete", client_id)


def organization(instance, count):
    """Half as many service accounts, each with a key and a membership."""
    owner = instance.user(limit=1)
    made = instance.organization(owner)
    fill_organization(instance.installation.sql, as_sql(made["id"]), unique("s"), count // 2)
    return 3 * (count // 2) + 2, lambda: owner.client.delete(f"/organizations/{made['id']}").raise_for_status()


PARENTS = {"an account, of which sessions and grants have ended": account, "a client with grants": client,
           "an organization with service accounts, keys, memberships": organization}


class Bench:
    """orgd, its courier, and somebody who reads."""

    def __init__(self, instance, directory):
        self.instance = instance
        reader = instance.user(limit=1)
        path = f"/organizations/{instance.organization(reader)['id']}"
        headers = {"Authorization": f"Bearer {reader.token}"}
        plan = {"requests": [request(path, headers), request("/organizations", headers)]}
        self._plan = write_plan(Scenario("reads", "orgd", plan), directory / "reads.lua")

    def read(self):
        return measure.run_wrk(self.instance.url + "/organizations", self._plan, ROUND_S, 1)

    def read_rounds(self):
        return Reads.of([self.read() for _ in range(ROUNDS)])

    def deleted(self):
        """How many rows statements have removed since the server was started."""
        return int(self.instance.installation.sql("SHOW GLOBAL STATUS LIKE 'Handler_delete'")[0][1])

    def end(self, act):
        """Returns the seconds that it took, and what was read meanwhile."""
        with ThreadPoolExecutor(1) as threads:
            reading = threads.submit(self.read)
            time.sleep(ROUND_S / 4)
            start = time.monotonic()
            act()
            return time.monotonic() - start, Reads.of([reading.result()])

    def run(self, title, make, count):
        reads = {}
        before = self.deleted()
        with without_courier(self.instance.backend.pid):
            rows, act = make(self.instance, count)
            time.sleep(SETTLE_S)
            reads["before"] = self.read_rounds()
            end_s, reads["end"] = self.end(act)
        start, samples = time.monotonic(), []
        while self.deleted() - before < rows:
            samples.append(self.read())
        removal_s = time.monotonic() - start
        reads["removal"] = Reads.of(samples)
        reads["afterwards"] = self.read_rounds()
        return Outcome(title, rows, end_s, removal_s, reads)


def run(installation, count, say):
    with contextlib.ExitStack() as cleanup:
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="orgd-plans-")))
        instance = cleanup.enter_context(Instance(installation, "lighttpd-remote", "", workers=WORKERS,
                                                  settings=ORGD_SETTINGS))
        bench = Bench(instance, directory)
        outcomes = []
        for title, make in PARENTS.items():
            outcomes.append(bench.run(title, make, count))
            say(f"  {outcomes[-1]}")
        return outcomes


def table(outcomes):
    """As docs/scaling.md has it."""
    lines = ["\n| what ends | rows | the end | removal | rows/s | reads before, p50 and p99 | during the end"
             " | during the removal | afterwards |", "|---|" + "--:|" * 8]
    for outcome in outcomes:
        before = outcome.reads["before"]
        ratios = [f"{reads.p50_ms / before.p50_ms:.2f}, {reads.p99_ms / before.p99_ms:.2f}"
                  for moment, reads in outcome.reads.items() if moment != "before"]
        lines.append(f"| {outcome.title} | {outcome.rows:,} | {outcome.end_s * 1000:.0f} ms | {outcome.removal_s:.0f} s"
                     f" | {outcome.rows / outcome.removal_s:,.0f} | {before.p50_ms:.2f} ms, {before.p99_ms:.2f} ms | "
                     + " | ".join(ratios) + " |")
    return "\n".join(lines)


def as_json(outcomes):
    return [asdict(outcome) for outcome in outcomes]
