"""Graphs of recorded trajectories, drawn with matplotlib (``pip install 'myorun[gait]'``). No display is needed."""

from myorun.plots.figure import plot

__all__ = ["plot"]
