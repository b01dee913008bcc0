"""The same human in JAX on the processor, by the two-stage scheme cROS2, as a good user of JAX would write it.

Run: ``python benchmarks/rival_jax.py``; ``--check`` prints how far it strays from ours. Needs ``pip install jax``.

The batch is cut into blocks that fit into the cache, which JAX runs side by side on the processors it has. XLA is told
to fuse across several outputs, which it does not do by itself and which makes the step five times faster here;
``--plain`` leaves XLA as it comes. Timed is the physics alone, at equal substeps: no observations, rewards or resets.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from itertools import cycle
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import load_model
from myorun.course import draw_course
from myorun.physics import BatchSimulator
from rival import Figures, limit_processors, option_parser, tell, time_steps

Precision = Literal["float32", "float64"]
Rows = NDArray[Any]

BLOCK = 256  # humans; their intermediate values fit into the second-level cache
PLAIN_BLOCK = 4096  # without fusion, XLA's kernels are many, and short ones do not pay
STEP_SECONDS = 0.01
FUSION = "--xla_backend_extra_options=xla_cpu_use_multi_output_fusion=true"


def steps_per_second(
    n: int,
    seconds: float,
    precision: Precision = "float32",
    substeps: int = 20,
    obstacles: int = 0,
    plain: bool = False,
) -> Figures:
    """Control steps per second of ``n`` humans on as many processors as this process may use.

    The first call in a process decides how XLA is set: it reads its flags and counts its processors once.
    """
    rate = time_steps(_Runners(n, precision, substeps, obstacles, plain).step, seconds)
    fusion = "XLA as it comes" if plain else "multi-output fusion"
    blocks = f"{-(-n // _block(n, plain))} blocks of {_block(n, plain)}"
    note = f"physics alone, {substeps} equal substeps, {obstacles} obstacles, {precision}, {blocks}, {fusion}"
    return Figures(name="JAX, cROS2", steps_per_second=rate, step_seconds=STEP_SECONDS, note=note)


def deviations(
    n: int, precision: Precision, substeps: int, obstacles: int = 3, steps: Sequence[int] = (1, 20)
) -> dict[int, tuple[float, float]]:
    """Median and largest difference of a human's coordinates [rad or m] from ours, by control steps gone by.

    Both take ``substeps`` equal substeps. Begins after 0.2 s of random excitations, with balls around the feet and
    muscles of random strength, and goes on with random excitations.
    """
    draw = np.random.default_rng(0)
    batch = BatchSimulator(n, precision=precision, accuracy=substeps)
    balls = draw.uniform([-0.3, -0.2, 0.06], [0.6, 0.0, 0.15], (n, obstacles, 3))
    strengths = draw.uniform(0.5, 1.0, (n, 18))
    batch.set_courses(obstacles=balls, strengths=strengths)
    excitations = draw.uniform(0, 1, (20 + max(steps), n, 18)).astype(batch.dtype)
    for rows in excitations[:20]:
        batch.step(rows)

    step, state = _compiled(precision, substeps, plain=False), _to_state(batch.states)
    course, found = _to_course(balls, strengths, batch.dtype), {}
    for k, rows in enumerate(excitations[20:], start=1):
        batch.step(rows)
        state = step(course, state, _by_leg(rows))
        if k in steps:
            difference = abs(_coordinates(state) - batch.coordinates).max(axis=1)
            found[k] = float(np.median(difference)), float(difference.max())
    return found


# ---------------------------------------------------------------- running


class _Runners:
    """Humans on the courses of the challenge, all beginning at rest again every 20 steps."""

    def __init__(self, n: int, precision: Precision, substeps: int, obstacles: int, plain: bool) -> None:
        size = _block(n, plain)
        self.advance = _compiled(precision, substeps, plain)
        batch = BatchSimulator(size, precision=precision)
        balls = np.stack([draw_course(i, max_obstacles=obstacles).obstacle_array() for i in range(size)])
        self.start = _to_state(batch.states)
        self.course = _to_course(balls.reshape(size, -1, 3), np.ones((size, 18)), batch.dtype)
        self.blocks = [self.start] * -(-n // size)
        draws = np.random.default_rng(0).uniform(0, 1, (20, size, 18)).astype(batch.dtype)
        self.excitations = cycle(enumerate([_by_leg(rows) for rows in draws]))

    def step(self) -> int:
        """One control step of every block; the blocks are handed to JAX at once, which returns before they are done."""
        import jax

        turn, excitations = next(self.excitations)
        if turn == 0:
            self.blocks = [self.start] * len(self.blocks)
        self.blocks = [self.advance(self.course, block, excitations) for block in self.blocks]
        jax.block_until_ready(self.blocks)
        return len(self.blocks) * int(self.start.q.shape[-1])


def _block(n: int, plain: bool) -> int:
    return min(n, PLAIN_BLOCK if plain else BLOCK)


@lru_cache
def _compiled(precision: Precision, substeps: int, plain: bool) -> Any:
    if not plain and FUSION not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {FUSION}".strip()
    import jax

    from rival_jax_physics import make_step

    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", precision == "float64")
    return make_step(load_model("human"), np.dtype(precision), substeps, STEP_SECONDS)


# ---------------------------------------------------------------- between rows and legs


def _by_leg(rows: Rows) -> Any:
    """Rows (n, 2 k), right leg first, as (k, 2, n)."""
    import jax.numpy as jnp

    return jnp.asarray(rows.T.reshape(2, -1, len(rows)).transpose(1, 0, 2))


def _to_state(rows: Rows) -> Any:
    import jax.numpy as jnp

    from rival_jax_physics import State

    base, speeds = jnp.asarray(rows[:, :3].T), jnp.asarray(rows[:, 9:12].T)
    legs = [_by_leg(rows[:, part]) for part in (slice(3, 9), slice(12, 18), slice(18, 36), slice(36, 54))]
    return State(base, legs[0], speeds, *legs[1:])


def _to_course(balls: Rows, strengths: Rows, dtype: Any) -> Any:
    import jax.numpy as jnp

    from rival_jax_physics import Course

    return Course(jnp.asarray(balls.transpose(2, 1, 0)[:, :, None, None], dtype), _by_leg(strengths.astype(dtype)))


def _coordinates(state: Any) -> Rows:
    n = state.q.shape[-1]
    return np.concatenate([state.q, np.asarray(state.joints).transpose(1, 0, 2).reshape(6, n)]).T


def _check(n: int) -> None:
    """Ours and this draw together as both take finer substeps, whatever scheme ours takes them by."""
    runs: list[tuple[Precision, int]] = [("float64", 20), ("float64", 80), ("float64", 320), ("float32", 20)]
    for precision, substeps in runs:
        for k, (median, largest) in deviations(n, precision, substeps).items():
            print(f"{precision}, {substeps} substeps, {k * STEP_SECONDS:g} s: |Δq| {median:.1e}, at most {largest:.1e}")


if __name__ == "__main__":
    parser = option_parser(__doc__, n=4096)
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    parser.add_argument("--substeps", type=int, default=20, help="equal ones in 10 ms (default 20)")
    parser.add_argument("--obstacles", type=int, default=0, help="on every course (default 0)")
    parser.add_argument("--plain", action="store_true", help="leave XLA as it comes")
    parser.add_argument("--check", action="store_true", help="compare with ours instead of timing")
    options = parser.parse_args()
    limit_processors(options.processors)
    if options.check:
        _check(min(options.n, 64))
    else:
        chosen = (options.precision, options.substeps, options.obstacles, options.plain)
        tell(steps_per_second(options.n, options.seconds, *chosen), as_json=options.json)
