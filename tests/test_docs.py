"""The documentation is true: its links lead somewhere, its tables are the code's, its pages can be typed."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import typer

from myorun import Simulator, load_model
from myorun.cli import app

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def script(name: str) -> ModuleType:
    """A script of scripts/, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def links() -> list[tuple[str, str]]:
    """Every page with every target of it that is a file."""
    pattern = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
    return sorted({(page, target) for page in PAGES for target in pattern.findall(text_of(page))})


# ---------------------------------------------------------------- links


def test_links_were_found() -> None:
    assert len(links()) > 100


@pytest.mark.parametrize(("page", "target"), links())
def test_every_link_leads_to_a_file(page: str, target: str) -> None:
    assert (DOCS / page).parent.joinpath(target).resolve().exists()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_in_the_contents_of_the_site(page: str) -> None:
    assert re.search(rf"^\s+- {re.escape(page)}$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_loaded_from_the_net(page: str) -> None:
    assert not re.search(r"(?:!\[[^\]]*\]\(|src=[\"'])https?://", text_of(page))


def test_the_walk_names_functions_that_exist_where_it_says() -> None:
    walk = text_of("architecture.md").partition("## A walk")[2].partition("## Decisions")[0]
    named = re.findall(r"`(\w[\w.:]*)`[^`\]]{0,40}? in\s+\[[\w.]+\]\(\.\./([\w/.]+)\)", walk)
    assert len(named) >= 6
    for name, file in named:
        assert re.search(rf"\b{re.split(r'[.:]+', name)[-1]}\b", (ROOT / file).read_text(encoding="utf-8")), name


def commands() -> dict[tuple[str, ...], set[str]]:
    """Every command and subcommand of ``myorun`` with its options."""

    def options(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], set[str]]]:
        yield path, {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
        for name, inner in getattr(command, "commands", {}).items():
            yield from options(inner, (*path, name))

    return dict(options(typer.main.get_command(app)))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_has_the_options_it_is_named_with(page: str) -> None:
    known = commands()
    for line in re.findall(r"\bmyorun ((?:[a-z-]+ ?)+[^`|\n]*)", text_of(page)):
        words = line.split()
        path = max((tuple(words[:n]) for n in range(3) if tuple(words[:n]) in known), key=len)
        if path:
            assert set(re.findall(r"(?<!\S)--[a-z-]+", line)) <= known[path], line


# ---------------------------------------------------------------- tables


def rows_of(page: str, columns: int) -> dict[str, list[str]]:
    """First cell in backticks → the other cells, of all tables that wide."""
    rows = (line.strip().strip("|").split("|") for line in text_of(page).splitlines() if line.startswith("| `"))
    return {row[0].strip(" `"): [cell.strip() for cell in row[1:]] for row in rows if len(row) == columns}


def test_the_table_of_muscles_is_the_model() -> None:
    rows = rows_of("human.md", 7)
    muscles = load_model("human").muscles
    assert [m.name for m in muscles] == [f"{name}_{side}" for side in "rl" for name in rows]
    for muscle in muscles:
        told = [float(cell) for cell in rows[muscle.name[:-2]][2:]]
        lengths = (muscle.optimal_fiber_length * 1000, muscle.tendon_slack_length * 1000)
        truth = (muscle.max_isometric_force, *lengths, np.degrees(muscle.pennation_angle))
        assert told == [round(value) for value in truth]


def test_the_table_of_quantities_is_the_simulator() -> None:
    human = Simulator()
    model = human.model
    counts = {
        "coordinates": len(model.free_coordinates),
        "muscles": len(model.muscles),
        "bodies": len(model.bodies),
        "spheres": len(model.contact_spheres),
        "limits": len(model.limits),
    }
    rows = rows_of("api/physics.md", 4)
    assert set(rows) == set(human.quantities)
    for name, (shape, *_) in rows.items():
        told = tuple(counts[word] if word in counts else int(word) for word in re.findall(r"\w+", shape))
        assert human.get(name).shape == told, name


def test_each_part_of_getting_started_is_read_within_a_minute() -> None:
    _, *parts = re.split(r"^## ", text_of("start.md"), flags=re.MULTILINE)
    assert [part.splitlines()[0] for part in parts] == [
        "Install", "Run", "Make an environment", "Train", "Evaluate", "Watch", "Submit"
    ]  # fmt: skip
    assert max(len(part.split()) for part in parts) < 200  # words, of which people read 240 a minute


# ---------------------------------------------------------------- what a reader types

check_docs = script("check_docs")


TYPED = check_docs.pages_to_type()
QUICK = ("2017.md", "course.md", "playoff.md")  # others train, film and serve


@pytest.mark.parametrize("page", [pytest.param(p, marks=() if p in QUICK else pytest.mark.slow) for p in TYPED])
def test_a_page_can_be_typed_as_it_stands(page: str) -> None:
    assert len(check_docs.blocks_of(DOCS / page)) > 0
    ran, output = check_docs.run_page(DOCS / page)
    assert ran, output


def test_a_page_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\nmyorun no-such-command\n```\n", encoding="utf-8")
    assert not check_docs.run_page(page)[0]
    page.write_text("```python\nassert 1 == 2\n```\n", encoding="utf-8")
    assert not check_docs.run_page(page)[0]
    page.write_text("```sh\nexport THEN=now\n```\n\n```sh\ntest $THEN = now\n```\n", encoding="utf-8")
    assert check_docs.run_page(page)[0]


def test_what_is_left_out_is_said() -> None:
    left_out = [block for page in TYPED for block in check_docs.blocks_of(DOCS / page) if block.left_out]
    assert all(block.left_out.strip() for block in left_out)


def test_every_page_with_something_to_type_is_typed_by_a_test() -> None:
    assert {"start.md", "gymnasium.md", "viewer.md", "operations.md"} <= set(TYPED) <= set(PAGES)
    for page, test in check_docs.ELSEWHERE.items():
        assert page.removesuffix(".md") in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_nothing_to_type_stands_in_a_block_without_a_name(page: str) -> None:
    """There it would be passed over."""
    blocks = re.findall(r"^```(.*?)\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)
    shown = [text for language, text in blocks if language not in ("sh", "python")]
    assert not re.findall(r"^(?:myorun|python3?|pip|import|from) .*", "\n".join(shown), re.MULTILINE)


LONG = re.compile(r"\bpython3? ((?:benchmarks|scripts|examples)/[\w/]+\.py)([^`\n|#]*)")
WORDS = {page: LONG.findall(text) for page, text in [("README.md", (ROOT / "README.md").read_text(encoding="utf-8"))]}
WORDS |= {page: LONG.findall(text_of(page)) for page in PAGES}


@pytest.mark.parametrize("page", [page for page, words in WORDS.items() if words])
def test_a_measurement_that_is_named_exists_with_its_options(page: str) -> None:
    """They take minutes and more, so they are not run here."""
    for file, options in WORDS[page]:
        source = (ROOT / file).read_text(encoding="utf-8")
        for option in re.findall(r"(?<!\S)--([a-z-]+)", options):
            declared = rf'"--{option}"|\b{option.replace("-", "_")}: '
            assert re.search(declared, source), f"{file} --{option}"


# ---------------------------------------------------------------- the site


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material")
    pytest.importorskip("mkdocstrings")
    pytest.importorskip("latex2mathml")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = [file.read_text(encoding="utf-8") for file in (tmp_path / "site").rglob("*.html")]
    assert len(pages) > len(PAGES) // 2
    for page in pages:
        assert not re.search(r'<(?:script|img|iframe)[^>]+src="https?:', page)
        assert not re.search(r'<link[^>]+rel="(?:stylesheet|preconnect)"[^>]+href="https?:', page)
        assert 'data-md-component="source"' not in page, "it asks GitHub for its stars"
        assert 'class="arithmatex"' not in page


def test_docstrings_become_markdown() -> None:
    pytest.importorskip("griffe")
    as_markdown = script("docs_docstrings").as_markdown
    assert as_markdown("a :class:`~myorun.course.Course` of :func:`draw`") == "a `Course` of `draw`"
    table = as_markdown("===  ====\na    one\n     more\nbb   two\n===  ====\nafter")
    assert table.splitlines() == ["", "| | |", "|-|-|", "| a | one more |", "| bb | two |", "", "after"]
    headed = as_markdown("===  ====\nk    what\n===  ====\na    one\n===  ====\nafter")
    assert headed.splitlines() == ["", "| k | what |", "|-|-|", "| a | one |", "", "after"]
    literal = as_markdown("See::\n\n    x = 1\n\nafter").splitlines()
    assert [line for line in literal if line] == ["See:", "```python", "x = 1", "```", "after"]


def test_fields_of_the_reference_have_their_shapes_and_units() -> None:
    griffe = pytest.importorskip("griffe")
    extension = script("docs_docstrings").Readable()
    package = griffe.load("myorun", search_paths=[str(ROOT / "src")], extensions=griffe.load_extensions(extension))
    fields = package["physics.state.State"].attributes
    assert fields["coordinates"].docstring.value == "(free coordinates,) rad or m"
    assert package["anatomy.model.Muscle"].attributes["max_isometric_force"].docstring.value == "N"


def test_an_equation_that_cannot_be_shown_is_noticed() -> None:
    pytest.importorskip("latex2mathml")
    site = script("docs_site")
    assert "<mfrac>" in site.mathml(r"\frac{a}{b}")
    assert not site.mathml(r"\nosuchcommand{a}")
