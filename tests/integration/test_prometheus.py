"""The samples for Prometheus and Grafana: they name what /metrics tells, and Prometheus itself makes sense of them."""

import json
import re
import subprocess
import urllib.parse
import urllib.request

import pytest
import yaml

from installation import METRICS_TOKEN, Instance
from processes import Server, free_port, wait_until, write_file
from servers import CONF, sample
from test_metrics import Metrics

DASHBOARD = json.loads((CONF / "grafana-dashboard.json").read_text(encoding="utf-8"))
ALERTS = {rule["alert"]: rule for group in yaml.safe_load((CONF / "prometheus-alerts.yml").read_text(encoding="utf-8"))["groups"]
          for rule in group["rules"]}
QUERIES = {panel["title"]: [target["expr"] for target in panel["targets"]]
           for panel in DASHBOARD["panels"] if panel["type"] != "row"}
NAME = re.compile(r"\borgd_\w+")
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""], "info": ["_info"]}
# Nothing to show where all is well, or nothing is over.
EMPTY = {"Failures by route"}


class Prometheus(Server):
    name = "prometheus"

    def __init__(self, directory, environment, instance):
        super().__init__(directory, environment)
        self.port = free_port()
        token = write_file(directory / "token", METRICS_TOKEN)
        rules = write_file(directory / "alerts.yml", (CONF / "prometheus-alerts.yml").read_text(encoding="utf-8"))
        self.config = write_file(directory / "prometheus.yml", sample("prometheus.yml", {
            "/etc/prometheus/orgd-metrics-token\n    static": f"{token}\n    static",
            "- /etc/prometheus/prometheus-alerts.yml": f"- {rules}",
            "scrape_interval: 15s": "scrape_interval: 1s",
            "scheme: https": "scheme: http",
            '"api.example.org"': f'"127.0.0.1:{instance.server.port}"',
        }))
        (directory / "tsdb").mkdir(mode=0o777)
        (directory / "tsdb").chmod(0o777)

    def command(self):
        return ["prometheus", f"--config.file={self.config}", f"--storage.tsdb.path={self.directory}/tsdb",
                f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"]

    def ask(self, path, **query):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as response:
            answer = json.load(response)
        assert answer["status"] == "success"
        return answer["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def is_ready(self):
        try:
            return self.ask("targets") is not None
        except OSError:
            return False


@pytest.fixture(scope="module")
def watched(database):
    with Instance(database, "lighttpd-remote", "/api", settings={"metrics_token": METRICS_TOKEN}) as instance:
        yield instance


@pytest.fixture(scope="module")
def families(watched):
    user = watched.user(limit=10)
    watched.organization(user)
    wait_until(lambda: "orgd_couriers 1\n" in watched.client(METRICS_TOKEN).get("/metrics").text, "the courier")
    return Metrics(watched.client(METRICS_TOKEN).get("/metrics").text).families


@pytest.fixture
def prometheus(watched, families, directory, environment):
    server = Prometheus(directory, environment, watched)
    server.start()
    yield server
    server.stop()


def names_of(family):
    return {family.name + suffix for suffix in SUFFIXES[family.type]}


def expressions():
    yield from ((title, query) for title, queries in QUERIES.items() for query in queries)
    yield from ((name, rule["expr"]) for name, rule in ALERTS.items())


def test_the_dashboard_and_the_alerts_name_what_there_is(families):
    there = {name: family for family in families.values() for name in names_of(family)}
    for where, expression in expressions():
        assert NAME.findall(expression) or "up{" in expression, where
        for name in NAME.findall(expression):
            assert name in there, f"{where}: {name}"


def test_the_dashboard_shows_every_metric(families):
    shown = {name for queries in QUERIES.values() for query in queries for name in NAME.findall(query)}
    assert [family.name for family in families.values() if not names_of(family) & shown] == []


def test_rates_are_of_counters_and_counters_have_rates():
    for where, expression in expressions():
        rated = set(re.findall(r"\b(?:rate|increase)\((orgd_\w+)", expression))
        counters = {name for name in NAME.findall(expression) if name.endswith(("_total", "_bucket", "_count", "_sum"))}
        assert rated == counters, where


def test_each_metric_is_explained(families):
    for family in families.values():
        assert family.documentation.endswith("."), family.name
        assert family.unit == ("seconds" if family.name.endswith("_seconds") else
                               "bytes" if family.name.endswith("_bytes") else ""), family.name


def test_panels_stand_side_by_side():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and all(x < 24 for x, _ in cells), panel["title"]
        taken |= cells


def test_prometheus_reads_orgd_and_answers_the_dashboard(prometheus):
    checked = subprocess.run(["promtool", "check", "config", prometheus.config], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0 and f"{len(ALERTS)} rules found" in checked.stdout, checked.stdout + checked.stderr
    wait_until(lambda: [one["value"][1] for one in prometheus.query('up{job="orgd"}')] == ["1"], "a scrape")
    wait_until(lambda: prometheus.query("rate(orgd_http_requests_total[10s]) > 0"), "two scrapes")
    for title, queries in QUERIES.items():
        for query in queries:
            expression = query.replace("$instance", ".*").replace("$__rate_interval", "10s")
            if title == "Since the last round":
                wait_until(lambda expression=expression: prometheus.query(expression), title, timeout=30)
            assert prometheus.query(expression) or title in EMPTY, f"{title}: {query}"
    assert all(target["health"] == "up" for target in prometheus.ask("targets")["activeTargets"])
    for name, rule in ALERTS.items():
        assert prometheus.query(rule["expr"]) == [], name


# What makes each alert ring: series over an hour, a value a minute. Otherwise each counter stands still.
RINGS = {
    "OrgdDown": {'up{job="orgd"}': "0x60"},
    "OrgdDatabaseAway": {'orgd_database_connects_total{outcome="failed"}': "0+5x60"},
    "OrgdRefuses": {'orgd_http_requests_total{route="/a",method="GET",status="200"}': "0+90x60",
                    'orgd_http_requests_total{route="/b",method="GET",status="503"}': "0+10x60"},
    "OrgdFault": {'orgd_http_requests_total{route="/a",method="GET",status="500"}': "0x58 1x5"},
    "OrgdOutcomeUnknown": {'orgd_database_transactions_in_doubt_total{outcome="unknown"}': "0x58 1x5"},
    "OrgdSlow": {'orgd_http_request_duration_seconds_bucket{route="/a",method="GET",le="0.5"}': "0+50x60",
                 'orgd_http_request_duration_seconds_bucket{route="/a",method="GET",le="1.0"}': "0+100x60",
                 'orgd_http_request_duration_seconds_bucket{route="/a",method="GET",le="+Inf"}': "0+100x60"},
    "OrgdWorkersBusy": {'orgd_http_request_duration_seconds_sum{route="/a",method="GET"}': "0+110x60", "orgd_workers": "2x60"},
    "OrgdWorkersDie": {"orgd_process_deaths_total": "0+1x60"},
    "OrgdConnectionsShort": {"orgd_database_connection_shortages_total": "0x58 1x5"},
    "OrgdConflicts": {"orgd_database_transaction_retries_total": "0+30x60",
                      'orgd_database_transactions_total{outcome="done"}': "0+100x60"},
    "OrgdMemoryShort": {'orgd_memory_shortages_total{outcome="reserve_used"}': "0x58 1x5"},
    "OrgdSlowReaders": {"orgd_answers_refused_total": "0x58 1x5"},
    "OrgdPasswordsWait": {'orgd_password_checks_total{outcome="refused"}': "0+12x60"},
    "OrgdGuessing": {'orgd_sign_ins_total{outcome="refused"}': "0+100x60"},
    "OrgdMailsWait": {"orgd_mails_oldest_seconds": "0+60x60"},
    "OrgdMailsFail": {'orgd_mails_total{outcome="failed"}': "0+1x60"},
    "OrgdCourierStandsStill": {"orgd_courier_last_round_timestamp_seconds": "100x60"},
    "OrgdEventsChanged": {"orgd_courier_refused_chains_total": "0x58 1x5"},
}


def test_every_alert_rings(directory):
    assert set(RINGS) == set(ALERTS)
    rules = write_file(directory / "rules.yml", (CONF / "prometheus-alerts.yml").read_text(encoding="utf-8"))
    tests = []
    for name, series in RINGS.items():
        series = {key if "{" in key else key + "{}": values for key, values in series.items()}
        loud = [{"series": key.replace("{", '{instance="a",', 1), "values": values} for key, values in series.items()]
        calm = [{"series": key.replace("{", '{instance="a",', 1),
                 "values": "1x60" if key.startswith(("up", "orgd_workers")) else "0x60"} for key in series]
        count = f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)'
        tests += [{"interval": "1m", "input_series": given,
                   "promql_expr_test": [{"expr": count, "eval_time": "60m", "exp_samples": [{"labels": "{}", "value": value}]}]}
                  for given, value in ((loud, 1), (calm, 0))]
    file = write_file(directory / "tests.yml", json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m",
                                                           "tests": tests}))
    result = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_manual_of_operations_explains_every_alert():
    text = (CONF.parent / "docs/operations.md").read_text(encoding="utf-8")
    assert [name for name in ALERTS if f"`{name}`" not in text] == []
