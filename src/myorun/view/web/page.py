"""The page: its files, and the one self-contained file that opens from disk."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from myorun.errors import UsageError, unwritable
from myorun.view.web.replay import Replay, encode

ENTRY = "main.js"
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}

# What a page may load: its own scripts, styles and replays, and nothing from anywhere else.
SERVED_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_EXPORTED_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w./-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (async function|function|class|const) (\w+)", re.MULTILINE)
_EXPORT_LIST = re.compile(r"export\{([^}]*)\};?\s*$")


@cache
def static_files() -> dict[str, bytes]:
    """The files of the page, by their path below it."""
    root = resources.files("myorun.view.web") / "static"
    found = {}
    for folder in ("", "vendor/"):
        for file in (root / folder).iterdir() if folder else root.iterdir():
            if file.is_file() and Path(file.name).suffix in KINDS:
                found[folder + file.name] = file.read_bytes()
    return found


def export_page(replays: Sequence[Replay], path: str | Path) -> Path:
    """Write one .html file that plays ``replays`` when it is opened from disk, without a server or a network.

    :class:`UsageError` if ``path`` does not end in .html, or cannot be written.
    """
    file = Path(path)
    if file.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"an exported page ends in .html; {file.name!r} does not")
    text = single_page([encode(replay) for replay in replays])
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(f"the page {str(file)!r}", error) from None
    return file


def single_page(replays: Sequence[bytes]) -> str:
    """The page with its style, its script and the replays inside; its policy allows only these, by their hashes."""
    files = {name: data.decode() for name, data in static_files().items()}
    script, style = link_modules(files, ENTRY), files["style.css"]
    policy = _EXPORTED_POLICY.format(script=_hash(script), style=_hash(style))
    inside = "".join(
        f'<script type="application/octet-stream" data-replay>{base64.b64encode(data).decode()}</script>\n'
        for data in replays
    )
    page = files["index.html"]
    for old, new in (
        (
            '<meta charset="utf-8" />',
            f'<meta charset="utf-8" />\n    <meta http-equiv="Content-Security-Policy" content="{policy}" />',
        ),
        ('<link rel="stylesheet" href="style.css" />', f"<style>{style}</style>"),
        (f'<script type="module" src="{ENTRY}"></script>', ""),
        ("</body>", f'{inside}<script type="module">{script}</script>\n  </body>'),
    ):
        page = page.replace(old, new, 1)
    return page


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# ---------------------------------------------------------------- many modules as one script


def link_modules(files: dict[str, str], entry: str) -> str:
    """The modules that ``entry`` needs as one script: browsers do not load modules from disk.

    Each module becomes a function that returns what it exports. The page's own modules keep to two forms,
    ``import { a, b } from "./x.js";`` on one line or more, and ``export`` in front of a declaration; the vendored one
    ends in one list of exports.
    """
    order: list[str] = []
    _collect(files, entry, order)
    names = {name: f"module{i}" for i, name in enumerate(order)}
    parts = [f"const {names[name]} = (() => {{\n{_as_function(files[name], names)}\n}})();" for name in order]
    return '"use strict";\n' + "\n".join(parts).replace("</script", "<\\/script")


def _collect(files: dict[str, str], name: str, order: list[str]) -> None:
    """Append ``name`` after everything it needs."""
    for match in _IMPORT.finditer(files[name]):
        if match[2] not in order:
            _collect(files, match[2], order)
    order.append(name)


def _as_function(source: str, names: dict[str, str]) -> str:
    exported = {name: name for _, name in _EXPORT.findall(source)}
    listed = _EXPORT_LIST.search(source)
    if listed:
        pairs = (pair.split(" as ") for pair in listed[1].split(","))
        exported |= {pair[-1].strip(): pair[0].strip() for pair in pairs}
        source = source[: listed.start()]
    body = _IMPORT.sub(lambda match: f"const {{{match[1]}}} = {names[match[2]]};", source)
    body = _EXPORT.sub(r"\1 \2", body)
    returned = ", ".join(f"{public}: {own}" for public, own in exported.items())
    return f"{body}\nreturn {{ {returned} }};"
