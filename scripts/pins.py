"""The packages of others: pinned, and listed in a bill of materials; all of it made by one command, or checked by one.

    python scripts/pins.py           makes constraints/ anew; asks the package index
    python scripts/pins.py --check   says what does not fit pyproject.toml; asks nobody, in a moment

Making them needs ``pip install '.[release]'``. The gate checks.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
NEWEST = ROOT / "constraints/newest.txt"
OLDEST = ROOT / "constraints/oldest.txt"
BILL = ROOT / "constraints/sbom.cdx.json"

WORKSHOP = {"dev", "docs", "release"}  # extras for those who work on the package; the others are its users'
TRIED_OLDEST = ("train", "gait", "dev")  # extras that the tests are run with at their oldest
# Not packages of ours, and not the oldest they allow: the oldest typer calls what newer ones call deprecated.
OLDEST_BESIDES = ("click<8.2",)
ORDERS = (">=", "==", "~=")


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        make_pins()
        make_bill()
    wrong = [*wrong_newest(), *wrong_oldest(), *wrong_bill()]
    if wrong:
        print(*wrong, "make them anew: python scripts/pins.py", sep="\n")
    return int(bool(wrong))


# ---------------------------------------------------------------- what is asked for, and what is pinned


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def wanted(extras: Iterable[str] | None = None) -> list[Requirement]:
    """What ``pyproject.toml`` asks for, with those ``extras``; by itself with all, and to be built."""
    said = project()
    optional = said["project"]["optional-dependencies"]
    lines = [*said["project"]["dependencies"], *(line for extra in extras or optional for line in optional[extra])]
    if extras is None:
        lines += said["build-system"]["requires"]
    asked = map(Requirement, lines)
    return [requirement for requirement in asked if requirement.name != said["project"]["name"]]


def pins(file: Path) -> list[Requirement]:
    return [Requirement(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def pinned_version(pin: Requirement) -> str:
    return next(iter(pin.specifier)).version


def versions(file: Path) -> dict[str, set[str]]:
    """The versions of each package, by its normalised name; several where systems or Pythons differ."""
    found: dict[str, set[str]] = {}
    for pin in pins(file):
        found.setdefault(canonicalize_name(pin.name), set()).add(pinned_version(pin))
    return found


# ---------------------------------------------------------------- making


def make_pins() -> None:
    """Both files of pins: the newest for all systems and Pythons, the oldest for the oldest Python."""
    building = "\n".join(project()["build-system"]["requires"])
    resolve(NEWEST, "--all-extras", "--universal", "--upgrade", beside=building)
    extras = [word for extra in TRIED_OLDEST for word in ("--extra", extra)]
    resolve(OLDEST, *extras, "--resolution", "lowest-direct", "--upgrade", beside=building, limits=OLDEST_BESIDES)


def resolve(to: Path, *options: str, beside: str = "", limits: Iterable[str] = ()) -> None:
    """Have uv choose a version of every package that ``pyproject.toml`` and the lines ``beside`` it lead to."""
    python = project()["project"]["requires-python"].removeprefix(">=")
    with tempfile.TemporaryDirectory() as folder:
        more, limit = Path(folder, "more.in"), Path(folder, "limits.txt")
        more.write_text(beside, encoding="utf-8")
        limit.write_text("\n".join(limits), encoding="utf-8")
        sources = ("pyproject.toml", str(more), "--constraints", str(limit), "--python-version", python)
        quiet = ("--quiet", "--no-header", "--no-annotate", "--output-file", str(to))
        subprocess.run([sys.executable, "-m", "uv", "pip", "compile", *sources, *options, *quiet], cwd=ROOT, check=True)


def make_bill() -> None:
    """A CycloneDX bill of what an installation with all of its users' extras may hold, and of what a wheel has inside.

    Without date and serial number: the same pins make the same file.

    :raises SystemExit: where the schema of CycloneDX does not allow what was made.
    """
    from cyclonedx.model.bom import Bom
    from cyclonedx.output.json import JsonV1Dot6
    from cyclonedx.validation.json import JsonStrictValidator

    root, inside, outside = this_package(), list(inner_components()), list(outer_components())
    bill = Bom(components=[*inside, *outside])
    bill.metadata.component = root
    bill.register_dependency(root, [*inside, *outside])
    words = json.loads(JsonV1Dot6(bill).output_as_string())
    del words["serialNumber"], words["metadata"]["timestamp"]
    text = json.dumps(words, indent=1, sort_keys=True) + "\n"
    if wrong := JsonStrictValidator(bill_schema()).validate_str(text):
        raise SystemExit(f"the bill is not valid: {wrong}")
    BILL.write_text(text, encoding="utf-8")


def bill_schema() -> Any:
    from cyclonedx.schema import SchemaVersion

    return SchemaVersion.V1_6


def this_package() -> Any:
    said = project()["project"]
    return component(said["name"], own_version(), "pypi", said["license"])


def inner_components() -> Iterator[Any]:
    """What is compiled into a wheel or copied into the package."""
    yield component("nanobind", *versions(NEWEST)["nanobind"], "pypi", "BSD-3-Clause")
    yield component("three", three_version(), "npm", "MIT")


def outer_components() -> Iterator[Any]:
    """What pip installs beside the package, with the system and the Python it is for."""
    extras = sorted(set(project()["project"]["optional-dependencies"]) - WORKSHOP)
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder, "chosen.txt")
        limits = NEWEST.read_text(encoding="utf-8").splitlines()
        resolve(chosen, *(w for extra in extras for w in ("--extra", extra)), "--universal", limits=limits)
        for pin in pins(chosen):
            yield component(canonicalize_name(pin.name), pinned_version(pin), "pypi", where=str(pin.marker or ""))


def component(name: str, version: str, kind: str, terms: str = "", where: str = "") -> Any:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    return Component(
        name=name,
        version=version,
        bom_ref=f"{name}=={version}",
        purl=PackageURL(kind, None, name, version),
        licenses=[LicenseFactory().make_with_id(terms)] if terms else [],
        properties=[Property(name="environment marker", value=where)] if where else [],
    )


def own_version() -> str:
    return first_match(r'__version__ = "(.+)"', "src/myorun/version.py")


def three_version() -> str:
    return first_match(r"THREE=(\S+)", "scripts/vendor_three.sh")


def first_match(pattern: str, file: str) -> str:
    found = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"))
    assert found, f"{file} says nothing like {pattern}"
    return found[1]


# ---------------------------------------------------------------- checking


def wrong_newest() -> Iterator[str]:
    """Packages that are asked for and not pinned, or pinned to what is not allowed."""
    pinned = versions(NEWEST)
    for asked in wanted():
        found = pinned.get(canonicalize_name(asked.name), set())
        if not found or not all(asked.specifier.contains(version) for version in found):
            yield unlike(NEWEST, asked, found)


def wrong_oldest() -> Iterator[str]:
    """Packages that are not pinned to the oldest version that is allowed."""
    pinned = versions(OLDEST)
    for asked in wanted(TRIED_OLDEST):
        found = pinned.get(canonicalize_name(asked.name), set())
        if set(map(Version, found)) != {lowest(asked)}:
            yield unlike(OLDEST, asked, found)


def unlike(file: Path, asked: Requirement, found: set[str]) -> str:
    pinned = f"pins {asked.name} to {' and '.join(sorted(found))}" if found else f"does not pin {asked.name}"
    return f"{file.relative_to(ROOT)} {pinned}; pyproject.toml asks for {asked}"


def lowest(requirement: Requirement) -> Version:
    return max(Version(clause.version) for clause in requirement.specifier if clause.operator in ORDERS)


def wrong_bill() -> Iterator[str]:
    """Components that are not pinned so, what users' extras ask for that is none, and a bill of another version."""
    said = json.loads(BILL.read_text(encoding="utf-8"))
    listed = {(each["name"], each["version"]) for each in said["components"]}
    pinned = {(name, version) for name, found in versions(NEWEST).items() for version in found}
    for name, version in sorted(listed - pinned - {("three", three_version())}):
        yield f"constraints/sbom.cdx.json lists {name} {version}, which is not pinned"
    extras = set(project()["project"]["optional-dependencies"]) - WORKSHOP
    asked = {canonicalize_name(requirement.name) for requirement in wanted(extras)} | {"nanobind", "three"}
    for name in sorted(asked - {name for name, _ in listed}):
        yield f"constraints/sbom.cdx.json does not list {name}"
    if (version := said["metadata"]["component"]["version"]) != own_version():
        yield f"constraints/sbom.cdx.json is of {version}; the package is {own_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
