"""One event, under load, and what the checker says of it."""

import time

import galera  # first: it knows where the rest is

from checker import State, check
from keepers import check_things
from workload import Load, summary

ACCOUNTS = 4
LIMIT = 6
BEFORE_S = 1
AFTER_S = 2
RECOVERY_MAX_S = 5


def unexpected(event, row):
    """What clients met that the event does not excuse."""
    for kind, count in row["errors"].items():
        if kind not in event.allows:
            yield f"{count} requests met {kind}, which this event does not excuse"
    if row["recovery_s"] > RECOVERY_MAX_S:
        yield f"requests failed for {row['recovery_s']} s after all was whole again"


def states(cluster):
    """What each database node holds."""
    for node in cluster.nodes:
        with node.connect(database="orgd") as connection:
            yield State.read(connection)


def compare(cluster, load, accounts):
    first, *others = states(cluster)
    yield from check(load.record, first, accounts)
    yield from check_things(load.kept, first)
    for node, state in zip(cluster.nodes[1:], others):
        if state != first:
            yield f"{node.name} holds other data than {cluster.nodes[0].name}"


def conflicts(cluster):
    """How many transactions each node has rolled back, since it was started, because another node's came first."""
    counters = ("local_cert_failures", "local_bf_aborts")
    return [sum(int(node.status(counter)) for counter in counters) for node in cluster.nodes]


def new_conflicts(cluster, before):
    return sum(now - then if now >= then else now for now, then in zip(conflicts(cluster), before))


def run_event(cluster, event, seconds):
    """Returns the row of the table, with all violations."""
    accounts = cluster.accounts(ACCOUNTS, LIMIT)
    cluster.wait_until_whole(accounts[0])
    for web_node in cluster.web_nodes:
        web_node.pool.mark_log()
    before = conflicts(cluster)
    with Load(cluster.urls, accounts, cluster.web_nodes[0].admin.token) as load:
        time.sleep(BEFORE_S)
        start = time.monotonic()
        event.run(cluster, seconds)
        lifted = time.monotonic()
        time.sleep(AFTER_S)
        end = time.monotonic()
    row = {"name": event.name, "seconds": round(lifted - start, 1), **summary(load.record + load.kept, start, end, lifted)}
    violations = list(unexpected(event, row))
    cluster.wait_until_whole(accounts[0])
    row["conflicts"] = new_conflicts(cluster, before)
    violations += compare(cluster, load, accounts)
    return {**row, "violations": violations}
