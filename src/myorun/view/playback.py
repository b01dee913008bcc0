"""A recorded trajectory seen again: the pose at any time, also between its states."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from myorun.errors import UsageError
from myorun.trajectory import Trajectory, load_trajectory
from myorun.view.moments import calc_rates, forward_speed
from myorun.view.pose import Array, Pose, course_label

_SLACK = 1e-9  # s, by which a time may miss the ends


class Playback:
    """The poses of a trajectory, or of the file that holds one.

    Args:
        source: A trajectory, or the path of an .npz.
        start: From this time on, s; left out, from the beginning.
        end: Up to this time, s; left out, to the end.

    Raises:
        UsageError: There is no such trajectory, or it is not there between these times.
    """

    def __init__(
        self, source: Trajectory | str | Path, *, start: float | None = None, end: float | None = None
    ) -> None:
        self.trajectory = source if isinstance(source, Trajectory) else load_trajectory(source)
        self.model = self.trajectory.model
        self._first, self._last = float(self.trajectory.times[0]), float(self.trajectory.times[-1])
        self.start = self._first if start is None else self._checked("the start", start)
        self.end = self._last if end is None else self._checked("the end", end)
        if self.end < self.start:
            raise UsageError(
                f"the end, {self.end:g} s, is before the start, {self.start:g} s; let --from come before --to"
            )
        self._obstacles = np.array([(b.x, b.y, b.radius) for b in self.trajectory.course.obstacles]).reshape(-1, 3)
        self._forward = forward_speed(self.trajectory)

    @property
    def duration(self) -> float:
        """From start to end [s]."""
        return self.end - self.start

    def pose(self, time: float) -> Pose:
        """The pose at a time [s] within the trajectory."""
        return self.poses(np.array([time]))[0]

    def poses(self, times: Array) -> list[Pose]:
        """The poses at ``times`` (n,) s.

        Between two states, bodies move smoothly and all else goes straight. Forces and activations that are not
        known (NaN) are shown as none.

        Raises:
            UsageError: A time lies outside the trajectory.
        """
        times = np.array([self._checked("a picture", float(time)) for time in times])
        seen = self.trajectory
        positions, angles = self._smooth(seen.body_positions, times), self._smooth(seen.body_angles, times)
        coordinates = self._smooth(seen.coordinates, times)
        activations = np.nan_to_num(self._straight(seen.activations, times))
        forces = np.nan_to_num(self._straight(seen.contact_forces, times))
        forward = self._straight(self._forward, times)
        return [
            Pose(
                model=self.model,
                body_positions=positions[i],
                body_angles=angles[i],
                coordinates=coordinates[i],
                activations=activations[i],
                contact_forces=forces[i],
                obstacles=self._obstacles,
                time=float(times[i]),
                speed=float(forward[i]),
                label=course_label(seen.course),
                course=seen.course,
            )
            for i in range(len(times))
        ]

    def _checked(self, what: str, time: float) -> float:
        if not self._first - _SLACK <= time <= self._last + _SLACK:
            raise UsageError(f"{what} is at {time:g} s; the trajectory goes from {self._first:g} s to {self._last:g} s")
        return min(max(time, self._first), self._last)

    def _smooth(self, values: Array, times: Array) -> Array:
        """A recorded array (states, …) at ``times`` on cubic Hermite curves, slopes by central differences."""
        i, j, share = self._neighbours(times, values.ndim)
        gap = (self.trajectory.times[j] - self.trajectory.times[i]).reshape(share.shape)
        slopes = calc_rates(self.trajectory.times, values)
        rise = values[j] - values[i]
        bend = (gap * slopes[i] - rise) * (1.0 - share) + (rise - gap * slopes[j]) * share
        return np.asarray(values[i] + share * (rise + (1.0 - share) * bend))

    def _straight(self, values: Array, times: Array) -> Array:
        """A recorded array (states, …) at ``times``, on straight lines from state to state."""
        i, j, share = self._neighbours(times, values.ndim)
        between = (1.0 - share) * values[i] + share * values[j]
        return np.asarray(np.where(share > 0.0, between, values[i]))  # a state itself asks nothing of the next

    def _neighbours(self, times: Array, ndim: int) -> tuple[np.ndarray, np.ndarray, Array]:
        """Index of the state before and after each time, and the share of the way between them (n, 1, …)."""
        t = self.trajectory.times
        i = np.clip(np.searchsorted(t, times, side="right") - 1, 0, len(t) - 1)
        j = np.minimum(i + 1, len(t) - 1)
        share = (times - t[i]) / np.where(j > i, t[j] - t[i], 1.0)
        return i, j, share.reshape(-1, *[1] * (ndim - 1))
