"""The index of the benchmarks is whole, and what it names is there. What they measure is asserted nowhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
FILES = sorted(BENCHMARKS.glob("*.py"))
LINKS = re.findall(r"\]\(([^)]+)\)", (BENCHMARKS / "README.md").read_text(encoding="utf-8"))


def test_every_benchmark_is_in_the_index_once() -> None:
    assert sorted(link for link in LINKS if link.endswith(".py")) == [file.name for file in FILES]


@pytest.mark.parametrize("link", LINKS)
def test_every_link_of_the_index_leads_to_a_file(link: str) -> None:
    assert (BENCHMARKS / link).exists()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_benchmark_says_what_it_measures(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", sorted({link for link in LINKS if link.endswith(".md")}))
def test_a_page_that_the_index_names_tells_the_command(page: str) -> None:
    rows = (BENCHMARKS / "README.md").read_text(encoding="utf-8").splitlines()
    names = [re.findall(r"\((\w+\.py)\)", row)[-1] for row in rows if f"({page})" in row]
    text = (BENCHMARKS / page).read_text(encoding="utf-8")
    by_option = {"scaling.py": "throughput.py", "endurance.py": "throughput.py", "rival_jax.py": "throughput.py"}
    assert [name for name in names if f"benchmarks/{by_option.get(name, name)}" not in text] == []
