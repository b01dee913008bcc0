"""What the site of the documentation does beyond Markdown, as hooks that mkdocs.yml names.

Equations become MathML while the site is built, so that pages need no script and nothing from the net. Links that lead
out of docs/, to the sources, lead to the repository.
"""

from __future__ import annotations

import html
import logging
import posixpath
import re
from typing import Any

from latex2mathml.converter import convert

LOG = logging.getLogger("mkdocs.hooks.docs_site")

_EQUATION = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
_LINK = re.compile(r"\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Send links to the sources to the repository."""
    folder = posixpath.dirname(page.file.src_uri)

    def to_repository(link: re.Match[str]) -> str:
        inside = posixpath.normpath(posixpath.join(folder, link[1]))
        if not inside.startswith("../"):
            return link[0]
        return f"]({config.extra['sources']}/{inside.removeprefix('../')}{link[2] or ''})"

    return _LINK.sub(to_repository, markdown)


def on_page_content(content: str, page: Any, config: Any, files: Any) -> str:
    """Turn the equations of a page into MathML."""

    def to_mathml(equation: re.Match[str]) -> str:
        latex = html.unescape(equation[2]).strip()
        made = mathml(latex, display="block" if equation[1] == "div" else "inline")
        if not made:
            LOG.warning("%s: this equation cannot be shown: %s", page.file.src_uri, latex)
        return made

    return _EQUATION.sub(to_mathml, content)


def mathml(latex: str, *, display: str = "inline") -> str:
    """An equation as MathML; nothing if a command in it is not understood."""
    try:
        made = convert(latex, display=display)
    except Exception:  # it raises its own errors, IndexError and more, all for LaTeX that it does not know
        return ""
    text = html.unescape(re.sub(r"<[^>]*>", "", made))
    return "" if re.search(r"[\\&]", text) else made
