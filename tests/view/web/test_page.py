"""Claims about the page's files and the one self-contained file."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from myorun.errors import UsageError
from myorun.view.web import Replay, encode, export_page
from myorun.view.web.page import ENTRY, link_modules, single_page, static_files

NEEDED = ("index.html", "style.css", ENTRY, "vendor/three.min.js")


def hash_of(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_page_is_all_there() -> None:
    assert set(NEEDED) <= set(static_files())


@pytest.mark.parametrize("name", sorted(n for n in static_files() if not n.startswith("vendor/")))
def test_no_file_of_the_page_names_another_host(name: str) -> None:
    assert re.findall(rb"https?://|//[a-z]+\.", static_files()[name]) == []


def test_the_exported_page_names_no_other_file_and_holds_its_replays(replay: Replay, tmp_path: Path) -> None:
    page = export_page([replay, replay], tmp_path / "walk.html").read_text()
    assert page.count(base64.b64encode(encode(replay)).decode()) == 2
    assert re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)', page) == []
    assert "import {" not in page


def test_the_exported_page_allows_only_its_own_script_and_style(replay: Replay) -> None:
    page = single_page([encode(replay)])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    script = re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert policy is not None and script is not None and style is not None
    assert f"script-src '{hash_of(script[1])}'" in policy[1]
    assert f"style-src '{hash_of(style[1])}'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "connect-src" not in policy[1]  # so default-src 'none' holds


def test_modules_become_one_script_in_the_order_of_need() -> None:
    files = {
        "main.js": 'import { two } from "./b.js";\nimport {\n  one,\n} from "./a.js";\nconsole.log(one + two);\n',
        "b.js": 'import { one } from "./a.js";\nconst own = 1;\nexport const two = one + own;\n',
        "a.js": "var hidden=1;export{hidden as one};\n",
    }
    script = link_modules(files, "main.js")
    assert [script.index(f"const module{i} =") for i in range(3)] == sorted(
        script.index(f"const module{i} =") for i in range(3)
    )
    assert "return { one: hidden };" in script
    assert "return { two: two };" in script
    assert "import" not in script and "export" not in script


def test_a_page_ends_in_html_and_says_where_it_cannot_be_written(replay: Replay, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.html; 'walk\.txt' does not"):
        export_page([replay], tmp_path / "walk.txt")
    with pytest.raises(UsageError, match="cannot be written"):
        export_page([replay], tmp_path / "nowhere" / "walk.html")
