"""Roles, teams, memberships and acceptances, changed on two web nodes on two database nodes at the same time."""

import functools
import secrets

import galera  # first: it knows where the rest is

from escalation import Stage
from installation import rows_of


def sql(node, statement, parameters=None):
    """Runs it on that node, behind all that any node has committed: so says conf/galera.cnf."""
    return rows_of(node.connect(), statement, parameters)


def run_people(cluster, seconds):
    """A dictionary of answers for people, and violations. The seed is in these."""
    stage = Stage(cluster.web_nodes, [functools.partial(sql, node) for node in cluster.nodes], secrets.randbits(32))
    try:
        stage.run(seconds)
    except AssertionError as violation:
        return {"people": stage.figures}, [str(violation)]
    return {"people": stage.figures}, []
