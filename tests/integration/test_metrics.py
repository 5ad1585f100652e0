"""/metrics: what all workers have counted, whoever started them, told to who bears the token."""

import contextlib
import os
import re
import signal
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import fastcgi
import installation
from cgi import CGI_SERVERS, MOUNT
from expect import error, unique
from installation import METRICS_TOKEN as TOKEN
from installation import Instance, SecondDatabase
from processes import descendants, executes, give_to_servers, is_alive, is_courier, wait_until
from servers import SERVERS, Pool, SpawnFcgi

MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# A pool has memory of its own; it is tried with a file, too.
KINDS = {"pool-without-file": ("lighttpd-remote", {}),
         **{kind: (kind, {"metrics_file": "metrics"}) for kind in [*SERVERS, *CGI_SERVERS]}}


@contextlib.contextmanager
def started(database, kind, **settings):
    with pytest.MonkeyPatch.context() as patch:
        for name, classes in CGI_SERVERS.items():
            patch.setitem(installation.SERVERS, name, classes)
        with Instance(database, kind, MOUNT, workers=3, settings=settings) as instance:
            yield instance


@pytest.fixture(scope="module", params=KINDS)
def counted(database, request):
    kind, settings = KINDS[request.param]
    with started(database, kind, metrics_token=TOKEN, **settings) as instance:
        yield instance


@pytest.fixture(scope="module", params=["pool-without-file", "lighttpd", "lighttpd-remote", "lighttpd-spawn-fcgi",
                                        "apache-mod_fcgid"])
def long_lived(database, request):
    """Workers that serve more than one request."""
    kind, settings = KINDS[request.param]
    with started(database, kind, metrics_token=TOKEN, **settings) as instance:
        yield instance


class Metrics:
    """What an answer says, read by the parser of Prometheus' own client."""

    def __init__(self, text):
        assert text.endswith("# EOF\n")
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples = {(sample.name, frozenset(sample.labels.items())): sample.value
                        for family in self.families.values() for sample in family.samples}

    def value(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())), 0)

    def sum(self, name, **labels):
        """Of all series of that name which have these labels."""
        return sum(value for (of, its), value in self.samples.items() if of == name and labels.items() <= set(its))

    def totals(self):
        """What may never go back."""
        return {key: value for key, value in self.samples.items()
                if key[0].endswith(("_total", "_count", "_sum", "_bucket"))}


def scrape(instance):
    response = instance.client(TOKEN).get("/metrics")
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == MEDIA_TYPE and response.headers["Cache-Control"] == "no-store"
    return Metrics(response.text)


def of_pool(pool):
    response = fastcgi.request(pool.socket, "GET", "/metrics", TOKEN)
    assert response.status == 200
    return Metrics(response.body.decode())


def requests_of(before, after, **labels):
    return after.sum("orgd_http_requests_total", **labels) - before.sum("orgd_http_requests_total", **labels)


def test_all_workers_are_added_up(counted):
    """Exactly, although several workers (or processes) served the requests."""
    person = counted.user(limit=100)
    before = scrape(counted)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: counted.client(person.token).get("/users/me").status_code, range(60)))
        organization = counted.organization(person)
        for path in ("/nowhere", "/nowhere/else/{}".format(unique("path"))):
            person.client.get(path)
        for name in (organization["id"], organization["name"]):
            person.client.head(f"/organizations/{name}")
        person.client.get(f"/organizations/{unique('none')}")
        person.client.delete("/organizations")
        person.client.options("/organizations")
    after = scrape(counted)
    assert answers == [200] * 60
    one = "/organizations/{organization_id_or_name}"
    assert requests_of(before, after, route="/users/me", method="GET", status="200") == 60
    assert requests_of(before, after, route="/organizations", method="POST", status="200") == 1
    assert requests_of(before, after, route=one, method="GET", status="200") == 2
    assert requests_of(before, after, route=one, method="GET", status="404") == 1
    assert requests_of(before, after, route="unknown", method="any", status="404") == 2
    assert requests_of(before, after, route="any", method="other", status="405") == 1
    assert requests_of(before, after, route="any", method="OPTIONS", status="204") == 1
    assert requests_of(before, after, route="/metrics", method="GET", status="200") == 1
    assert requests_of(before, after) == 60 + 1 + 2 + 1 + 2 + 1 + 1 + 1
    for metrics in (before, after):
        assert metrics.sum("orgd_http_requests_total") == metrics.sum("orgd_http_request_duration_seconds_count")
    assert 0 < after.sum("orgd_http_request_duration_seconds_sum") < 600
    assert after.sum("orgd_database_statements_total") - before.sum("orgd_database_statements_total") >= 64
    assert after.value("orgd_database_transactions_total", outcome="done") > \
        before.value("orgd_database_transactions_total", outcome="done")


def test_processes(counted):
    metrics = scrape(counted)
    is_cgi = counted.kind in CGI_SERVERS
    has_pool = isinstance(counted.backend, Pool)
    assert metrics.value("orgd_build_info", version=counted.client().get("/health").json()["version"],
                         gateway="CGI" if is_cgi else "FastCGI") == 1
    assert 1 <= metrics.value("orgd_workers_busy") <= metrics.value("orgd_workers")
    if counted.kind != "apache-mod_fcgid" and not is_cgi:  # which start workers as they are needed
        wait_until(lambda: scrape(counted).value("orgd_workers") == 3, "all workers")
    wait_until(lambda: scrape(counted).value("orgd_couriers") == has_pool, "the courier")
    assert metrics.value("orgd_process_deaths_total") == 0
    assert metrics.value("orgd_process_starts_total") >= metrics.value("orgd_workers")
    assert 0 <= metrics.value("orgd_database_connections") <= metrics.value("orgd_workers") + has_pool


def test_the_file_is_closed_to_others(counted):
    path = counted.directory / "metrics"
    if not path.exists():
        assert isinstance(counted.backend, Pool)
        return
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer ", f"Bearer {TOKEN}0", f"Bearer {TOKEN[:-1]}",
                                           f"Bearer {TOKEN.upper()}", f"Basic {TOKEN}"])
def test_others_get_401(counted, authorization):
    response = counted.client().get("/metrics", headers={} if authorization is None else {"Authorization": authorization})
    error(response, 401, "AuthorizationException")
    is_sent = (authorization or "").startswith("Bearer ")
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="orgd"')
    # Behind Apache and lighttpd a blank at the end of a header does not arrive.
    assert ('error="invalid_token"' in response.headers["WWW-Authenticate"]) == is_sent or authorization == "Bearer "
    assert "orgd_" not in response.text and response.headers["Cache-Control"] == "no-store"
    assert TOKEN not in counted.log_text()


def test_a_credential_of_the_api_is_no_token(counted):
    error(counted.admin.client.get("/metrics"), 401, "AuthorizationException")
    error(counted.client(TOKEN).get("/users/me"), 401, "AuthorizationException")


@pytest.mark.parametrize("settings", [{}, {"metrics_file": "metrics"}, {"metrics_token": TOKEN}],
                         ids=["nothing set", "no token", "no file, and no pool"])
def test_where_it_is_not_set_up_there_is_nothing(database, settings):
    with started(database, "lighttpd", **settings) as instance:
        client = instance.client(TOKEN)
        nowhere = client.get("/nowhere")
        for method in ("GET", "POST", "OPTIONS"):
            response = client.request(method, "/metrics")
            assert (response.status_code, response.json()) == (nowhere.status_code, nowhere.json()) and nowhere.status_code == 404
        assert not (instance.directory / "metrics").exists()
        assert ("nobody gets /metrics" in instance.log_text()) == (settings != {})


# Workers that die

def is_worker(pid, program):
    try:
        return is_alive(pid) and executes(pid, program) and not is_courier(pid)
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return False


def workers_of(instance):
    if isinstance(instance.backend, SpawnFcgi):
        return [pid for pid in instance.backend.pids if is_alive(pid)]
    supervisor = (instance.backend or instance.server).pid
    return [pid for pid in descendants(supervisor) if is_worker(pid, instance.installation.orgd)]


class Load(threading.Thread):
    """Sends requests without a pause while its block lasts, and counts what was sent and what was answered."""

    def __init__(self, instance, token):
        super().__init__(daemon=True)
        self.client = instance.client(token)
        self.sent = self.answered = 0
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            self.sent += 1
            with contextlib.suppress(OSError):
                self.answered += self.client.get("/organizations").status_code == 200

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join(60)


def test_killed_workers_lose_no_count(long_lived):
    """Whoever kills them, and whenever: what has been answered stays counted, and no total ever goes back."""
    person = long_lived.user()
    first = before = scrape(long_lived)
    # Under spawn-fcgi nobody starts another one.
    rounds = 2 if isinstance(long_lived.backend, SpawnFcgi) else 6
    with Load(long_lived, person.token) as one, Load(long_lived, person.token) as other:
        for _ in range(rounds):
            os.kill(wait_until(lambda: workers_of(long_lived), "a worker")[0], signal.SIGKILL)
            for _ in range(3):
                response = long_lived.client(TOKEN).get("/metrics")
                if response.status_code != 200:  # its worker was the one
                    continue
                now = Metrics(response.text)
                assert [key for key, value in before.totals().items() if now.totals().get(key, 0) < value] == []
                before = now
    wait_until(lambda: long_lived.client().get("/health").status_code == 200, "a worker")
    after = scrape(long_lived)
    counted = requests_of(first, after, route="/organizations", method="GET", status="200")
    assert 0 < one.answered + other.answered <= counted <= one.sent + other.sent
    assert after.value("orgd_workers") >= 1
    if isinstance(long_lived.backend, Pool):
        wait_until(lambda: scrape(long_lived).value("orgd_workers") == 3, "three workers")
        assert scrape(long_lived).value("orgd_process_deaths_total") == rounds


@pytest.mark.parametrize("settings", [{}, {"metrics_file": "metrics"}], ids=["memory", "file"])
def test_a_reload_loses_no_count(start, settings):
    pool = start(Pool, workers=2, metrics_token=TOKEN, **settings)
    for _ in range(10):
        fastcgi.request(pool.socket, "GET", "/nowhere")
    for started in (3, 6, 9):  # two workers and the courier
        wait_until(lambda started=started: of_pool(pool).value("orgd_process_starts_total") == started, "all to start")
        wait_until(lambda: of_pool(pool).value("orgd_workers") == 2, "old ones to end")
        metrics = of_pool(pool)
        assert metrics.value("orgd_http_requests_total", route="unknown", method="any", status="404") == 10
        assert metrics.value("orgd_process_deaths_total") == 0
        if started < 9:
            pool.reload()
    assert "begin at zero" not in pool.logs()


def test_a_file_outlives_a_restart(start):
    pool = start(Pool, workers=2, metrics_token=TOKEN, metrics_file="metrics")
    for _ in range(10):
        fastcgi.request(pool.socket, "GET", "/nowhere")
    pool.stop()
    pool.start()
    wait_until(lambda: of_pool(pool).value("orgd_workers") == 2, "the workers")
    metrics = of_pool(pool)
    assert metrics.value("orgd_http_requests_total", route="unknown", method="any", status="404") == 10
    assert metrics.value("orgd_process_deaths_total") == 0


# The file

@pytest.mark.parametrize("content", [b"[client]\npassword = x\n", b"x" * 100000])
def test_what_is_no_file_of_counters_is_left_alone(database, directory, content):
    path = directory / "other"
    path.write_bytes(content)
    give_to_servers(path)
    with started(database, "lighttpd", metrics_token=TOKEN, metrics_file=path) as instance:
        error(instance.client(TOKEN).get("/metrics"), 503, "ServiceUnavailable")
        assert instance.client().get("/health").status_code == 200
        assert f"{path}" in instance.log_text()
    assert path.read_bytes() == content


def test_two_services_do_not_mix(database, directory):
    file = directory / "metrics"
    with SecondDatabase(database) as second, contextlib.ExitStack() as both:
        second.orgctl("migrate")
        one = both.enter_context(started(database, "lighttpd", metrics_token=TOKEN, metrics_file=file))
        other = both.enter_context(started(database, "lighttpd", metrics_token=TOKEN, metrics_file=directory / "second"))
        for _ in range(5):
            one.client().get("/nowhere")
        labels = {"route": "unknown", "method": "any", "status": "404"}
        assert scrape(one).value("orgd_http_requests_total", **labels) == 5
        assert scrape(other).value("orgd_http_requests_total", **labels) == 0
        mistaken = both.enter_context(started(database, "lighttpd", metrics_token=TOKEN, metrics_file=file,
                                              database_option_file=second.option_file))
        error(mistaken.client(TOKEN).get("/metrics"), 503, "ServiceUnavailable")
        assert "is no file of counters of this service" in mistaken.log_text()
        assert scrape(one).value("orgd_http_requests_total", **labels) == 5


def test_the_answer_is_bounded(long_lived):
    """Whatever strangers ask for: their paths and methods make no series."""
    client = long_lived.client()

    def ask(count):
        for i in range(count):
            client.get(f"/{unique('path')}/{i}?x={i}")
            client.request(f"METHOD{i}", "/organizations")
            client.request(f"METHOD{i}", f"/{unique('path')}")
        return long_lived.client(TOKEN).get("/metrics").text

    ask(20)  # from the second time on, /metrics is a route in use itself
    before = len(ask(20))
    text = ask(200)
    assert len(text) < before + 500 and len(text) < 100000
    routes = set(re.findall(r'route="([^"]*)"', text))
    assert routes and all(route in ("unknown", "any") or route.startswith("/") for route in routes)
    assert not re.search(r"path \d|path%20", text) and "METHOD" not in text
