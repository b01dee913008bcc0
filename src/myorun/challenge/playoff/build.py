"""Write an agent's folder from the template, and make an image of it, without a network inside."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from myorun.challenge.playoff.engine import Box, Engine
from myorun.challenge.playoff.limits import MiB
from myorun.errors import UsageError, unwritable
from myorun.policy.files import SHIPPED, load_policy

BASE = "docker.io/library/python:3.11-slim"
_TEMPLATE = Path(__file__).with_name("template")
_FILES = {"Dockerfile.txt": "Dockerfile", "agent.py.txt": "agent.py", "requirements.txt": "requirements.txt"}
_LIBRARY, _STAMP = "lib", ".made-of"
_NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*(:[\w.-]{1,128})?")

Tell = Callable[[str], object]


def write_template(folder: Path, policy: str = "champion") -> list[Path]:
    """Put the template's files and a policy into a folder, which may be new; the files written. None is overwritten.

    :class:`UsageError` for a policy that cannot be loaded, or a folder that cannot be written.
    """
    source = SHIPPED.get(policy, Path(policy))
    load_policy(source)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = [name for name in _FILES if not (folder / _FILES[name]).exists()]
        for name in new:
            shutil.copyfile(_TEMPLATE / name, folder / _FILES[name])
        written = [folder / _FILES[name] for name in new]
        if not (folder / "policy").exists():
            shutil.copytree(source, folder / "policy")
            written.append(folder / "policy")
    except OSError as error:
        raise unwritable(f"{str(folder)!r}", error) from None
    return written


def build_image(engine: Engine, folder: Path, name: str, base: str = BASE, tell: Tell = lambda said: None) -> str:
    """Make the image of an agent's folder; its name.

    Args:
        engine: that makes it.
        folder: with a Dockerfile; where it has a requirements.txt, what it names is put into lib/ first.
        name: of the image.
        base: the image that it stands on, handed to the Dockerfile as ``BASE``.
        tell: hears what is done.

    :class:`UsageError` where the folder has no Dockerfile, or a step of it fails.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"the image's name is {name!r}; it must be like my-agent or my-agent:3, in lower case")
    if not (folder / "Dockerfile").is_file():
        raise UsageError(f"{str(folder)!r} has no Dockerfile; an empty folder gets one from the template")
    if (folder / "requirements.txt").is_file():
        if not engine.has_image(base):
            tell(f"pulling {base}")
            engine.pull(base)
        _fill_library(folder, python_of(engine, base), tell)
    for said in engine.build(folder, name, {"BASE": base}):
        tell(said)
    return name


# ---------------------------------------------------------------- what the agent imports


def python_of(engine: Engine, base: str) -> str:
    """The version of a base image's Python, such as "3.11"; :class:`UsageError` if it has none."""
    code = "import sys; print('python', '.'.join(map(str, sys.version_info[:2])))"
    box = Box(base, ("python3", "-c", code), 512 * MiB, 1.0, 64, {"/tmp": MiB}, 65_536)
    try:
        container = engine.start(box)
    except Exception as error:
        raise UsageError(f"python3 does not start in the base image {base!r}: {error}") from None
    try:
        until = time.monotonic() + 60.0
        while engine.state(container).running and time.monotonic() < until:
            time.sleep(0.05)
        said = engine.log(container, 4096)
    finally:
        engine.remove(container)
    found = re.search(r"python (3\.\d+)", said)
    if found is None:
        raise UsageError(f"the base image {base!r} has no working python3: {said.strip()[:300]}")
    return found[1]


def _fill_library(folder: Path, python: str, tell: Tell) -> None:
    """lib/ with what requirements.txt names, for the base image's Python; again only if either changed."""
    stamp = _stamp(folder, python)
    library = folder / _LIBRARY
    kept = library / _STAMP
    if not kept.exists() or kept.read_text() != stamp:
        shutil.rmtree(library, ignore_errors=True)
        tell("fetching the packages of requirements.txt")
        _fetch(folder / "requirements.txt", library, python)
    _copy_ourselves(library, python)
    kept.write_text(stamp)


def _stamp(folder: Path, python: str) -> str:
    words = (folder / "requirements.txt").read_bytes()
    return f"{hashlib.sha256(words).hexdigest()} {python} {platform.machine()}\n"


def _fetch(requirements: Path, library: Path, python: str) -> None:
    machine = platform.machine()
    platforms = [f"--platform=manylinux_2_{minor}_{machine}" for minor in range(28, 16, -1)]
    platforms.append(f"--platform=manylinux2014_{machine}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--target", str(library), "--only-binary=:all:", f"--python-version={python}", *platforms]
    done = subprocess.run([*command, "-r", str(requirements)], capture_output=True, text=True)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if "ERROR" in line] or [done.stderr.strip()]
        raise UsageError(f"pip cannot fetch what {str(requirements)!r} names: {said[-1][:500]}")


def _copy_ourselves(library: Path, python: str) -> None:
    """This installation of myorun and osim."""
    core = importlib.util.find_spec("myorun._core")
    assert core is not None and core.origin is not None
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if python != running:
        raise UsageError(
            f"the base image has Python {python}, and this is myorun for Python {running}; take a base image with "
            f"Python {running}, such as docker.io/library/python:{running}-slim"
        )
    ours = Path(__file__).resolve().parents[3]
    for package in ("myorun", "osim"):
        shutil.rmtree(library / package, ignore_errors=True)
        shutil.copytree(
            ours / package, library / package, ignore=shutil.ignore_patterns("__pycache__", ".*", "_core*.so")
        )
    shutil.copy2(core.origin, library / "myorun" / Path(core.origin).name)
