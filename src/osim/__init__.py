"""The import names of the 2017 challenge *Learning to Run*, over :mod:`myorun`.

Code written for release 1.5 of ``osim-rl`` runs unchanged: ``from osim.env import RunEnv``. What is kept
and what is mended: ``docs/2017.md``.
"""
