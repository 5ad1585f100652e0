"""Nobody ever holds, gives or touches more than the contract lets (8, 9), whatever is done in whatever order.

    ORGD_ESCALATION_S=600 ORGD_ESCALATION_SEED=7 pytest tests/integration/test_escalation.py -s

runs for ten minutes; the same seed makes the same first round."""

import os
import secrets

import pytest

from escalation import Stage
from installation import Instance
from people import wrong_masks

SECONDS = float(os.environ.get("ORGD_ESCALATION_S", "25"))
SEED = int(os.environ.get("ORGD_ESCALATION_SEED") or secrets.randbits(32))


@pytest.fixture
def lasting(database):
    """An instance whose workers stay, however many requests a long run sends."""
    with Instance(database, "lighttpd", "", workers=6, settings={"max_requests": 0}) as started:
        yield started


def test_nobody_rises_by_himself(lasting):
    stage = Stage([lasting], [lasting.installation.sql], SEED)
    stage.run(SECONDS)
    print(f"seed {SEED}: {dict(sorted(stage.figures.items()))}")
    assert wrong_masks(lasting.installation) == []
