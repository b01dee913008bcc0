"""The gate: everything that must hold before a change is shared, in one command.

    python scripts/gate.py          all of it but slow tests; the tests come last
    python scripts/gate.py --all    slow tests, too
    python scripts/gate.py --quick  no tests

Run it with the Python of an environment that has ``pip install '.[dev]'``. Words it does not know go to pytest, as in
``python scripts/gate.py -k course``. The exit status is 0 if and only if everything passed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    failed = [name for name, check in CHECKS.items() if not passes(name, check)]
    if failed:
        print(f"gate: {', '.join(failed)} failed", flush=True)
    if "--quick" in arguments:
        return int(bool(failed))
    which = () if "--all" in arguments else ("-m", "not slow")
    tests = run(sys.executable, "-m", "pytest", *which, *(word for word in arguments if word != "--all"))
    return tests or int(bool(failed))


def passes(name: str, check: Callable[[], str]) -> bool:
    """Run one check, which answers what is wrong, and print its verdict."""
    began = time.monotonic()
    wrong = check()
    print(f"gate: {name:<14} {'FAILED' if wrong else 'ok':<7} {time.monotonic() - began:5.1f} s", flush=True)
    if wrong:
        print(wrong, flush=True)
    return not wrong


# ---------------------------------------------------------------- checks: what is wrong, or nothing


def format_of_python() -> str:
    return complaints(sys.executable, "-m", "ruff", "format", "--diff", "--quiet", ".")


def lint() -> str:
    return complaints(sys.executable, "-m", "ruff", "check", "--quiet", ".")


def types() -> str:
    return complaints(sys.executable, "-m", "mypy")


def format_of_cpp() -> str:
    """The core in the style of .clang-format; passed over where that program is not installed."""
    program = shutil.which("clang-format", path=sysconfig.get_path("scripts"))
    if program is None:
        return ""
    files = [str(f) for folder in ("core", "bindings") for f in sorted((ROOT / folder).glob("*.[hc]*"))]
    return complaints(program, "--dry-run", "--Werror", *files)


def device_code(source: Path = ROOT / "core/cuda_check.cu") -> str:
    """The core as code for a GPU; passed over where nvcc is not installed.

    Any warning fails: that a GPU would call what only a processor has is no more than a warning to nvcc. Since nothing
    runs the code, it stops short of a GPU's own instructions and is hardly optimised, which takes seconds, not minutes.
    """
    program = shutil.which("nvcc")
    if program is None:
        return ""
    strictness = ("--std=c++20", "--Werror", "all-warnings")
    brevity = ("--ptx", "-Xcicc", "-O1", "-o", os.devnull)
    return complaints(program, *strictness, *brevity, "-I", "core", "-D", "MYORUN_ISA=cuda", "-x", "cu", str(source))


def layers() -> str:
    return complaints(sys.executable, "-m", "pytest", "-q", "--no-header", "tests/test_layers.py")


def changelog() -> str:
    """The newest entry of the changelog is the version of the package."""
    version = first_match(r'__version__ = "(.+)"', "src/myorun/version.py")
    entry = first_match(r"^## (\S+)", "CHANGELOG.md")
    cited = first_match(r'^version: "?([^"\s]+)', "CITATION.cff")
    if version == entry == cited:
        return ""
    return f"the package is {version}, the newest entry of CHANGELOG.md is {entry}, CITATION.cff says {cited}"


def pins() -> str:
    """The pinned packages and the bill of materials fit what pyproject.toml asks for; see scripts/pins.py."""
    return complaints(sys.executable, "scripts/pins.py", "--check")


def documentation() -> str:
    """The site of the documentation, without a warning; passed over where mkdocs is not installed."""
    if not all(find_spec(module) for module in ("mkdocs", "material", "mkdocstrings", "latex2mathml")):
        return ""
    with tempfile.TemporaryDirectory() as site:
        return complaints(sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", site)


CHECKS: dict[str, Callable[[], str]] = {
    "format": format_of_python,
    "lint": lint,
    "types": types,
    "format of C++": format_of_cpp,
    "device code": device_code,
    "import layers": layers,
    "changelog": changelog,
    "pins": pins,
    "documentation": documentation,
}


# ---------------------------------------------------------------- helpers


def complaints(*command: str) -> str:
    """What a command says if it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() or "failed without a word" if done.returncode else ""


def run(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def first_match(pattern: str, file: str) -> str:
    found = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "nowhere to be found"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
