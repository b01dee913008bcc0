"""What ground and obstacles do to the feet, as OpenSim's external loads: force, point and free torque per foot.

The spheres of one foot are taken together, as a force plate does: their forces add to one, which acts at the center
of pressure, and what is then missing of their moment is the free torque.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from myorun.anatomy.depth import body_depths
from myorun.anatomy.model import GROUND, Model
from myorun.anatomy.osim_writer import VERSION
from myorun.anatomy.osim_xml import Xml
from myorun.errors import UsageError
from myorun.trajectory.storage import Table
from myorun.trajectory.tables import require_known, table_of
from myorun.trajectory.trajectory import Array, Trajectory

_AXES = "xyz"


@dataclass(frozen=True, eq=False)
class Load:
    """A force on a body over time, all in the ground's axes."""

    name: str  # such as "ground_force_r"
    torque_name: str  # such as "ground_torque_r"
    body: str  # on which it acts
    force: Array  # (states, 3) N
    point: Array  # (states, 3) m, where it acts
    torque: Array  # (states, 3) N m, besides


@dataclass(frozen=True)
class Foot:
    """Contact spheres that cannot move against each other."""

    name: str
    body: str  # of the first
    spheres: tuple[int, ...]  # indices


# ---------------------------------------------------------------- files


def loads_table(trajectory: Trajectory) -> Table:
    """Loads of every foot over time. :class:`UsageError` if contact forces are not known, or the floor not level."""
    columns: list[tuple[str, Array]] = []
    for load in calc_loads(trajectory):
        parts = ((f"{load.name}_v", load.force), (f"{load.name}_p", load.point), (f"{load.torque_name}_", load.torque))
        columns += [(f"{label}{axis}", values[:, i]) for label, values in parts for i, axis in enumerate(_AXES)]
    return table_of(trajectory, "external loads", columns)


def external_loads_xml(trajectory: Trajectory, datafile: str) -> str:
    """The text of the ExternalLoads file that says on which bodies the columns of ``datafile`` act."""
    xml = Xml()
    with xml.element("OpenSimDocument", Version=str(VERSION)), xml.element("ExternalLoads", name="external_loads"):
        with xml.element("objects"):
            for load in calc_loads(trajectory):
                _external_force(xml, load)
        xml.leaf("datafile", datafile)
    return xml.text()


def _external_force(xml: Xml, load: Load) -> None:
    with xml.element("ExternalForce", name=load.name):
        xml.leaf("applied_to_body", load.body)
        xml.leaf("force_expressed_in_body", GROUND)
        xml.leaf("point_expressed_in_body", GROUND)
        xml.leaf("force_identifier", f"{load.name}_v")
        xml.leaf("point_identifier", f"{load.name}_p")
        xml.leaf("torque_identifier", f"{load.torque_name}_")


# ---------------------------------------------------------------- loads


def calc_loads(trajectory: Trajectory) -> list[Load]:
    """Of the ground on every foot, and where the course has obstacles also of these.

    Raises:
        UsageError: if contact forces are not known, or the floor is not level.
    """
    if trajectory.course.steps or trajectory.course.slopes:
        raise UsageError("external loads act on a level floor; the course of this trajectory has steps or slopes")
    require_known("contact forces", trajectory.contact_forces, len(trajectory.times))
    centers = sphere_centers(trajectory)
    loads = []
    for foot in feet_of(trajectory.model):
        loads.append(_ground_load(foot, trajectory, centers))
        if trajectory.course.obstacles:
            loads.append(_obstacle_load(foot, trajectory, centers))
    return loads


def sphere_centers(trajectory: Trajectory) -> Array:
    """Centers of the contact spheres, (states, spheres, 3) m."""
    model = trajectory.model
    order = {body.name: i for i, body in enumerate(model.bodies)}
    depths = body_depths(model)
    centers = np.empty((len(trajectory.times), len(model.contact_spheres), 3))
    for i, sphere in enumerate(model.contact_spheres):
        x, y, z = sphere.location
        angle, origin = trajectory.body_angles[:, order[sphere.body]], trajectory.body_positions[:, order[sphere.body]]
        centers[:, i, 0] = origin[:, 0] + np.cos(angle) * x - np.sin(angle) * y
        centers[:, i, 1] = origin[:, 1] + np.sin(angle) * x + np.cos(angle) * y
        centers[:, i, 2] = depths[sphere.body] + z
    return centers


def _ground_load(foot: Foot, trajectory: Trajectory, centers: Array) -> Load:
    """At the center of pressure on y = 0, where the moment about x and z vanishes; the rest turns about y.

    An unloaded foot keeps a point below its middle, so that the point does not jump through the room between steps.
    """
    forces = _in_space(trajectory.contact_forces[:, foot.spheres])
    radii = np.array([trajectory.model.contact_spheres[i].radius for i in foot.spheres])
    points = centers[:, foot.spheres].copy()
    points[..., 1] = 0.5 * (points[..., 1] - radii)  # halfway into the dent
    force, moment = forces.sum(axis=1), np.cross(points, forces).sum(axis=1)
    point = points.mean(axis=1)
    point[:, 1] = 0.0
    loaded = force[:, 1] > 0.0
    point[loaded, 0] = moment[loaded, 2] / force[loaded, 1]
    point[loaded, 2] = -moment[loaded, 0] / force[loaded, 1]
    torque = np.zeros_like(force)
    torque[:, 1] = moment[:, 1] - point[:, 2] * force[:, 0]
    return Load(f"ground_force_{foot.name}", f"ground_torque_{foot.name}", foot.body, force, point, torque)


def _obstacle_load(foot: Foot, trajectory: Trajectory, centers: Array) -> Load:
    """Obstacles push through the centers of the spheres; the load acts between these, nearer to the harder pushed."""
    forces = _in_space(trajectory.obstacle_forces[:, foot.spheres])
    points = centers[:, foot.spheres]
    weights = np.linalg.norm(forces, axis=2, keepdims=True)
    weights[weights.sum(axis=1)[:, 0] == 0.0] = 1.0
    point = (weights * points).sum(axis=1) / weights.sum(axis=1)
    force = forces.sum(axis=1)
    torque = np.cross(points, forces).sum(axis=1) - np.cross(point, force)
    return Load(f"obstacle_force_{foot.name}", f"obstacle_torque_{foot.name}", foot.body, force, point, torque)


def _in_space(forces: Array) -> Array:
    """Planar vectors (…, 2) with z = 0."""
    return np.concatenate([forces, np.zeros_like(forces[..., :1])], axis=-1)


# ---------------------------------------------------------------- feet


def feet_of(model: Model) -> list[Foot]:
    """One a ground contact element, or one a rigid piece where its spheres are on several.

    An element called foot_r makes the foot r, and so the customary ground_force_r_vx.
    """
    order = {sphere.name: i for i, sphere in enumerate(model.contact_spheres)}
    grouped = [(c.name.removeprefix("foot_"), [order[name] for name in c.spheres]) for c in model.ground_contacts]
    in_contact = {i for _, members in grouped for i in members}
    grouped += [(s.name, [i]) for i, s in enumerate(model.contact_spheres) if i not in in_contact]
    return [foot for name, members in grouped for foot in _pieces(model, name, members)]


def _pieces(model: Model, name: str, members: list[int]) -> Iterator[Foot]:
    spheres = model.contact_spheres
    pieces: dict[str, list[int]] = {}
    for i in members:
        pieces.setdefault(_rigid_root(model, spheres[i].body), []).append(i)
    for found in pieces.values():
        body = spheres[found[0]].body
        yield Foot(name if len(pieces) == 1 else f"{name}_{body}", body, tuple(found))


def _rigid_root(model: Model, body: str) -> str:
    """The body nearest to the ground that this one cannot move against."""
    free = {coordinate.name for coordinate in model.free_coordinates}
    joints = {joint.child: joint for joint in model.joints}
    while body != GROUND and not free.intersection(joints[body].coordinates):
        body = joints[body].parent
    return body
