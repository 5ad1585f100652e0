"""Tables for people, ratios with their targets, and the same as JSON."""

import operator
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from measure import CONNECTIONS, ROLES
from stacks import WORKERS
from turns import AGAIN, Outcome

PACKAGES = ("mariadb-server", "lighttpd", "apache2", "libapache2-mod-fcgid", "libfcgi0ldbl", "libmariadb3",
            "libjansson4", "php8.2-fpm", "python3-fastapi", "python3-sqlalchemy", "uvicorn", "wrk")


@dataclass
class Target:
    """A ratio of docs/performance.md: what it is, which group has it, and what it must reach."""

    name: str
    group: str
    value: object  # of an Outcome, or of the figures of memory or cold starts
    reached: object
    limit: float


def _throughput(name, other):
    return lambda outcome: outcome.ratio(name, other)


def _worker_cpu(outcome):
    return outcome.ratio("get_by_id_jwt", "bare get", lambda sample: sample.cpu_s["worker"])


def _p99(name):
    return lambda outcome: outcome.median(name, lambda sample: sample.p99_ms)


def _total(by_role):
    return sum(mib for mib, _ in by_role.values())


TARGETS = [
    Target("get_by_id_jwt_over_bare", "get", _throughput("get_by_id_jwt", "bare get"), operator.ge, 1.0),
    Target("get_by_id_key_over_bare", "get", _throughput("get_by_id_key", "bare get"), operator.ge, 0.95),
    Target("worker_cpu_get_by_id_over_bare", "get", _worker_cpu, operator.le, 1.0),
    Target("list_100_over_bare_list", "list", _throughput("list_100_key", "bare list"), operator.ge, 0.9),
    Target("list_100_over_php", "peer_lists", _throughput("list_100_key", "list_100_php"), operator.ge, 1.3),
    Target("members_100_over_list_100", "list", _throughput("members_100_key", "list_100_key"), operator.ge, 0.7),
    Target("create_over_bare_insert", "create", _throughput("create_key", "bare insert"), operator.ge, 0.95),
    Target("create_over_bare_audited", "audited", _throughput("create_key", "bare audited insert"), operator.ge, 1.0),
    Target("get_by_id_over_fastapi", "peers", _throughput("get_by_id_key", "get_by_id_fastapi"), operator.ge, 25),
    Target("get_by_id_over_php", "peers", _throughput("get_by_id_key", "get_by_id_php"), operator.ge, 2.0),
    Target("memory_over_php", "memory", lambda memory: _total(memory["orgd"]) / _total(memory["php"]), operator.le,
           1 / 3),
    Target("get_by_id_fcgid_over_bare", "fcgid", _throughput("get_by_id_fcgid", "bare get"), operator.ge, 0.95),
    Target("get_by_id_proxy_fcgi_over_bare", "proxy_fcgi", _throughput("get_by_id_proxy_fcgi", "bare get"), operator.ge,
           0.95),
    Target("p99_fcgid_ms", "fcgid", _p99("get_by_id_fcgid"), operator.le, 20),
    Target("p99_proxy_fcgi_ms", "proxy_fcgi", _p99("get_by_id_proxy_fcgi"), operator.le, 20),
    Target("pss_idle_mib", "memory", lambda figures: figures["before"], operator.le, 2),
    Target("pss_after_load_over_before", "memory", lambda memory: memory["after"] / memory["before"], operator.le,
           1.02),
    Target("cold_start_ms", "cold", lambda figures: figures["orgd"], operator.le, 50),
]


def machine():
    model = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
             if line.startswith("model name")]
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *PACKAGES], capture_output=True,
                            text=True, check=False).stdout
    return {"cpu": model[0] if model else platform.machine(), "cores": os.cpu_count(), "kernel": platform.release(),
            "packages": dict(line.split(" ", 1) for line in listed.splitlines()), "workers": WORKERS,
            "connections": CONNECTIONS}


def table_of_group(outcome, wanted):
    base = outcome.group.base.name
    lines = [f"\n{outcome.group.title} ({len(outcome.turns)} turns, {len(outcome.discarded)} discarded)",
             f"{'':22}{'req/s':>9}{'÷ base':>9}{'p50 ms':>9}{'p99 ms':>9}   CPU ms a request: web, worker, MariaDB"]
    for name in [base, *(one.name for one in outcome.group.members), AGAIN]:
        figures = figures_of(outcome, name)
        cpu = "".join(f"{figures['cpu_s_per_1000'][role]:>9.3f}" for role in ROLES)
        lines.append(f"{name:22}{figures['requests_per_s']:>9.0f}{figures['over_base']:>9.3f}{figures['p50_ms']:>9.2f}"
                     f"{figures['p99_ms']:>9.2f}   {cpu}")
    if not outcome.is_steady(wanted):
        lines.append(f"UNSTEADY: fewer than {wanted} turns whose control held; these figures prove nothing.")
    if outcome.errors():
        lines.append(f"BROKEN: {outcome.errors()} requests failed.")
    return "\n".join(lines)


def figures_of(outcome, name):
    return {
        "requests_per_s": outcome.median(name, lambda sample: sample.requests_per_s),
        "over_base": outcome.ratio(name, outcome.group.base.name),
        "p50_ms": outcome.median(name, lambda sample: sample.p50_ms),
        "p99_ms": outcome.median(name, lambda sample: sample.p99_ms),
        "cpu_s_per_1000": {role: outcome.median(name, lambda sample, role=role: sample.cpu_s[role]) for role in ROLES},
        "turns": [turn.samples[name].requests_per_s for turn in outcome.counted],
    }


def table_of_memory(figures):
    lines = ["\nMemory (PSS in MiB, each stack alone, after two seconds of get by id)",
             f"{'':22}{'web':>9}{'workers':>9}{'together':>9}"]
    for name in ("orgd", "bare with 8", "php", "fastapi"):
        by_role = figures[name]
        lines.append(f"{name:22}" + "".join(f"{by_role.get(role, (0, 0))[0]:>9.1f}" for role in ("web", "worker")) +
                     f"{_total(by_role):>9.1f}   {by_role['worker'][1]} worker processes")
    lines.append(f"One orgd worker: {figures['idle']:.2f} just started, {figures['before']:.2f} idle after some"
                 f" requests, {figures['after']:.2f} after {figures['requests']:,}")
    return "\n".join(lines)


def table_of_cold_starts(figures):
    lines = [f"{name:22}{ms:>9.1f}" for name, ms in figures.items()]
    return "\n".join(["\nCold start to the first answer, ms", *lines])


def ratios(results, targets=TARGETS):
    """Those of the groups that were measured."""
    return {target.name: target.value(results[target.group]) for target in targets if target.group in results}


def table_of_ratios(values, targets=TARGETS):
    lines = ["\nRatios"]
    for target in targets:
        if target.name in values:
            value = values[target.name]
            sign = "≥" if target.reached is operator.ge else "≤"
            verdict = "reached" if target.reached(value, target.limit) else "MISSED"
            lines.append(f"{target.name:34}{value:>9.3f}   {sign} {target.limit:<8.3g}{verdict}")
    return "\n".join(lines)


def _json_of(result):
    if not isinstance(result, Outcome):
        return result
    names = [result.group.base.name, *(one.name for one in result.group.members), AGAIN]
    return {"scenarios": {name: figures_of(result, name) for name in names}, "turns": len(result.turns),
            "discarded": len(result.discarded), "failed_requests": result.errors()}


def as_json(results, targets=TARGETS):
    return {"machine": machine(), "ratios": ratios(results, targets),
            "figures": {name: _json_of(result) for name, result in results.items()}}


def is_broken(results):
    return any(isinstance(result, Outcome) and result.errors() for result in results.values())
