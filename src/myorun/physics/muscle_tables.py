"""The muscles' constants as the tables that the compiled core reads, with what follows from them computed once."""

from __future__ import annotations

from typing import Any

import numpy as np

from myorun.anatomy.model import Model, Muscle
from myorun.physics import exact
from myorun.physics.packing import PACK, Table
from myorun.physics.paths import Paths


def _muscle_row(m: Muscle, base_length: float) -> dict[str, float]:
    e3 = exact.exp(3.0)
    toe_strain = 99 * m.tendon_strain * e3 / (166 * e3 - 67)
    height = m.optimal_fiber_length * exact.sin(m.pennation_angle)
    af, f_len = m.force_velocity_shape, m.max_lengthening_force
    lengthening = (2 + 2 / af) / (f_len - 1)
    start = m.linear_extrapolation * f_len
    return {
        "max_force": m.max_isometric_force,
        "optimal_length": m.optimal_fiber_length,
        "inverse_optimal": 1 / m.optimal_fiber_length,
        "height": height,
        "min_length": height / exact.sin(m.max_pennation_angle),
        "tendon_slack": m.tendon_slack_length,
        "inverse_slack": 1 / m.tendon_slack_length,
        "toe_strain": toe_strain,
        "toe_exponent": 3 / toe_strain,
        "toe_scale": 0.33 / (e3 - 1),
        "linear_stiffness": 0.67 / (m.tendon_strain - toe_strain),
        "active_sharpness": 1 / m.active_shape,
        "passive_exponent": m.passive_shape / m.passive_strain,
        "passive_scale": 1 / exact.expm1(m.passive_shape),
        "max_velocity": m.max_contraction_velocity * m.optimal_fiber_length,
        "inverse_af": 1 / af,
        "lengthening_limit": f_len,
        "lengthening_scale": lengthening,
        "extrapolation_start": start,
        "extrapolation_value": (start - 1) / (lengthening * (f_len - start)),
        "extrapolation_slope": (f_len - 1) / (lengthening * (f_len - start) * (f_len - start)),
        "min_activation": m.min_activation,
        "activation_time": m.activation_time,
        "deactivation_time": m.deactivation_time,
        "base_length": base_length,
    }


def muscle_tables(model: Model, paths: Paths, scalar: np.dtype[Any]) -> dict[str, Table]:
    """One table a quantity, so that neighbours share a register; padded with copies of the last muscle."""
    rows = [_muscle_row(m, b) for m, b in zip(model.muscles, paths.base_lengths, strict=True)]
    padding = -len(rows) % PACK
    names = rows[0] if rows else _muscle_row(Muscle("", (), 1.0, 1.0, 1.0, 0.0), 0.0)
    tables = {f"muscle_{n}": np.array([row[n] for row in rows + rows[-1:] * padding], scalar) for n in names}
    tables["muscle_index"] = np.arange(len(rows), dtype=np.int32)
    tables["default_activations"] = np.array([m.default_activation for m in model.muscles], scalar)
    tables["default_fiber_lengths"] = np.array([m.default_fiber_length for m in model.muscles], scalar)
    return tables
