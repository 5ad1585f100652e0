"""Three Galera nodes and two web nodes: tests/cluster/run has more of it, and takes longer."""

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from expect import error, ok, unique
from follower import Follower
from installation import Client
from mail_server import MailServer
from processes import give_to_servers, wait_until
from servers import Pool

sys.path.append(str(Path(__file__).resolve().parents[1] / "cluster"))

from cluster import Cluster
from events import EVENTS
from old import run_ends, run_meetings
from people_races import run_people
from races import run_races
from trial import run_event
from ways_in import WAYS

SECONDS = 1
ROUNDS = 5
PEOPLE_S = 6
WRITERS, CHANGES = 16, 8
MAILS = 40
# Some of the table of ways_in.py: each takes a second or two.
OLD = ("set-password", "sign-out", "token delete", "organization deleted")
UNDER_WAY = [("allowing", "sign-out"), ("redeeming", "set-password"), ("refreshing", "client delete"),
             ("exchanging a key", "key rotate")]


@pytest.fixture(scope="module")
def cluster(build_directory, environment):
    with Cluster(build_directory, environment) as started:
        yield started


@pytest.mark.parametrize("name", ["node-killed", "node-cut-off"])
def test_nothing_is_lost(cluster, name):
    event, = [event for event in EVENTS if event.name == name]
    row = run_event(cluster, event, SECONDS)
    assert row["violations"] == []
    assert row["acknowledged_writes"] > 0


def test_two_web_nodes_keep_the_rules_together(cluster):
    answers, violations = run_races(cluster, ROUNDS)
    assert violations == []
    assert answers["same_name"] == {"200": ROUNDS, "EntityExistsError": ROUNDS}
    assert answers["same_owner"] == {"200": ROUNDS, "OrganizationLimitExceeded": ROUNDS}


def test_nobody_rises_by_himself_on_two_nodes(cluster):
    answers, violations = run_people(cluster, PEOPLE_S)
    assert violations == [] and answers["people"]["assign 200"] > 0


def test_who_is_deactivated_on_one_node_is_out_on_the_others_with_the_next_request(cluster):
    account, = cluster.accounts(1, limit=ROUNDS + 1)
    client = cluster.client(1, account)
    path = "/organizations/" + ok(client.post("/organizations", json={"name": unique()}))["id"]
    for _ in range(ROUNDS):
        for is_active in (False, True):
            cluster.nodes[0].execute(f"UPDATE orgd.orgd_accounts SET is_active = {is_active}"
                                     f" WHERE id = UNHEX(REPLACE('{account.id}', '-', ''))")
            for answer in (client.post("/organizations", json={"name": unique()}), client.get(path)):
                if is_active:
                    ok(answer)
                else:
                    error(answer, 401, "AuthorizationException")


def test_what_is_ended_on_one_node_opens_nothing_on_another_that_is_behind(cluster):
    answers, violations = run_ends(cluster, 1, OLD)
    assert violations == []
    assert {sum(counter.values()) for counter in answers.values()} == {len(WAYS)}


def test_what_is_under_way_on_one_node_is_ended_on_another(cluster):
    answers, violations = run_meetings(cluster, 1, UNDER_WAY)
    assert violations == []
    assert len(answers) == 2 * len(UNDER_WAY)


def test_a_follower_gets_every_event_once_on_either_node(cluster):
    """While both web nodes write, and both couriers give positions. What one node has shown, the other shows as well,
    in the same order."""
    everyone = cluster.web_nodes[0].user(superuser=True)
    writers = cluster.accounts(WRITERS, limit=1000)
    followers = [Follower(Client(node.url, everyone.token), "/events", 7) for node in cluster.web_nodes]
    for follower in followers:
        follower.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        made = list(pool.map(lambda number: change_often(cluster.client(number % 2, writers[number])), range(WRITERS)))
    wait_until(lambda: not rows_waiting(cluster), "positions of all events")
    first, second = (follower.end() for follower in followers)
    assert first == second and len(set(first)) == len(first)
    wanted = {event["id"] for number, path in enumerate(made)
              for event in ok(cluster.client(0, writers[number]).get(path + "/events"))}
    assert len(wanted) >= WRITERS * (1 + CHANGES) and wanted <= set(first)


def test_each_mail_is_sent_once_by_couriers_of_two_nodes(cluster, directory):
    """And by orgctl, at the same time."""
    with MailServer() as server, contextlib.ExitStack() as cleanup:
        config = cluster.write_config(directory / "mail.conf", **server.settings())
        recipients = [f"m{number}@example.org" for number in range(MAILS)]
        for recipient in recipients:
            assert cluster.run_orgctl("mail", "test", recipient, "--outbox", config_path=config).returncode == 0
        for number, node in enumerate(cluster.web_nodes):
            place = directory / f"pool{number}"
            place.mkdir()
            give_to_servers(place)
            pool = Pool(cluster, place, workers=1, database_option_file=node.options / "my.cnf", **server.settings())
            cleanup.callback(pool.stop)
            pool.start()
        assert cluster.run_orgctl("deliver", config_path=config).returncode == 0
        wait_until(lambda: cluster.nodes[2].execute("SELECT COUNT(*) FROM orgd.orgd_mails WHERE state = 'sent'")[0][0] == MAILS,
                   "all mails to be sent", timeout=60)
    assert sorted(recipient for mail in server.received for recipient in mail.recipients) == sorted(recipients)
    assert len({mail.id for mail in server.received}) == MAILS


def change_often(client):
    path = "/organizations/" + ok(client.post("/organizations", json={"name": unique()}))["id"]
    for _ in range(CHANGES):
        ok(client.patch(path, json={"description": unique()}))
    return path


def rows_waiting(cluster):
    return cluster.nodes[0].execute("SELECT 1 FROM orgd.orgd_events WHERE position = 0 LIMIT 1")
