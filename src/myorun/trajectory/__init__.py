"""The record of an episode: every state it led through, what was done, and the anatomy it was done with."""

from myorun.trajectory.export import Exported, export_all, export_trajectory
from myorun.trajectory.npz import checked_path, load_trajectory, save_trajectory
from myorun.trajectory.recorder import Recorder
from myorun.trajectory.trajectory import Facts, Trajectory

__all__ = [
    "Exported",
    "Facts",
    "Recorder",
    "Trajectory",
    "checked_path",
    "export_all",
    "export_trajectory",
    "load_trajectory",
    "save_trajectory",
]
