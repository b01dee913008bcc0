"""Physics: simulators over named quantities. A simulator knows no reward and no framework."""

from myorun.physics.batch import BatchSimulator
from myorun.physics.engine import ACCURACIES, instruction_sets
from myorun.physics.simulator import Simulator
from myorun.physics.state import State
from myorun.physics.surroundings import Surroundings

__all__ = ["ACCURACIES", "BatchSimulator", "Simulator", "State", "Surroundings", "instruction_sets"]
