"""A cell: one agent's container, beside a Redis of its own, and nothing else that it could reach.

The Redis' container has no network but its loopback; the agent's container shares that one, and has no other. So the
agent finds a Redis at 127.0.0.1:6379, as clients of 2017 expect, and no host, no neighbour, no name server: there is
no interface over which a packet could leave. We reach the Redis through a socket in a folder that only its container
and we can enter. The agent's account may push and pop lists; ours has a password, made for this run.
"""

from __future__ import annotations

import json
import logging
import math
import re
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from myorun.challenge.playoff.archive import wrong_place
from myorun.challenge.playoff.engine import LABEL, Box, Engine, EngineError, State
from myorun.challenge.playoff.limits import MiB, Playoff
from myorun.challenge.playoff.redis_image import redis_image
from myorun.challenge.playoff.scratch import Scratch, is_dead, remove_dead, root_of
from myorun.challenge.playoff.seccomp import strict_profile
from myorun.challenge.secrets import new_secret
from myorun.closing import Closing

PORT = 6379
IMAGES = "localhost/myorun-playoff"  # repository of images that are only here for a run
PART_LABEL = f"{LABEL}.part"  # "redis" or "agent"
_FOLDER_LABEL, _HOST_LABEL = f"{LABEL}.folder", f"{LABEL}.host"
_REDIS_MEMORY, _REDIS_DATA = 256 * MiB, 48 * MiB
_REDIS_HEAP = 224 * MiB  # less than its memory: so it ends by itself, and says why, which not every engine does
_REDIS_CLIENTS = 24 * MiB  # of what clients have sent in part, as Redis counts it; small words take four times as much
_REDIS_USER, _AGENT_USER = "65533:65533", "65532:65532"
_OUT_OF_MEMORY = "Out Of Memory"  # in the log of a Redis that could have no more
_READY = 20.0  # s for a Redis to come up
_MOST_VOLUMES = 8
_IMAGES_FAULTS = (  # what engines say of an image that cannot start, and what its owner reads
    (r"exec format", "is no program for this machine's kind of processor"),
    (r"permission denied", "may not be executed, or not by the account 65532"),
    (r"argument list too long", "is too long, with its environment"),
    (r"no command", "is empty; the image needs an ENTRYPOINT or a CMD"),
    (r"executable file|no such file|not a directory", "is not in the image, or what it needs to start is not"),
)
_LONGEST_COMMAND = 200  # characters of an image's command that are shown
_AGENT_COMMANDS = (
    "+lpush +rpush +lpop +rpop +blpop +brpop +llen +del +unlink +exists +expire "
    "+ping +echo +auth +hello +select +quit +reset +client|setname +client|getname +client|id"
)


class Cell(Closing):
    """Everything of one run; see the module's text. To be closed, whatever happens."""

    def __init__(self, engine: Engine, limits: Playoff, name: str) -> None:
        self._engine, self._limits = engine, limits
        self._scratch = Scratch(root_of(limits.scratch))
        self._labels = {_HOST_LABEL: socket.gethostname(), _FOLDER_LABEL: str(self._scratch.folder)}
        self._labels[f"{LABEL}.run"] = name
        try:
            self._seccomp = self._write_profile()
        except BaseException:
            self._scratch.close()  # or its lock would keep it for as long as this process lives
            raise
        self._redis = self._agent = ""
        self._images: list[str] = []  # that are gone when the cell is
        self._password = new_secret()

    def close(self) -> None:
        """Remove containers, images and files, each whatever becomes of the others.

        What an engine refuses now, the next :func:`sweep` clears away. It changes no verdict: an agent could wish it.
        """
        with ExitStack() as last_first:
            last_first.callback(self._scratch.close)
            for image in self._images:
                last_first.callback(_if_possible, self._engine.remove_image, image)
            for container in (self._redis, self._agent):
                if container:
                    last_first.callback(_if_possible, self._engine.remove, container)
            self._agent = self._redis = ""

    def _write_profile(self) -> str:
        """Where the profile of allowed calls lies; empty where the engine's default is as strict."""
        profile = strict_profile() if self._engine.is_podman else None
        if profile is None:
            return ""
        file = self._scratch.folder / "seccomp.json"
        file.write_text(json.dumps(profile), encoding="utf-8")
        return str(file)

    # ------------------------------------------------------------ starting

    @property
    def url(self) -> str:
        """Of the Redis, for us."""
        return f"unix://grader:{quote(self._password)}@{self._scratch.shared / 'redis.sock'}"

    def start_redis(self) -> None:
        """Bring up the Redis; :class:`EngineError` if it does not come."""
        (self._scratch.shared / "redis.conf").write_text(
            _REDIS_CONF.format(
                port=PORT, commands=_AGENT_COMMANDS, password=self._password, data=_REDIS_DATA, clients=_REDIS_CLIENTS
            )
        )
        box = Box(
            image=redis_image(self._engine, self._limits.redis_image),
            command=("redis-server", "/run/redis/redis.conf"),
            memory=_REDIS_MEMORY,
            heap=_REDIS_HEAP,
            cpus=1.0,
            processes=64,
            tmpfs={"/tmp": MiB, "/run": MiB, "/var/tmp": MiB},
            log=64 * 1024,
            binds={str(self._scratch.shared): "/run/redis"},
            **self._common("redis", _REDIS_USER),
        )
        self._redis = self._engine.start(box)
        self._wait_for(self._scratch.shared / "redis.sock")

    def _wait_for(self, place: Path) -> None:
        began = time.monotonic()
        while not place.exists():
            state = self._engine.state(self._redis)
            if not state.running or time.monotonic() - began > _READY:
                said = self._engine.log(self._redis, 500).strip()
                raise EngineError(f"the Redis of a run did not come up: {said or state.error or state.exit_code}")
            time.sleep(0.05)

    def start_agent(self, image: str) -> None:
        """Bring up the participant's container; :class:`AgentError` if it cannot even start."""
        limits = self._limits
        scratch = limits.scratch_mb * MiB
        config = self._engine.image(image).get("Config") or {}
        volumes = volumes_of(config)
        if problem := wrong_place(config.get("WorkingDir")):
            raise AgentError(f"your container cannot be started: {problem}")
        box = Box(
            image=image,
            command=None,
            memory=limits.memory_mb * MiB,
            cpus=limits.cpus,
            processes=limits.processes,
            tmpfs={"/tmp": scratch, "/run": MiB, "/var/tmp": MiB, **dict.fromkeys(volumes, MiB)},
            log=limits.log_kb * 1024,
            inside=self._redis,
            environment=_environment(limits),
            no_healthcheck=bool(config.get("Healthcheck")),
            **self._common("agent", _AGENT_USER),
        )
        try:
            self._agent = self._engine.start(box)
        except EngineError as error:
            if problem := images_fault(str(error), config):
                _LOG.warning("an agent's container cannot be started: %s", error)
                raise AgentError(f"your container cannot be started: {problem}") from None
            raise

    def load_image(self, archive: Iterable[bytes]) -> None:
        """Hand an archive that calls its image :attr:`image_name` to the engine."""
        self._images.append(self.image_name)
        self._engine.load(archive, self.image_name)

    def pull_image(self, reference: str) -> None:
        """Have the engine fetch an image of a registry for this run."""
        if not self._engine.has_image(reference):
            self._images.append(reference)  # one that was here before is somebody's
            self._engine.pull(reference)

    @property
    def image_name(self) -> str:
        """Of an image that is only here for this run."""
        return f"{IMAGES}:{self._scratch.folder.name}"

    def _common(self, part: str, user: str) -> dict[str, Any]:
        return {
            "labels": {**self._labels, PART_LABEL: part},
            "own_ids": self._limits.user_namespace == "auto",
            "runtime": self._limits.runtime,
            "seccomp": self._seccomp,
            "user": user,
        }

    # ------------------------------------------------------------ looking

    def why_gone(self) -> str:
        """Why the agent's container runs no more; empty while it runs."""
        state = self._engine.state(self._agent)
        return "" if state.running else _ending(state, self._limits)

    def is_redis_overfull(self) -> bool:
        """Whether the Redis ended as it needed more memory than it may have: only its agent can have made it."""
        state = self._engine.state(self._redis)
        return state.out_of_memory or (not state.running and _OUT_OF_MEMORY in self._engine.log(self._redis, 64 * 1024))

    def log(self) -> str:
        """The last of what the agent printed."""
        return self._engine.log(self._agent, self._limits.log_kb * 1024) if self._agent else ""


# ---------------------------------------------------------------- what an agent gets

_REDIS_CONF = """\
bind 127.0.0.1
port {port}
unixsocket /run/redis/redis.sock
unixsocketperm 777
save ""
appendonly no
dir /tmp
crash-log-enabled no
crash-memcheck-enabled no
maxmemory {data}
maxmemory-policy noeviction
maxmemory-clients {clients}
maxclients 16
proto-max-bulk-len 1mb
client-query-buffer-limit 2mb
client-output-buffer-limit normal 4mb 2mb 10
user default on nopass resetchannels ~* -@all {commands}
user grader on >{password} ~* &* +@all
"""


def _environment(limits: Playoff) -> dict[str, str]:
    """What an agent needs to know, in the variables that programs of its kind look at."""
    threads = str(max(1, math.floor(limits.cpus)))
    return {
        "HOME": "/tmp",
        "PYTHONUNBUFFERED": "1",  # what it printed is in the log, even when it is killed
        "OMP_NUM_THREADS": threads,  # as many as it may use, not as many as the machine has
        "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
    }


def images_fault(said: str, config: dict[str, Any]) -> str:
    """Why the image cannot be started, for its owner; empty where the fault is not the image's.

    Args:
        said: by the engine; it may name places on this machine, so nothing of it is repeated.
        config: of the image.
    """
    for words, problem in _IMAGES_FAULTS:
        if re.search(words, said, re.IGNORECASE):
            command = json.dumps([*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())])
            return f"its command {command[:_LONGEST_COMMAND]} {problem}"
    return ""


def volumes_of(config: dict[str, Any]) -> list[str]:
    """Places that the image wants to write at, each absolute; they become small and forgetful.

    :class:`AgentError` for places that are none, or too many.
    """
    places = sorted(str(place) for place in config.get("Volumes") or {})
    odd = [place for place in places if not place.startswith("/") or ".." in place or ":" in place or "," in place]
    if odd or len(places) > _MOST_VOLUMES:
        raise AgentError(
            f"the image declares {len(places)} volumes; at most {_MOST_VOLUMES} absolute places are allowed"
        )
    return places


_LOG = logging.getLogger("myorun.challenge")


def _if_possible(remove: Callable[[str], None], what: str) -> None:
    try:
        remove(what)
    except EngineError as error:
        _LOG.warning("left for later: %s", error)


# ---------------------------------------------------------------- how an agent ends


class AgentError(Exception):
    """The participant's container cannot be run, and why."""


_KILLED = 128 + 9


def _ending(state: State, limits: Playoff) -> str:
    """The end of a container in words for its owner."""
    code = state.exit_code
    if state.out_of_memory or code == _KILLED:
        return f"your container was killed: it needed more than its {limits.memory_mb} MiB of memory (/tmp included)"
    if code == 0:
        return "your agent ended without submitting; call client.submit() when no course is left"
    if code > 128:
        return f"your agent was ended by signal {code - 128} ({_signal(code - 128)})"
    return f"your agent ended with exit code {code}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


# ---------------------------------------------------------------- after crashes


def sweep(engine: Engine, limits: Playoff) -> int:
    """Remove what runs of this machine left that live no more; how many containers there were.

    Runs that live, of this process or of others, are not touched. What an engine refuses is left for the next sweep.
    """
    root = root_of(limits.scratch)
    found = sorted(engine.labelled(), key=lambda one: one[1].get(PART_LABEL) == "redis")  # on which its agent depends
    dead = [container for container, labels in found if _is_ours_and_dead(labels)]
    images = [name for name in engine.image_names(IMAGES) if is_dead(root / name.removeprefix(f"{IMAGES}:"))]
    for remove, what in [(engine.remove, dead), (engine.remove_image, images)]:
        for left in what:
            with suppress(EngineError):
                remove(left)
    remove_dead(root)
    return len(dead)


def _is_ours_and_dead(labels: dict[str, str]) -> bool:
    folder = labels.get(_FOLDER_LABEL)
    return labels.get(_HOST_LABEL) == socket.gethostname() and folder is not None and is_dead(Path(folder))
