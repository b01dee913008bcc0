"""The image of the Redis that every run gets: a registry's, or one packed from this machine's own redis-server."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from myorun.challenge.playoff.engine import Engine, EngineError
from myorun.errors import UsageError

REGISTRY_IMAGE = "docker.io/library/redis:7-alpine"
_OLDEST = 7  # the first that limits what its clients may take of its memory
_PACKED = "localhost/myorun-playoff-redis"


def redis_image(engine: Engine, wish: str) -> str:
    """The image's name, once the engine has it.

    ``wish`` is a name, or "auto": this machine's redis-server where one is new enough, else :data:`REGISTRY_IMAGE`.
    :class:`~myorun.challenge.playoff.engine.EngineError` where it cannot be had.
    """
    program = shutil.which("redis-server") if wish == "auto" else None
    if program is not None and _version_of(program) >= _OLDEST:
        return _packed(engine, Path(program).resolve())
    name = REGISTRY_IMAGE if wish == "auto" else wish
    if not engine.has_image(name):
        try:
            engine.pull(name)
        except EngineError as error:
            raise EngineError(
                f"{error}; install redis-server 7 or newer here, or name an image in [playoff] redis_image"
            ) from None
    return name


def _version_of(program: str) -> int:
    """The first of its numbers; 0 where it does not say."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"v=(\d+)", said)
    return int(found[1]) if found else 0


def _packed(engine: Engine, program: Path) -> str:
    """An image of one program and its libraries."""
    name = f"{_PACKED}:{hashlib.sha256(program.read_bytes()).hexdigest()[:16]}"
    if not engine.has_image(name):
        engine.import_root(_root_with(program), name)
    return name


def _root_with(program: Path) -> bytes:
    root = io.BytesIO()
    with tarfile.open(fileobj=root, mode="w") as archive:
        archive.add(program, "usr/bin/redis-server")
        for library in _libraries_of(program):
            archive.add(library.resolve(), str(library).lstrip("/"))
        for folder in ("tmp", "run/redis", "var/tmp", "etc"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
    return root.getvalue()


def _libraries_of(program: Path) -> list[Path]:
    """Where the program looks for its libraries, and the loader."""
    try:
        said = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise UsageError(f"{program} cannot be packed: {error}; name an image in [playoff] redis_image") from None
    return [Path(found) for found in re.findall(r"(/\S+) \(0x", said)]
