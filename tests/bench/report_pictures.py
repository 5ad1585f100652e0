"""The figures of a run as pictures for docs/performance.md."""

from pathlib import Path

import picture
from measure import ROLES

PROGRAMS = ("bare responder", "orgd", "PHP-FPM", "FastAPI")
# By group: what stands in its row of the first picture, in the order of PROGRAMS.
THROUGHPUT = {
    "peers": ("Get by id", ("bare get", "get_by_id_key", "get_by_id_php", "get_by_id_fastapi")),
    "peer_lists": ("A list of 100", ("bare list", "list_100_key", "list_100_php", "list_100_fastapi")),
    "create": ("Create", ("bare insert", "create_key", None, None)),
}
# The second picture's rows: group, scenario, label.
CPU = (
    ("peers", "bare get", "Get by id: bare"),
    ("peers", "get_by_id_key", "Get by id: orgd"),
    ("peers", "get_by_id_php", "Get by id: PHP-FPM"),
    ("peer_lists", "bare list", "List of 100: bare"),
    ("peer_lists", "list_100_key", "List of 100: orgd"),
    ("peer_lists", "list_100_php", "List of 100: PHP-FPM"),
    ("create", "bare insert", "Create: bare"),
    ("create", "create_key", "Create: orgd"),
)


def _throughput(results):
    def value(outcome, name):
        return None if name is None else outcome.median(name, lambda sample: sample.requests_per_s)

    groups = [picture.Group(label, [value(results[group], name) for name in names])
              for group, (label, names) in THROUGHPUT.items() if group in results]
    return picture.bars("Requests a second, 16 connections", PROGRAMS, groups, picture.Axis("requests a second"))


def _cpu(results):
    groups = [picture.Group(label, [results[group].median(name, lambda sample, role=role: sample.cpu_s[role])
                                    for role in ROLES])
              for group, name, label in CPU if group in results]
    return picture.bars("CPU time of a request", ("web server", "worker", "MariaDB"), groups,
                        picture.Axis("milliseconds"))


def draw(results, directory):
    picture.write(Path(directory) / "performance-throughput.svg", _throughput(results))
    picture.write(Path(directory) / "performance-cpu.svg", _cpu(results))
