"""Events as a file, CSV or JSON Lines: the whole selection, and never a part of it that looks whole."""

import http.client
import json
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from expect import error, ok, places
from many_events import COLUMNS, CSV, LINES, NDJSON, ROWS_OF_A_PART, Deactivation, Download, clear, fill, from_csv, from_lines
from processes import wait_until
from test_events_feed import WRITERS, path_of, write

MANY = 2 * ROWS_OF_A_PART + 7
VERY_MANY = 20000


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture(scope="module")
def org(instance, owner):
    """An organization of whose events there are several parts."""
    org = instance.organization(owner)
    fill(instance.installation.sql, org["id"], owner.id, MANY)
    instance.installation.orgctl("deliver")
    yield org
    clear(instance.installation.sql, org["id"])


def pages(client, path, **query):
    """All events, as pages of JSON."""
    found = ok(client.get(path, params={"limit": 1000, **query}))
    assert len(found) < 1000
    return found


READ = {"csv": from_csv, "jsonl": from_lines}


def file(client, path, form, **query):
    response = client.get(path, params={"format": form, **query})
    assert response.status_code == 200, response.text
    assert "Link" not in response.headers
    assert response.headers["Content-Length"] == str(len(response.content))
    return READ[form](response.text)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("order", ["occurred_at", "-occurred_at"])
@pytest.mark.parametrize("filters", ["nothing", "action", "resource", "actor_id", "since", "until", "offset", "after"])
@pytest.mark.parametrize("feed", ["organization", "own", "all"])
def test_a_file_has_what_all_pages_have(instance, owner, org, feed, filters, order, form):
    client, path = {"organization": (owner.client, path_of(org)), "own": (owner.client, "/users/me/events"),
                    "all": (instance.admin.client, "/events")}[feed]
    query = {"order_by": order, **({"actor_id": owner.id} if feed == "all" else {})}
    middle = pages(client, path, **query)[MANY // 4]
    query.update({"nothing": {}, "action": {"action": "test.odd"}, "resource": {"action": "test.*"},
                  "actor_id": {"actor_id": owner.id}, "since": {"since": "2020-01-01T00:02:00Z"},
                  "until": {"until": "2020-01-01T00:07:00Z"}, "offset": {"offset": 3},
                  "after": {"after": middle["id"]}}[filters])
    expected = pages(client, path, **query)
    assert len(expected) > ROWS_OF_A_PART
    assert file(client, path, form, **query) == expected


@pytest.mark.parametrize("limit", [1, ROWS_OF_A_PART, ROWS_OF_A_PART + 1, 2 * ROWS_OF_A_PART, 1000])
def test_a_limit_bounds_the_rows(owner, org, limit):
    for form in READ:
        assert file(owner.client, path_of(org), form, limit=limit) == ok(owner.client.get(path_of(org), params={"limit": limit}))


@pytest.mark.parametrize("accept, expected", [
    (None, "application/json"), ("*/*", "application/json"), ("text/csv", CSV), ("text/*", CSV), (LINES, LINES),
    (NDJSON, NDJSON), ("application/json, text/csv", "application/json"), ("application/json;q=0.5, text/csv", CSV),
    ("text/csv;q=0.1, application/x-ndjson;q=0.2", NDJSON), ("text/html", "application/json"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"), ("application/*", "application/json"),
])
def test_accept_chooses_the_form(owner, org, accept, expected):
    response = owner.client.get(path_of(org), headers={"Accept": accept})
    assert response.headers["Content-Type"].split(";")[0] == expected
    assert "Accept" in response.headers["Vary"]
    assert (expected == "application/json") == ("Content-Disposition" not in response.headers)


@pytest.mark.parametrize("form, media_type", [("csv", "text/csv; charset=utf-8; header=present"), ("jsonl", LINES), ("json", "application/json")])
def test_the_query_overrules_accept(owner, org, form, media_type):
    response = owner.client.get(path_of(org), params={"format": form}, headers={"Accept": f"{CSV}, {LINES}"})
    assert response.headers["Content-Type"] == media_type
    if form != "json":
        assert re.fullmatch(rf'attachment; filename="events-\d{{4}}-\d\d-\d\d\.{form}"', response.headers["Content-Disposition"])


def test_an_unknown_format_is_a_fault(instance, owner, org):
    for client, path in ((owner.client, path_of(org)), (owner.client, "/users/me/events"), (instance.admin.client, "/events")):
        assert places(client.get(path, params={"format": "xml"})) == [("literal_error", ["query", "format"])]


def test_nothing_selected_is_an_empty_file(owner, org):
    empty = {"action": "nothing.done"}
    assert owner.client.get(path_of(org), params={**empty, "format": "csv"}).text == ",".join(COLUMNS) + "\r\n"
    assert owner.client.get(path_of(org), params={**empty, "format": "jsonl"}).text == ""


def test_a_file_can_tell_how_many_there_are(owner, org):
    response = owner.client.get(path_of(org), params={"format": "jsonl", "action": "test.*", "include_total": True})
    assert response.headers["X-Total-Count"] == str(MANY) == str(len(from_lines(response.text)))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_head_answers_headers_only(owner, org, form):
    for limit in (1, 1000):
        head = owner.client.head(path_of(org), params={"format": form, "limit": limit})
        got = owner.client.get(path_of(org), params={"format": form, "limit": limit})
        assert head.status_code == 200 and head.content == b""
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        assert head.headers["Content-Disposition"] == got.headers["Content-Disposition"]
        assert limit > 1 or head.headers["Content-Length"] == got.headers["Content-Length"]


def test_who_may_not_gets_a_refusal_in_json(instance, owner, org):
    for accept in (CSV, LINES):
        headers = {"Accept": accept}
        error(instance.user().client.get(path_of(org), headers=headers), 404, "KeyError")
        error(owner.client.get("/events", headers=headers), 403, "IllegalOperationError")
        error(instance.client().get(path_of(org), headers=headers), 401, "AuthorizationException")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://example.org\",\"a,b\")", "＝1", "\u200b=1"])
def test_no_cell_is_a_formula(instance, owner, name):
    org = instance.organization(owner, name=name)
    agent = "=cmd|' /C calc'!A0"
    ok(owner.client.patch(f"/organizations/{org['id']}", json={"description": "=1"}, headers={"User-Agent": agent}))
    text = owner.client.get(path_of(org), params={"format": "csv"}).text
    updated, created = from_csv(text)
    assert updated["organization"]["name"] == created["organization"]["name"] == "'" + org["name"]
    assert updated["context"]["user_agent"] == "'" + ok(owner.client.get(path_of(org)))[0]["context"]["user_agent"]
    assert updated["changes"] == {"description": {"before": None, "after": "=1"}}
    assert not re.search(r'(?:^|,)"?[\s\u200b]*[=+@＝-]', text, re.MULTILINE)
    ok(owner.client.delete(f"/organizations/{org['id']}"))


def test_orgctl_exports_both_forms(instance, owner, org):
    def export(*options):
        return instance.installation.run_orgctl("event", "export", "--organization", org["id"], *options)

    expected = file(owner.client, path_of(org), "jsonl", order_by="occurred_at")
    assert from_lines(export().stdout) == from_lines(export("--format", "jsonl").stdout) == expected
    assert from_csv(export("--format", "csv").stdout) == expected
    assert from_csv(export("--format", "csv", "--action", "nothing.done").stdout) == []
    refused = export("--format", "xml")
    assert refused.returncode == 2 and refused.stdout == ""
    assert "--format xml: must be jsonl or csv" in refused.stderr


def test_a_file_while_others_write(instance, owner, sql):
    """However late they commit: who takes files one after the other, each behind the last event of the one before, gets
    every event once."""
    org = instance.organization(owner)
    place = SimpleNamespace(client=owner.client, path=f"/organizations/{org['id']}")
    instance.installation.orgctl("deliver")
    start, = ok(instance.admin.client.get("/events", params={"limit": 1}))
    seen = [start["id"]]
    is_over = threading.Event()

    def deliver():
        while not is_over.is_set():
            instance.installation.orgctl("deliver", "--quiet")

    def follow():
        query = {"format": "jsonl", "order_by": "occurred_at", "after": seen[-1]}
        seen.extend(event["id"] for event in from_lines(instance.admin.client.get("/events", params=query).text))

    courier = threading.Thread(target=deliver)
    courier.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, instance, place, number) for number in range(WRITERS)]
        while not all(writer.done() for writer in writers):
            follow()
        for writer in writers:
            writer.result()
    is_over.set()
    courier.join()
    instance.installation.orgctl("deliver")
    follow()
    known = [str(uuid.UUID(bytes=id_)) for id_, in sql(
        "SELECT id FROM orgd.orgd_events WHERE position > (SELECT position FROM orgd.orgd_events WHERE id = %s)"
        " ORDER BY position", (uuid.UUID(seen[0]).bytes,))]
    assert seen[1:] == known and len(set(seen)) == len(seen) and len(known) > WRITERS
    sql("DELETE FROM orgd.orgd_events WHERE action = 'test.done'")


# Behind every web server

@pytest.fixture(scope="module")
def behind(every_server):
    """A user with very many events in an organization, behind one web server after the other."""
    sql = every_server.installation.sql
    user = every_server.user(limit=1000)
    org = every_server.organization(user)
    fill(sql, org["id"], user.id, VERY_MANY)
    yield SimpleNamespace(instance=every_server, user=user, org=org, sql=sql)
    clear(sql, org["id"])


def access_line(instance, path):
    lines = [json.loads(line) for line in instance.log_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == "request" and line["path"] == instance.mount + path][-1]


@pytest.mark.parametrize("order", ["occurred_at", "-occurred_at"])
def test_every_web_server_hands_on_the_whole_file(behind, order):
    path = path_of(behind.org)
    with Download(behind.instance, f"{path}?action=test.*&order_by={order}", behind.user.token) as download:
        body = download.read()
    sequences = [event["sequence"] for event in from_lines(body)]
    assert sequences == sorted(range(1000001, 1000001 + VERY_MANY), reverse=order[0] == "-")
    line = wait_until(lambda: access_line(behind.instance, path), "the access line")
    assert line["bytes"] == len(body.encode()) and line["status"] == 200 and line["broken_off"] is False


@pytest.mark.parametrize("accept", [CSV, LINES])
def test_behind_every_web_server_a_file_that_breaks_off_does_not_look_whole(behind, accept):
    """The user is deactivated while it is sent."""
    path = path_of(behind.org)
    with Deactivation(behind.instance, behind.user, 1.5 * VERY_MANY):
        with Download(behind.instance, path, behind.user.token, accept) as download:
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                download.read()
    line = wait_until(lambda: access_line(behind.instance, path), "the access line")
    assert line["broken_off"] is True and line["status"] == 200


def test_behind_every_web_server_who_is_refused_in_time_gets_a_refusal(behind):
    """While the file is measured, nothing has been sent."""
    with Deactivation(behind.instance, behind.user, 0.5 * VERY_MANY):
        response = behind.user.client.get(path_of(behind.org), headers={"Accept": CSV})
    error(response, 401, "AuthorizationException")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert "Content-Disposition" not in response.headers
