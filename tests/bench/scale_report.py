"""Tables of growth for people, its ratios with their targets, and its picture."""

import operator

import picture
import report
import scale_people
from report import Target
from scale_scenarios import OFFSETS, SAME
from turns import AGAIN, ROUND_S

GROWTH_LIMIT = 1.3
EVENTS_LIMIT = 1.5
PAGES_LIMIT = 0.7
OFFSET_LIMIT = 50


def p50(sample):
    return sample.p50_ms


def _growth(outcome):
    """Of the time at the largest size to that at the smallest."""
    return outcome.ratio(outcome.group.members[-1].name, outcome.group.base.name, p50)


def _longest(outcome):
    """Of the times to that of the base."""
    return max(outcome.ratio(one.name, outcome.group.base.name, p50) for one in outcome.group.members)


TARGETS = [*(Target(name, name, _growth, operator.le, GROWTH_LIMIT) for name in SAME),
           *(Target(name, name, _growth, operator.le, OFFSET_LIMIT) for name in OFFSETS),
           *(Target(name, name, _longest, operator.le, EVENTS_LIMIT) for name in scale_people.EVENTS),
           Target("members_over_organizations", scale_people.PAGES,
                  lambda outcome: outcome.ratio("members", "organizations"), operator.ge, PAGES_LIMIT)]


def introduction(size, workers, connections):
    machine = report.machine()
    sizes = " and ".join(f"{count:,}" for count in size["sizes"])
    return (f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, mariadb-server"
            f" {machine['packages']['mariadb-server']}\n{sizes} organizations, each with {workers} workers behind"
            f" lighttpd; {connections} connection, rounds of {ROUND_S} s\nMariaDB: innodb_buffer_pool_size ="
            f" {size['buffer_pool_gib']} GiB, innodb_flush_log_at_trx_commit = 0, over its Unix socket")


def table_of_group(outcome, work, wanted):
    base = outcome.group.base.name
    lines = [f"\n{outcome.group.title} ({len(outcome.turns)} turns, {len(outcome.discarded)} discarded)",
             f"{'':22}{'p50 ms':>9}{'÷ first':>9}{'p99 ms':>9}{'req/s':>9}{'rows read':>11}{'sorted':>9}"]
    for name in [base, *(one.name for one in outcome.group.members), AGAIN]:
        rows, sorted_rows = work[base if name == AGAIN else name]
        lines.append(f"{name:22}{outcome.median(name, p50):>9.3f}{outcome.ratio(name, base, p50):>9.3f}"
                     f"{outcome.median(name, lambda sample: sample.p99_ms):>9.3f}"
                     f"{outcome.median(name, lambda sample: sample.requests_per_s):>9.0f}{rows:>11,}{sorted_rows:>9,}")
    if not outcome.is_steady(wanted):
        lines.append(f"UNSTEADY: fewer than {wanted} turns whose control held; these figures prove nothing.")
    if outcome.errors():
        lines.append(f"BROKEN: {outcome.errors()} requests failed.")
    return "\n".join(lines)


def table_of_growth(results, work):
    """All of it once more, as docs/performance.md has it."""
    outcomes = [outcome for name, outcome in results.items() if name in SAME]
    if not outcomes:
        return ""
    names = [outcomes[0].group.base.name, *(one.name for one in outcomes[0].group.members)]
    lines = ["\n| median ms, by number of organizations | " + " | ".join(names) + " | largest ÷ smallest | rows read |",
             "|---|" + "--:|" * (len(names) + 2)]
    for outcome in outcomes:
        cells = [f"{outcome.median(name, p50):.2f}" for name in names] + [f"{_growth(outcome):.2f}"]
        rows = " / ".join(dict.fromkeys(f"{work[outcome.group.name][name][0]:,}" for name in names))
        lines.append(f"| {outcome.group.title} | " + " | ".join([*cells, rows]) + " |")
    return "\n".join(lines)


def as_json(results, work):
    return {**report.as_json(results, TARGETS), "rows_read_and_sorted": work}


def draw(results, path):
    """The times of what must not depend on the size; the lines are at 1.3 times the smallest."""
    outcomes = [results[name] for name in SAME if name in results]
    names = [outcomes[0].group.base.name, *(one.name for one in outcomes[0].group.members)]
    groups = [picture.Group(outcome.group.title, [outcome.median(name, p50) for name in names],
                            GROWTH_LIMIT * outcome.median(names[0], p50)) for outcome in outcomes]
    picture.write(path, picture.bars("Median time of a request, by the number of organizations",
                                     [f"{name} organizations" for name in names], groups,
                                     picture.Axis("milliseconds; the lines are at 1.3 times the smallest")))
