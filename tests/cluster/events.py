"""What happens to the cluster, one event a function, while clients are at work: it returns when all is whole again, or
will be by itself. EVENTS says which answers clients may get meanwhile; whatever else they get is a violation."""

import time
from dataclasses import dataclass

from cluster import NODES  # first: it knows where the rest is

from processes import wait_until

UNANSWERED = ("503 ServiceUnavailable", "500 in doubt")
OF_THE_WEB_NODE = ("ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected", "500 of the web server",
                   "503 of the web server")


def nothing(cluster, seconds):
    time.sleep(seconds)


def kill_node(cluster, seconds):
    """What it missed meanwhile it gets as increments (IST)."""
    node = cluster.nodes[0]
    node.kill()
    time.sleep(seconds)
    assert cluster.rejoin(node) == "increments"


def rejoin_with_everything(cluster, seconds):
    """A node without data gets them all (SST), from a node that refuses to serve meanwhile."""
    node = cluster.nodes[1]
    node.stop()
    time.sleep(seconds / 3)
    node.forget()
    assert cluster.rejoin(node) == "everything"


def cut_node_off(cluster, seconds):
    """The web nodes still reach it."""
    node = cluster.nodes[0]
    node.isolate(True)
    wait_until(node.is_cut_off, f"{node.name} to notice that it is alone")
    time.sleep(seconds)
    node.isolate(False)
    node.wait_until_synced()


def freeze_node(cluster, seconds):
    node = cluster.nodes[0]
    node.pause()
    cluster.nodes[1].wait_for_size(NODES - 1)
    time.sleep(seconds)
    node.resume()
    node.wait_until_synced()


def restart_web_node(cluster, seconds):
    """First its workers, then its web server."""
    web_node = cluster.web_nodes[0]
    for server in (web_node.pool, web_node.server):
        server.stop()
        time.sleep(seconds / 4)
        server.start()
        time.sleep(seconds / 4)


def upgrade(cluster, seconds):
    """The next release, with a migration, on a database node and a web node at a time."""
    for number, node in enumerate(cluster.nodes):
        node.stop()
        time.sleep(seconds / 6)
        node.join()
        if number == 0:
            cluster.migrate(cluster.next_release)
    for web_node in cluster.web_nodes:
        web_node.upgrade(cluster.next_release.orgd)
        time.sleep(seconds / 6)


@dataclass
class Event:
    name: str
    run: callable
    allows: tuple = ()
    needs_release: bool = False


EVENTS = [
    Event("nothing", nothing),
    Event("node-killed", kill_node, UNANSWERED),
    Event("node-cut-off", cut_node_off, UNANSWERED),
    Event("node-frozen", freeze_node, UNANSWERED),
    Event("node-rejoins-by-sst", rejoin_with_everything, UNANSWERED),
    Event("web-node-restarted", restart_web_node, OF_THE_WEB_NODE),
    Event("upgrade", upgrade, UNANSWERED, needs_release=True),
]
