"""A container engine, Podman or Docker, through the API that both speak: what the play-off needs of it, and no more."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from docker.errors import APIError, DockerException, NotFound
from docker.types import LogConfig, Ulimit

from myorun.challenge.playoff.transport import REMEDY, address_of_engine, client_of, knock
from myorun.closing import Closing
from myorun.errors import MyorunError, UsageError

LABEL = "myorun.playoff"  # of all containers and images that are ours
_MOST_OPEN_FILES = 1024
_WAITS = (0.1, 0.3, 1.0, 3.0)  # s between tries to remove a container


class EngineError(MyorunError):
    """The engine does not answer, or cannot do what it is asked: never the participant's fault."""


@dataclass(frozen=True)
class Box:
    """A container to start, shut in as far as an engine can do it."""

    image: str
    command: tuple[str, ...] | None  # None: the image's own
    memory: int  # bytes, swap included
    cpus: float
    processes: int
    tmpfs: Mapping[str, int]  # folder → bytes
    log: int  # bytes kept
    inside: str | None = (
        None  # the container whose network and ids it shares; None: a network of its own, with no way out
    )
    own_ids: bool = True  # in a user namespace; only Podman can be asked for one
    binds: Mapping[str, str] = field(default_factory=dict)  # folder of ours → writable place within
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    runtime: str = ""
    seccomp: str = ""  # file with a profile; "": the engine's default
    no_healthcheck: bool = False  # the image has one, which is not to run
    heap: int = 0  # bytes of a process, of which it hears itself; 0: as much as there is memory
    user: str = "65532:65532"


@dataclass(frozen=True)
class State:
    """How a container is."""

    running: bool
    exit_code: int
    out_of_memory: bool
    error: str  # of the engine, where it could not start it


class Engine(Closing):
    """A connection to an engine. :class:`UsageError` where none answers at the address."""

    def __init__(self, address: str = "auto") -> None:
        self.address = address_of_engine(address)
        try:
            knock(self.address)
            self._api = client_of(self.address)
        except OSError as error:
            raise UsageError(f"no container engine answers at {self.address}: {error.strerror}; {REMEDY}") from None
        except DockerException as error:
            raise UsageError(f"{self.address!r} is no address of a container engine: {error}; {REMEDY}") from None
        try:
            words = self._api.version()
        except (DockerException, requests.RequestException, ValueError) as error:
            self._api.close()
            raise UsageError(f"no container engine answers at {self.address}: {_short(error)}; {REMEDY}") from None
        component = next(iter(words.get("Components") or [{}]))
        self.name = f"{component.get('Name', 'Docker')} {words.get('Version', '')}".strip()
        self.is_podman = "podman" in self.name.lower()

    def close(self) -> None:
        """Let go of the connection."""
        self._api.close()

    # ------------------------------------------------------------ images

    def image(self, reference: str) -> dict[str, Any]:
        """What the engine knows of an image; :class:`UsageError` if it has none of that name."""
        try:
            with _asking(f"look at image {reference!r}"):
                words: dict[str, Any] = self._api.inspect_image(reference)
        except NotFound:
            raise UsageError(f"the engine has no image {reference!r}; see: {self._command} images") from None
        return words

    def has_image(self, reference: str) -> bool:
        """Whether it is here already."""
        try:
            self.image(reference)
        except UsageError:
            return False
        return True

    def pull(self, reference: str) -> None:
        """Fetch an image from its registry; :class:`EngineError` where that fails."""
        with _asking(f"pull {reference!r}"):
            for line in self._api.pull(reference, stream=True, decode=True):
                if "error" in line:
                    raise EngineError(f"the image {reference!r} cannot be pulled: {line['error']}")

    def load(self, archive: Iterable[bytes], name: str) -> None:
        """Take in an archive whose manifest calls the image ``name``."""
        with _asking("load an image"):
            for line in self._api.load_image(archive):
                if "error" in line:
                    raise EngineError(f"the engine cannot load the image: {line['error']}")
        if not self.has_image(name):
            raise EngineError("the engine took the image's archive, but has no such image now")

    def import_root(self, root: bytes, name: str) -> None:
        """Make an image of one layer from a tar archive of files."""
        with _asking("import an image"):
            said = str(self._api.import_image_from_data(root))
            made = re.search(r"sha256:[0-9a-f]{64}", said)
            if made is None:
                raise EngineError(f"the engine could not import an image: {said[:500]}")
            repository, _, tag = name.rpartition(":")
            self._api.tag(made[0], repository, tag)

    def image_names(self, repository: str) -> list[str]:
        """All names of images in a repository of ours."""
        with _asking("list images"):
            found = self._api.images(all=False)
        names = [name for words in found for name in words.get("RepoTags") or []]
        return [name for name in names if name.startswith(f"{repository}:")]

    def save(self, reference: str) -> Iterator[bytes]:
        """An image as an archive, in pieces."""
        self.image(reference)
        with _asking(f"save image {reference!r}"):
            yield from self._api.get_image(reference, chunk_size=1 << 20)

    def build(self, folder: Path, name: str, arguments: Mapping[str, str]) -> Iterator[str]:
        """Build an image from a folder with a Dockerfile, without a network; what the engine says meanwhile."""
        with _asking("build an image"):
            said = self._api.build(
                path=str(folder), tag=name, buildargs=dict(arguments), rm=True, forcerm=True, decode=True
            )
            for line in said:
                if "error" in line:
                    raise UsageError(f"the image cannot be built: {str(line['error']).strip()}")
                if text := str(line.get("stream", "")).rstrip():
                    yield text

    def remove_image(self, reference: str) -> None:
        """Forget an image, if it is here."""
        try:
            with _asking(f"remove image {reference!r}"):
                self._api.remove_image(reference, force=False, noprune=False)
        except NotFound:
            pass

    # ------------------------------------------------------------ containers

    def start(self, box: Box) -> str:
        """Start a container; its id. Where that fails, nothing is left of it."""
        try:
            with _asking("create a container"):  # and not with the proxies, and their passwords, of our own user
                made = str(self._api.create_container(**self._words(box), use_config_proxy=False)["Id"])
        except NotFound:
            raise UsageError(f"the engine has no image {box.image!r}") from None
        try:
            with _asking("start a container"):
                self._api.start(made)
        except BaseException as error:
            self.remove(made)
            if isinstance(error, NotFound):  # so engines say that there is no such program in the image
                raise EngineError(_short(error)) from None
            raise
        return made

    def _words(self, box: Box) -> dict[str, Any]:
        host = self._api.create_host_config(
            network_mode=f"container:{box.inside}" if box.inside else "none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges", *([f"seccomp={box.seccomp}"] if box.seccomp else [])],
            mem_limit=box.memory,
            memswap_limit=box.memory,
            nano_cpus=int(box.cpus * 1e9),
            pids_limit=box.processes,
            tmpfs={place: f"rw,nosuid,nodev,size={size},mode=1777" for place, size in box.tmpfs.items()},
            shm_size=next(iter(box.tmpfs.values()), 1 << 20),
            ulimits=_ulimits(box),
            binds={source: {"bind": place, "mode": "rw"} for source, place in box.binds.items()},
            log_config=LogConfig(type="json-file", config={"max-size": str(box.log)}),
            restart_policy={"Name": "no"},
            **({"runtime": box.runtime} if box.runtime else {}),
        )
        if box.own_ids and self.is_podman:  # a value that the SDK does not know
            host["UsernsMode"] = f"container:{box.inside}" if box.inside else "auto"
        return {
            "image": box.image,
            "command": None if box.command is None else list(box.command[1:]),
            "entrypoint": None if box.command is None else [box.command[0]],
            "user": box.user,
            "environment": dict(box.environment),
            "labels": {LABEL: "yes", **box.labels},
            **({"healthcheck": {"test": ["NONE"]}} if box.no_healthcheck else {}),
            "host_config": host,
        }

    def state(self, container: str) -> State:
        """How a container is now; :class:`EngineError` if it is gone."""
        try:
            with _asking("look at a container"):
                words = self._api.inspect_container(container)["State"]
        except NotFound:
            raise EngineError("a container of ours was removed by somebody else") from None
        return State(
            running=words["Status"] in ("created", "running", "paused", "initialized"),
            exit_code=int(words.get("ExitCode") or 0),
            out_of_memory=bool(words.get("OOMKilled")),
            error=str(words.get("Error") or ""),
        )

    def log(self, container: str, most: int) -> str:
        """The last of what a container printed, at most ``most`` bytes."""
        with _asking("read a container's log"):
            pieces, kept = self._api.logs(container, stream=True, follow=False), b""
            for piece in pieces:
                kept = (kept + piece)[-most:]
        return kept.decode("utf-8", "replace")

    def kill(self, container: str) -> None:
        """End a container at once, if it lives."""
        try:
            with _asking("kill a container"):
                self._api.kill(container)
        except (NotFound, EngineError):
            pass

    def remove(self, container: str) -> None:
        """End a container and remove all that was its own. A mount that is busy for a moment is tried again."""
        for wait in (*_WAITS, None):
            try:
                with _asking("remove a container"):
                    self._api.remove_container(container, force=True, v=True)
            except NotFound:
                return
            except EngineError:
                if wait is None:
                    raise
                time.sleep(wait)
            else:
                return

    @property
    def storage(self) -> str:
        """Where the engine keeps images and containers."""
        with _asking("say where its storage is"):
            return str(self._api.info().get("DockerRootDir") or "/var/lib/docker")

    def count(self) -> dict[str, int]:
        """How many containers, images, networks and volumes the engine has, of whomever they are."""
        with _asking("count"):
            return {
                "containers": len(self._api.containers(all=True)),
                "images": len(self._api.images(all=True)),
                "networks": len(self._api.networks()),
                "volumes": len(self._api.volumes()["Volumes"] or ()),
            }

    def labelled(self) -> list[tuple[str, dict[str, str]]]:
        """Containers that are ours, running or not: id and labels."""
        with _asking("list containers"):
            found = self._api.containers(all=True, filters={"label": LABEL})
        return [(words["Id"], words.get("Labels") or {}) for words in found]

    @property
    def _command(self) -> str:
        return "podman" if self.is_podman else "docker"


def _ulimits(box: Box) -> list[Ulimit]:
    limits = {"nofile": _MOST_OPEN_FILES, "nproc": max(1000, box.processes), "core": 0}
    limits |= {"data": box.heap} if box.heap else {}
    return [Ulimit(name=name, soft=most, hard=most) for name, most in limits.items()]


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turns what the SDK raises into :class:`EngineError`, but for :class:`NotFound`."""
    try:
        yield
    except NotFound:
        raise
    except (APIError, DockerException, requests.RequestException, OSError) as error:
        raise EngineError(f"the engine could not {what}: {_short(error)}") from error


def _short(error: BaseException) -> str:
    said = str(getattr(error, "explanation", None) or error).strip()[:500]
    return f"{said}; {_NO_IDS}" if re.search(r"sub[ug]id", said) else said


_NO_IDS = (
    "add the line containers:2000000:1000000 to /etc/subuid and /etc/subgid and start the engine again, "
    'or set user_namespace = "engine" in challenge.toml, [playoff]'
)
