"""exp, sin and cos are made of correctly rounded operations; here is how far they are from the truth."""

from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import numpy.typing as npt
import pytest

from myorun import _core
from myorun.physics import instruction_sets

Array = npt.NDArray[np.float64]
getcontext().prec = 60
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
EXP, SIN, COS = 0, 1, 2


def core(isa: str, function: int, x: Array) -> Array:
    out = np.empty_like(x)
    _core.elementary(isa, function, x, out)
    return out


def exact_sin(x: Decimal) -> Decimal:
    """Taylor's series after removing whole turns."""
    x -= 2 * PI * (x / (2 * PI)).to_integral_value()
    term, total, n = x, x, 1
    while abs(term) > Decimal("1e-50"):
        term *= -x * x / ((n + 1) * (n + 2))
        total, n = total + term, n + 2
    return total


def exact(function: int, x: float) -> Decimal:
    d = Decimal(x)
    return d.exp() if function == EXP else exact_sin(d if function == SIN else d + PI / 2)


def errors_in_ulps(isa: str, function: int, x: Array) -> Array:
    got = core(isa, function, x)
    truth = [exact(function, float(v)) for v in x]
    return np.array(
        [abs(Decimal(float(g)) - t) / Decimal(float(np.spacing(abs(g)))) for g, t in zip(got, truth, strict=True)],
        float,
    )


def arguments(function: int) -> Array:
    """What a simulation meets: exponents of muscle curves, angles of up to hundreds of turns."""
    rng = np.random.default_rng(1)
    if function == EXP:
        return np.concatenate([rng.uniform(-40, 10, 400), rng.uniform(-700, 700, 300), rng.normal(0, 1e-3, 100)])
    return np.concatenate([rng.uniform(-4, 4, 400), rng.uniform(-600, 600, 300), rng.normal(0, 1e-3, 100)])


def test_the_oracle_knows_sines() -> None:
    assert float(exact_sin(PI / 6)) == 0.5
    assert float(exact_sin(PI / 2 + 40 * PI)) == 1.0


@pytest.mark.parametrize("isa", instruction_sets())
def test_exp_errs_by_less_than_two_units_in_the_last_place(isa: str) -> None:
    assert errors_in_ulps(isa, EXP, arguments(EXP)).max() < 2.0  # half a unit is the best possible


@pytest.mark.parametrize("isa", instruction_sets())
@pytest.mark.parametrize("function", [SIN, COS])
def test_sines_err_by_less_than_one_and_a_half_units(isa: str, function: int) -> None:
    x = arguments(function)
    away = np.abs(core(isa, function, x)) > 1e-3  # near a zero the unit shrinks below that of the argument
    assert errors_in_ulps(isa, function, x[away]).max() < 1.5
    absolute = [
        abs(Decimal(float(g)) - exact(function, float(v))) for g, v in zip(core(isa, function, x), x, strict=True)
    ]
    assert max(absolute) < Decimal("2e-16")


def test_instruction_sets_agree_in_every_bit() -> None:
    for function in (EXP, SIN, COS):
        results = {core(isa, function, arguments(function)).tobytes() for isa in instruction_sets()}
        assert len(results) == 1


@pytest.mark.parametrize("isa", instruction_sets())
def test_exact_values_stay_exact(isa: str) -> None:
    zero = np.zeros(1)
    assert [core(isa, f, zero)[0] for f in (EXP, SIN, COS)] == [1.0, 0.0, 1.0]
    x = arguments(SIN)
    assert (core(isa, SIN, -x) == -core(isa, SIN, x)).all()
    assert (core(isa, COS, -x) == core(isa, COS, x)).all()


@pytest.mark.parametrize("isa", instruction_sets())
def test_exp_is_limited_to_normal_numbers(isa: str) -> None:
    low, high = core(isa, EXP, np.array([-1e6, 1e6]))
    assert low == core(isa, EXP, np.array([-708.0]))[0] > 0
    assert high == core(isa, EXP, np.array([708.0]))[0] < np.inf
