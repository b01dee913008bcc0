"""Physics: simulators over named quantities. A simulator knows no reward and no framework."""

from myorun.physics.batch import BatchSimulator
from myorun.physics.engine import ACCURACIES, instruction_sets
from myorun.physics.simulator import Simulator
from myorun.physics.state import State

__all__ = ["ACCURACIES", "BatchSimulator", "Simulator", "State", "instruction_sets"]
