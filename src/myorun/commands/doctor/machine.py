"""What of the machine the physics, the pictures and the learning use."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import webbrowser
from importlib.util import find_spec

from myorun.commands.doctor.finding import Finding, Part
from myorun.commands.doctor.programs import ask_python, first_line, major_version

PYTHON = Part("python", "everything", "install Python 3.11 or newer", needed=True)
CORE = Part("core", "everything", "pip install --force-reinstall --no-cache-dir myorun", needed=True)
INSTRUCTIONS = Part(
    "instructions",
    "several humans in one register: faster batches, in learning and evaluation",
    "nothing to install: a processor with AVX2, AVX-512 or NEON has them, or a virtual machine that passes them on",
)
COMPILER = Part(
    "compiler",
    "builds the core from source; wheels need none",
    "apt install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora), xcode-select --install (macOS)",
)
FFMPEG = Part("ffmpeg", "films: myorun run --video, myorun render", "pip install --force-reinstall imageio-ffmpeg")
DISPLAY = Part(
    "display",
    "a window for myorun run; without it, runs are filmed",
    "log in at a screen, or use ssh -X; or watch with myorun run --web, film with --video",
)
BROWSER = Part(
    "browser",
    "opens the 3-D viewer by itself: myorun view, myorun run --web",
    "install a browser, or open the printed address elsewhere, through ssh -L PORT:127.0.0.1:PORT",
)
GPU = Part(
    "gpu",
    "learns on it: myorun train --device cuda; the champion needs none",
    "nothing to install: it takes a GPU that torch knows (NVIDIA with its driver, or Apple's)",
)
OPENSIM = Part("opensim", "the engine of 2017 as physics: --physics opensim", "pip install 'myorun[opensim]'")

_OLDEST = {"g++": 12, "clang++": 16}
_STEP = "from myorun.physics import Simulator; Simulator().step([0.1] * 18)"
_SETS = "from myorun.physics.engine import instruction_sets; print(*instruction_sets())"
_FFMPEG = "from imageio_ffmpeg import get_ffmpeg_exe; print(get_ffmpeg_exe())"
_TORCH = (
    "import torch; mps = getattr(torch.backends, 'mps', None); "
    "names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]; "
    "print(', '.join(names) or ('Apple (mps)' if mps and mps.is_available() else '-'), '; torch', torch.__version__)"
)


def python() -> Finding:
    """The interpreter."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.prefix}"
    return PYTHON.ok(found) if sys.version_info >= (3, 11) else PYTHON.broken(f"{found}; it is too old")


def core() -> Finding:
    """The compiled physics, tried: the human makes one step."""
    answer = ask_python(_STEP)
    return CORE.ok("the human moves") if answer.well else CORE.broken(answer.text)


def instructions() -> Finding:
    """How wide the core may work here."""
    answer = ask_python(_SETS)
    sets = answer.text.split()
    if not answer.well:
        return INSTRUCTIONS.broken(answer.text, CORE.remedy)
    found = f"{sets[-1]} in use of {', '.join(sets)}"
    return INSTRUCTIONS.missing(found) if sets == ["baseline"] else INSTRUCTIONS.ok(found)


def compiler() -> Finding:
    """A C++ compiler that knows C++20."""
    name = os.environ.get("CXX") or next((name for name in ("c++", *_OLDEST) if shutil.which(name)), "c++")
    said = first_line(*name.split(), "--version")
    if said is None:
        return COMPILER.missing(f"{name}: not found")
    kind = "clang++" if "clang" in said else "g++"
    version = major_version(said)
    if version is not None and version < _OLDEST[kind]:
        return COMPILER.broken(f"{said}; {kind} {_OLDEST[kind]} or newer is needed")
    return COMPILER.ok(said)


def ffmpeg() -> Finding:
    """The encoder of films, which a package brings along."""
    answer = ask_python(_FFMPEG)
    if not answer.well:
        return FFMPEG.broken(answer.text)
    said = first_line(answer.text, "-version")
    return FFMPEG.broken(f"{answer.text} does not run") if said is None else FFMPEG.ok(said.partition(" Copyright")[0])


def display() -> Finding:
    """Whether a window could be opened."""
    answer = ask_python("from myorun.view import has_display; print(has_display())", patience=20.0)
    if answer.text == "True":
        return DISPLAY.ok(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or platform.system())
    return DISPLAY.missing("none" if answer.well else answer.text)


def browser() -> Finding:
    """Whether Python knows a browser to open."""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return BROWSER.missing("none that Python could open")
    return BROWSER.ok(str(getattr(found, "name", None) or type(found).__name__))


def gpu() -> Finding:
    """What torch could learn on, other than the processor."""
    driver = first_line("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    if find_spec("torch") is None:
        found = f"{driver}, but torch is not installed" if driver else "none, and torch is not installed"
        return GPU.missing(found, "pip install 'myorun[train]'" if driver else "")
    answer = ask_python(_TORCH)
    if not answer.well:
        return GPU.broken(answer.text, "pip install --force-reinstall torch")
    name, _, version = answer.text.partition(" ; ")
    if name != "-":
        return GPU.ok(f"{name}; {version}")
    if driver is None:
        return GPU.missing(f"none; {version}")
    return GPU.broken(f"{driver}, which {version} cannot use", "install the build of torch for this driver's CUDA")


def opensim() -> Finding:
    """OpenSim's own wheel."""
    if find_spec("opensim") is None:
        return OPENSIM.missing("not installed")
    answer = ask_python("import opensim; print(opensim.GetVersion())")
    return OPENSIM.ok(answer.text) if answer.well else OPENSIM.broken(answer.text)
