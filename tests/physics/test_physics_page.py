"""docs/physics.md and its pages name what exists, and leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from myorun.physics import ACCURACIES

ROOT = Path(__file__).resolve().parents[2]
LAWS = sorted((ROOT / "docs" / "physics").glob("*.md"))
TEXTS = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "physics.md", *LAWS)}
PAGE = "\n".join(TEXTS.values())
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


@pytest.mark.parametrize("law", [page.stem for page in LAWS])
def test_every_law_has_its_code_its_guard_and_a_figure_that_code_made(law: str) -> None:
    text = TEXTS[law]
    assert "$$" in text or law in ("uneven-ground", "precision")
    assert "\n| code | " in text
    assert re.search(r"\n\| guarded by \| `tests/", text)
    assert re.findall(r"\(\.\./images/(.*)\.png\)", text) == [f"physics-{law}"]
    assert f'"physics-{law}": ' in (ROOT / "scripts" / "docs_figures.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("law", [page.stem for page in LAWS])
def test_the_table_of_contents_leads_to_every_law(law: str) -> None:
    assert f"(physics/{law}.md" in TEXTS["physics"]
