"""Bodies and the frames attached to them, found by the paths that .osim documents use."""

from __future__ import annotations

import math
import posixpath
from dataclasses import dataclass

from myorun.anatomy.model import GROUND, Vector
from myorun.anatomy.osim_element import Element

_ORIGIN = (0.0, 0.0, 0.0)
_DEEPEST = 20  # frames on frames; more is a loop


@dataclass(frozen=True)
class Frame:
    """A frame fixed to a body: its origin in the body frame and its turn about z."""

    body: str
    location: Vector = _ORIGIN
    angle: float = 0.0

    def place(self, point: Vector) -> Vector:
        """``point`` of this frame, in the body frame; exact for a frame that is not turned."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        x, y, z = point
        ox, oy, oz = self.location
        if self.angle == 0.0:
            return (ox + x, oy + y, oz + z)
        return (ox + c * x - s * y, oy + s * x + c * y, oz + z)

    def offset(self, location: Vector, angle: float) -> Frame:
        """The frame at ``location`` of this frame, turned by a further ``angle``."""
        return Frame(self.body, self.place(location), self.angle + angle)


class Frames:
    """All frames of one document: ``/ground``, ``/bodyset/pelvis``, ``/jointset/hip_r/pelvis_offset``."""

    def __init__(self) -> None:
        self._frames: dict[str, Frame] = {}
        self._pending: dict[str, Element] = {}
        self._paths: dict[str, list[str]] = {}  # by last name
        self._add(f"/{GROUND}", Frame(GROUND))

    def _add(self, path: str, frame: Frame | Element) -> None:
        if isinstance(frame, Frame):
            self._frames[path] = frame
        else:
            self._pending[path] = frame
        self._paths.setdefault(posixpath.basename(path), []).append(path)

    def add_body(self, name: str) -> None:
        self._add(f"/bodyset/{name}", Frame(name))

    def add_offset(self, path: str, element: Element) -> None:
        """Register a ``PhysicalOffsetFrame``; its parent may be registered later."""
        self._add(path, element)

    def find(self, user: Element, tag: str, base: str) -> Frame:
        """The frame named in socket ``tag`` of ``user``, a component that stands at path ``base``."""
        return self._resolve(user, tag, user.text(tag), base, depth=0)

    def _resolve(self, user: Element, tag: str, name: str, base: str, depth: int) -> Frame:
        path = self._path(name, base)
        if path is None or depth > _DEEPEST:
            raise user.problem(tag, name, "the path of a body, the ground or an offset frame is wanted")
        if path not in self._frames:
            self._frames[path] = self._offset(self._pending[path], path, depth)
        return self._frames[path]

    def _offset(self, element: Element, path: str, depth: int) -> Frame:
        parent = self._resolve(element, "socket_parent", element.text("socket_parent"), path, depth + 1)
        angle = turn(element, "orientation")
        frame = parent.offset(element.vector("translation"), angle)
        element.empty("WrapObjectSet")
        element.empty("components")
        element.done()
        return frame

    def _path(self, name: str, base: str) -> str | None:
        full = posixpath.normpath(posixpath.join(base, name))
        if full in self._frames or full in self._pending:
            return full
        same = self._paths.get(posixpath.basename(name.rstrip("/")), ())
        return same[0] if len(same) == 1 else None

    def finish(self) -> None:
        """Read the frames nothing refers to, so that an unsupported one is refused all the same."""
        for path, element in self._pending.items():
            if path not in self._frames:
                self._frames[path] = self._offset(element, path, 0)


def turn(element: Element, tag: str) -> float:
    """An orientation that is a turn about z alone."""
    x, y, angle = element.vector(tag)
    if x != 0.0 or y != 0.0:
        raise element.problem(tag, (x, y, angle), "a planar model turns about z only, so x and y must be 0")
    return angle
