"""Where the image of an agent comes from: the engine, an archive that was handed in, or a registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Protocol

from myorun.challenge.playoff.archive import check_archive
from myorun.challenge.playoff.archive_writer import docker_archive
from myorun.challenge.playoff.cell import AgentError, Cell
from myorun.challenge.playoff.engine import Engine
from myorun.challenge.playoff.limits import MiB, Playoff
from myorun.challenge.refusals import ArchiveError, RefusedError

UPLOADED = "sha256:"  # before the hash of an archive that was uploaded; else an image is named in a registry


class StoppedError(Exception):
    """Told to stop before the image was there."""


def _heed(stop: Event) -> None:
    if stop.is_set():
        raise StoppedError


def _heeding(pieces: Iterator[bytes], stop: Event) -> Iterator[bytes]:
    for piece in pieces:
        _heed(stop)
        yield piece


class ImageSource(Protocol):
    """Something that an engine can have an image from."""

    def bring(self, engine: Engine, cell: Cell, stop: Event) -> str:
        """The image's name, once the engine has it; :class:`StoppedError` soon after ``stop`` is set."""
        ...


@dataclass(frozen=True)
class LocalImage:
    """An image that the engine has."""

    reference: str

    def bring(self, engine: Engine, cell: Cell, stop: Event) -> str:
        engine.image(self.reference)
        return self.reference


@dataclass(frozen=True)
class ArchivedImage:
    """An archive that somebody handed in. It is looked through here, and its image is gone when the cell is."""

    path: Path
    limits: Playoff

    def bring(self, engine: Engine, cell: Cell, stop: Event) -> str:
        try:
            archive = check_archive(self.path, self.limits, lambda done, of: _heed(stop))
        except ArchiveError as error:
            raise AgentError(error.message) from None
        cell.load_image(_heeding(docker_archive(archive, cell.image_name), stop))
        return cell.image_name


@dataclass(frozen=True)
class RegistryImage:
    """An image in a registry that the organiser allows, named by its hash, so that it is the same for ever."""

    reference: str
    limits: Playoff

    def bring(self, engine: Engine, cell: Cell, stop: Event) -> str:
        checked_reference(self.reference, self.limits)
        cell.pull_image(self.reference)
        size = int(engine.image(self.reference).get("Size", 0))
        if size > self.limits.unpacked_mb * MiB:
            raise AgentError(f"the image takes {size} bytes; at most {self.limits.unpacked_mb} MiB are allowed")
        return self.reference


_PART = r"[a-z0-9]+([._-]+[a-z0-9]+)*"  # never only dots, which would lead elsewhere
_REFERENCE = re.compile(rf"(?P<place>{_PART}(:[0-9]{{1,5}})?(/{_PART})+)@sha256:[0-9a-f]{{64}}")


def checked_reference(reference: str, limits: Playoff) -> str:
    """A name that an agent may be handed in by; :class:`RefusedError` for another."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise RefusedError("an image is named by its hash, such as registry.example.org/team/agent@sha256:0123…")
    if not any(found["place"].startswith(f"{registry}/") for registry in limits.registries):
        allowed = ", ".join(limits.registries) or "none; upload an archive"
        raise RefusedError(f"images of that registry are not taken here; allowed: {allowed}")
    return reference
