"""Measuring: requests by wrk, CPU time and memory of trees of processes from /proc."""

import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

WRK_LUA = Path(__file__).resolve().parent / "wrk.lua"
CONNECTIONS = 16
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
ROLES = ("web", "worker", "database")
# By the name of the program (comm); what else runs in a stack is a worker.
ROLE_OF = {"lighttpd": "web", "apache2": "web", "mariadbd": "database"}


@dataclass
class Process:
    parent: int
    role: str
    cpu_s: float


@dataclass
class Sample:
    """One turn of one scenario."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_s: dict = field(default_factory=dict)  # by role, for 1,000 requests


def _own_cpu_s(pid, fields):
    """A process's own CPU time: to the nanosecond if it has one thread; else in ticks."""
    if int(fields[17]) == 1:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _process(pid):
    try:
        head, _, tail = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
        fields = tail.split()
        of_ended_children_s = (int(fields[13]) + int(fields[14])) / TICKS_PER_S
        return Process(int(fields[1]), ROLE_OF.get(head.partition("(")[2], "worker"),
                       _own_cpu_s(pid, fields) + of_ended_children_s)
    except (FileNotFoundError, ProcessLookupError):
        return None


def processes_below(roots):
    """These processes and all below them: {pid: Process}."""
    everybody = {int(entry): _process(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    found = {pid: everybody[pid] for pid in roots}
    size = 0
    while size != len(found):
        size = len(found)
        found.update({pid: one for pid, one in everybody.items() if one is not None and one.parent in found})
    return found


def cpu_s_by_role(roots):
    total = dict.fromkeys(ROLES, 0.0)
    for process in processes_below(roots).values():
        total[process.role] += process.cpu_s
    return total


def pss_kib(pid):
    """The process's memory, with its share of what it shares with others."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError(f"no Pss of {pid}")


def pss_mib_by_role(roots):
    """Sums, and how many processes they are: {role: (MiB, count)}."""
    total = {}
    for pid, process in processes_below(roots).items():
        mib, count = total.get(process.role, (0.0, 0))
        total[process.role] = (mib + pss_kib(pid) / 1024, count + 1)
    return total


def wrk_command(url, plan, seconds, connections=CONNECTIONS):
    prefix = secrets.token_hex(4) + "-"
    return ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(WRK_LUA), url, "--", str(plan), prefix]


def run_wrk(url, plan, seconds, connections=CONNECTIONS):
    command = wrk_command(url, plan, seconds, connections)
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(result.stdout.splitlines()[-1])


def measure(url, plan, seconds, roots, connections=CONNECTIONS):
    before = cpu_s_by_role(roots)
    said = run_wrk(url, plan, seconds, connections)
    after = cpu_s_by_role(roots)
    thousands = said["requests"] / 1000
    return Sample(said["requests"] / said["seconds"], said["p50_ms"], said["p99_ms"], said["refused"] + said["broken"],
                  {role: (after[role] - before[role]) / thousands for role in ROLES})
