"""Nothing old opens anything, on two database nodes: every end is made at the first of them, and every way in is tried
through a web node that uses the second."""

import collections
import contextlib
import random
import time
from concurrent.futures import ThreadPoolExecutor

import galera  # first: it knows where the rest is

from oauth import at_once
from processes import without_courier
from ways_in import ENDS, FLOWS, MEETINGS, WAYS, Running, World

BEHIND_S = 0.2


def world_of(cluster):
    first, second = cluster.web_nodes
    return World(second, cluster.issuer, elsewhere=first)


@contextlib.contextmanager
def without_couriers(cluster):
    """A node that is kept behind in the middle of what a courier does may never get on (MariaDB 10.11)."""
    with contextlib.ExitStack() as cleanup:
        for web_node in cluster.web_nodes:
            cleanup.enter_context(without_courier(web_node.pool.pid))
        yield


@contextlib.contextmanager
def behind(node):
    """Meanwhile the node has nothing of what is committed at others."""
    with node.connect() as connection, connection.cursor() as cursor:
        cursor.execute("FLUSH TABLES WITH READ LOCK")
        yield
        cursor.execute("UNLOCK TABLES")


def open_ways(world):
    """All are tried at the same moment, so that each is the next request."""
    with ThreadPoolExecutor(len(WAYS)) as threads:
        opens = threads.map(lambda opens: opens(world), WAYS.values())
        return {way for way, is_open in zip(WAYS, opens) if is_open}


def tried_after(cluster, end, world, way_in):
    """What comes of it as soon as the end is acknowledged, when the second node has not heard of that."""
    with without_couriers(cluster), behind(cluster.nodes[1]):
        ENDS[end][0](world)
        trying = Running(way_in)
        time.sleep(BEHIND_S)
    return trying.finish()


def run_ends(cluster, rounds, ends=tuple(ENDS)):
    """Every way that is open, and one end. A dictionary of answers for people, and violations."""
    found = {end: collections.Counter() for end in ends}
    violations = []
    for _ in range(rounds):
        for end in ends:
            world, ended = world_of(cluster).open_everything(), ENDS[end][1]
            left = tried_after(cluster, end, world, lambda world=world: open_ways(world))
            found[end].update("open" if way in left else "refused" for way in WAYS)
            violations += [f"{end}: the {way} still opens" for way in sorted(left & ended)]
            violations += [f"{end}: the {way} is ended as well" for way in sorted(WAYS.keys() - left - ended)]
    return {end: dict(counter) for end, counter in found.items()}, violations


class Meeting:
    """A way in that is on its way, at the second node, and its end at the first."""

    def __init__(self, flow, end):
        self.flow, self.end = flow, end
        self.took_s = 0  # the end, the last time

    def late(self, cluster, world, request):
        """The request comes when its end is acknowledged."""
        return tried_after(cluster, self.end, world, request)

    def at_once(self, cluster, world, request):
        """The request comes at some moment of its end."""
        response, _ = at_once([lambda: self._come(request), lambda: self._finish(world)])
        return response

    def _come(self, request):
        time.sleep(random.uniform(0, self.took_s))
        return request()

    def _finish(self, world):
        start = time.monotonic()
        ENDS[self.end][0](world)
        self.took_s = time.monotonic() - start


def run_meetings(cluster, rounds, meetings=tuple(MEETINGS)):
    """Every way that is under way, and its end: each round once late, once at once. A dictionary of answers for people,
    and violations."""
    found, violations = {}, []
    for meeting in [Meeting(*pair) for pair in meetings]:
        for meet in [meeting.late, meeting.at_once] * rounds:
            world, flow = world_of(cluster), FLOWS[meeting.flow]
            response = meet(cluster, world, flow.prepare(world))
            name = f"{meeting.flow}, {meeting.end}, {meet.__name__}"
            found.setdefault(name, collections.Counter())[str(response.status_code)] += 1
            if flow.opened(world, response):
                violations.append(f"{name}: what was answered by {response.status_code} opens something")
    return {name: dict(counter) for name, counter in found.items()}, violations
