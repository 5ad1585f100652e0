"""Turns: rounds of a second each for a group's base, each of its members, and the base again; over and over, until
enough turns were steady. Rounds that short lie close together, so that what else the machine does meets all alike."""

import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import measure
import scenarios
from measure import CONNECTIONS, ROLES, Sample

# Where the same program measured twice differs by more than this, the turn says more about the machine than about orgd.
CONTROL_LIMIT = 0.05
ROUND_S = 1
# mod_fcgid starts a process only for a request that found none free, slept a second, and again found none: as many
# processes as there are to be come only when many more connections than that go on for longer.
WARM_UP_S = 3
WARM_UP_FACTOR = 4
WARM_UP_ROUNDS = 20
STEADY_ROUNDS = 2
AGAIN = "(again)"


def throughput(sample):
    return sample.requests_per_s


@dataclass
class Turn:
    samples: dict  # by the scenario's name; the base a second time as AGAIN

    def control(self, base, value):
        first, second = value(self.samples[base]), value(self.samples[AGAIN])
        return abs(first - second) / ((first + second) / 2)


@dataclass
class Outcome:
    """What came of a group."""

    group: scenarios.Group
    turns: list = field(default_factory=list)
    discarded: list = field(default_factory=list)

    @property
    def counted(self):
        """If no turn was steady, all turns are shown, and steady is False as a warning."""
        return self.turns or self.discarded

    def is_steady(self, wanted):
        return len(self.turns) >= wanted

    def median(self, name, value):
        return statistics.median(value(turn.samples[name]) for turn in self.counted)

    def ratio(self, name, other, value=throughput):
        """The median of the turns' own ratios: what disturbs both programs in a turn cancels out."""
        return statistics.median(value(turn.samples[name]) / self._reference(turn, other, value)
                                 for turn in self.counted)

    def _reference(self, turn, name, value):
        own = value(turn.samples[name])
        return (own + value(turn.samples[AGAIN])) / 2 if name == self.group.base.name else own

    def errors(self):
        return sum(sample.errors for turn in self.turns + self.discarded for sample in turn.samples.values())


def together(samples):
    """The samples of one turn's rounds as one."""
    def of(value):
        return [value(sample) for sample in samples]

    return Sample(statistics.mean(of(lambda sample: sample.requests_per_s)),
                  statistics.median(of(lambda sample: sample.p50_ms)),
                  statistics.median(of(lambda sample: sample.p99_ms)),
                  sum(of(lambda sample: sample.errors)),
                  {role: statistics.mean(of(lambda sample, role=role: sample.cpu_s[role])) for role in ROLES})


class Runner:
    def __init__(self, stacks, rounds, turns, say, connections=CONNECTIONS, control=throughput,
                 control_limit=CONTROL_LIMIT):
        self.stacks = stacks
        self.connections = connections
        self.control = control
        self.control_limit = control_limit
        self.rounds = rounds
        self.turns = turns
        self.say = say

    def _sample(self, scenario, plan, seconds=ROUND_S, factor=1):
        stack = self.stacks.get(scenario.stack)
        path = scenario.plan["requests"][0]["path"]
        roots = stack.roots() + [self.stacks.installation.mariadb.pid]
        return measure.measure(stack.url + path, plan, seconds, roots, factor * self.connections)

    def run(self, group):
        outcome = Outcome(group)
        everything = [group.base, *group.members]
        with tempfile.TemporaryDirectory(prefix="orgd-plans-") as directory:
            plans = {one.name: scenarios.write_plan(one, Path(directory) / f"{number}.lua")
                     for number, one in enumerate(everything)}
            for one in everything:
                self._warm_up(one, plans[one.name])
            while not outcome.is_steady(self.turns) and len(outcome.discarded) < 2 * self.turns:
                self._take_turn(outcome, everything, plans)
        return outcome

    def _warm_up(self, scenario, plan):
        """Until no more processes come."""
        counts = []
        while len(counts) < WARM_UP_ROUNDS and (len(counts) < STEADY_ROUNDS or len(set(counts[-STEADY_ROUNDS:])) > 1):
            self._sample(scenario, plan, WARM_UP_S, WARM_UP_FACTOR)
            counts.append(len(measure.processes_below(self.stacks.get(scenario.stack).roots())))

    def _take_turn(self, outcome, everything, plans):
        base = outcome.group.base.name
        order = [*((one.name, one) for one in everything), (AGAIN, outcome.group.base)]
        rounds = {name: [] for name, _ in order}
        for _ in range(self.rounds):
            for name, one in order:
                rounds[name].append(self._sample(one, plans[one.name]))
        turn = Turn({name: together(samples) for name, samples in rounds.items()})
        control = turn.control(base, self.control)
        if control > self.control_limit:
            self.say(f"  a turn of {outcome.group.name} is discarded: {base} differs from itself by {control:.1%}")
            outcome.discarded.append(turn)
        else:
            outcome.turns.append(turn)
