"""docs/physics.md names what exists, and leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from myorun.physics import ACCURACIES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "physics.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"\b(?:core|src|tests|benchmarks)/[\w./]*\w", PAGE)))


@pytest.mark.parametrize("place", PLACES)
def test_every_file_the_page_names_exists(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("header", sorted(p.name for p in (ROOT / "core").glob("*.h")))
def test_every_header_of_the_core_is_on_the_page(header: str) -> None:
    assert f"core/{header}" in PAGE


def test_every_test_of_physics_is_on_the_page() -> None:
    missing = {p.name for p in Path(__file__).parent.glob("test_*.py")} - {Path(p).name for p in PLACES}
    assert missing == {Path(__file__).name}


def test_the_table_of_accuracies_is_that_of_the_code() -> None:
    rows = dict(re.findall(r'\| `"(\w+)"` \| ([\d.e-]+) \|', PAGE))
    assert {name: float(n) for name, n in rows.items()} == {name: a.tolerance for name, a in ACCURACIES.items()}


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", PAGE, re.M)
    }
    assert set(re.findall(r"\(#([\w-]+)\)", PAGE)) <= anchors
