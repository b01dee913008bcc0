"""Many machines sample at once, with Ray; a worker that dies is replaced and nothing is counted twice.

Needs ``pip install 'myorun[cluster]'``; without it, :class:`Cluster` says so.
"""

from myorun.cluster.cluster import Cluster
from myorun.cluster.episodes import Episode
from myorun.cluster.fragments import Fragment
from myorun.cluster.policy import Policy

__all__ = ["Cluster", "Episode", "Fragment", "Policy"]
