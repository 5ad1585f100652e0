"""Memory and cold starts. Only the stack in question runs meanwhile: what programs share would look smaller
otherwise."""

import statistics
import tempfile
from pathlib import Path

import measure
import scenarios
from stacks import cold_start_ms

WARM_UP_S = 2


class Footprint:
    def __init__(self, stacks, all_scenarios, say):
        self.stacks = stacks
        self.scenarios = all_scenarios
        self.say = say

    def _load(self, stack, scenario, seconds):
        with tempfile.TemporaryDirectory(prefix="orgd-plans-") as directory:
            plan = scenarios.write_plan(scenario, Path(directory) / "plan.lua")
            return measure.run_wrk(stack.url + scenario.plan["requests"][0]["path"], plan, seconds)["requests"]

    def _stack_alone(self, name):
        self.stacks.stop_all()
        return self.stacks.get(name)

    def memory(self, requests):
        """MiB by role of each stack once it has served, and of orgd's workers before and after many requests."""
        figures = {}
        for scenario in (self.scenarios.get("key", stack="php"), self.scenarios.get("key", stack="fastapi"),
                         self.scenarios.bare_get("bare with 8")):
            stack = self._stack_alone(scenario.stack)
            self._load(stack, scenario, WARM_UP_S)
            figures[scenario.stack] = measure.pss_mib_by_role(stack.roots())
        figures.update(self._orgd_over_time(requests))
        return figures

    def _orgd_over_time(self, requests):
        stack = self._stack_alone("orgd with 8, without recycling")
        scenario = self.scenarios.get("key")
        idle = self._pss_of_workers(stack)
        self._load(stack, scenario, WARM_UP_S)
        figures = {"orgd": measure.pss_mib_by_role(stack.roots()), "idle": idle, "before": self._pss_of_workers(stack)}
        served = 0
        while served < requests:
            served += self._load(stack, scenario, 10)
        return {**figures, "after": self._pss_of_workers(stack), "requests": served}

    def _pss_of_workers(self, stack):
        """MiB of a worker, the mean of all. The supervisor, their parent, is none."""
        supervisor = stack.servers[0].pid
        pids = [pid for pid in measure.processes_below([supervisor]) if pid != supervisor]
        return statistics.mean(measure.pss_kib(pid) / 1024 for pid in pids)

    def cold_starts(self, rounds):
        """Median milliseconds of each program."""
        figures = {}
        for scenario in (self.scenarios.get("jwt"), self.scenarios.bare_get(), self.scenarios.get("key", stack="php"),
                         self.scenarios.get("key", stack="fastapi")):
            stack = self._stack_alone(scenario.stack)
            request = scenario.plan["requests"][0]
            figures[scenario.stack] = statistics.median(cold_start_ms(stack, request["path"], request["headers"])
                                                        for _ in range(rounds))
        return figures
