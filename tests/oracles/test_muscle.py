from __future__ import annotations

import math
from itertools import pairwise

import pytest

from oracles import muscle, small_models

SOLEUS = small_models.thelen()


def test_curves_meet_their_defining_points() -> None:
    """Thelen (2003): full force at the stated strains, at optimal length, and none at v_max."""
    assert muscle.tendon_force(SOLEUS, SOLEUS.tendon_strain) == pytest.approx(1)
    assert muscle.passive_force(SOLEUS, 1 + SOLEUS.passive_strain) == pytest.approx(1)
    assert muscle.active_force(SOLEUS, 1) == 1
    assert muscle.velocity_force(SOLEUS, 0.0, 1.0) == 1
    assert muscle.velocity_force(SOLEUS, -1.0, 1.0) == 0
    assert muscle.velocity_force(SOLEUS, -0.25, 0.0) == 0, "an idle muscle is four times slower"


@pytest.mark.parametrize("activation", [0.01, 1.0])
def test_force_velocity_has_no_jump_and_never_falls(activation: float) -> None:
    v = [k * 1e-3 for k in range(-3000, 3000)]
    force = [muscle.velocity_force(SOLEUS, x, activation) for x in v]
    steps = [b - a for a, b in pairwise(force)]
    # steepest just above rest: (2 + 2/A_f)/(F_len - 1) (F_len - 1) = 10 over G, at least .25
    assert min(steps) > 0
    assert max(steps) < 1e-3 * 10 / 0.25


def test_tendon_curve_has_no_jump_at_the_end_of_its_toe() -> None:
    toe = 99 * SOLEUS.tendon_strain * math.exp(3) / (166 * math.exp(3) - 67)
    left, right = (muscle.tendon_force(SOLEUS, toe * (1 + d)) for d in (-1e-9, 1e-9))
    assert left == pytest.approx(right, abs=1e-8)


@pytest.mark.parametrize("activation", [0.05, 0.9])
def test_isometric_length_balances(activation: float) -> None:
    length = muscle.isometric_length(SOLEUS, 0.26, activation)
    assert muscle.imbalance(SOLEUS, 0.26, length, 0.0, activation) == pytest.approx(0, abs=1e-12)
    assert muscle.fiber_velocity(SOLEUS, 0.26, length, activation) == pytest.approx(0, abs=1e-10)
