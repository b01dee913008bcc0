"""A report in one HTML file: numbers, definitions, figures and a moving figure; nothing is loaded from anywhere."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from myorun.gait.analysis import UNITS, Gait
from myorun.gait.cycles import PROTOCOLS
from myorun.gait.definitions import DEFINITIONS, OF_A_GAIT, source_of
from myorun.gait.figures import kinematics_figure, overview_figure
from myorun.gait.kinematics import Kinematics
from myorun.gait.motion import side_of
from myorun.gait.reading import remarks
from myorun.gait.style import RC, SIDE_COLORS
from myorun.gait.tables import measure_row, written
from myorun.version import __version__

CARDS = ("speed", "stride_time", "duty_factor", "peak_vertical_force", "knee_peak_flexion_time", "cost_of_transport")
_LIMB, _TRUNK = 0.055, 0.11  # m, widths of the moving figure
_FRAME = 0.02  # s between its frames
_CONTENT = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"


def write_html(gaits: Sequence[Gait], path: str | Path, viewer: str = "") -> Path:
    """A report on all gaits. :class:`~myorun.errors.UsageError` if it cannot be written."""
    return written(path, ".html", html_report(gaits, viewer).encode())


def html_report(gaits: Sequence[Gait], viewer: str = "") -> str:
    """The report as text; ``viewer`` is a page of its own, such as the 3-D viewer's, to be shown inside."""
    css, player = (_data(name) for name in ("report.css", "player.js"))
    title = "Gait analysis" if len(gaits) != 1 else f"Gait analysis: {gaits[0].name}"
    links = "".join(f'<a href="#g{k}">{escape(g.name)}</a>' for k, g in enumerate(gaits))
    body = "".join(_section(k, gait) for k, gait in enumerate(gaits))
    scene = f'<iframe title="The movements in 3-D" loading="lazy" srcdoc="{escape(viewer)}"></iframe>' if viewer else ""
    many = f"<figure>{_svg(kinematics_figure(gaits))}</figure>" if len(gaits) > 1 else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT}">'
        f"<title>{escape(title)}</title><style>{css}</style></head><body><main>"
        f'<h1>{escape(title)}</h1><p class="faint">myorun {__version__}. Flexion and dorsiflexion are positive; body '
        "weight is mass times 9.81 m/s²; ± is the standard deviation over strides.</p>"
        f"{f'<nav>{links}</nav>' if len(gaits) > 1 else ''}{many}{body}{scene}{_definitions(gaits)}</main>"
        f"<script>{player}</script></body></html>\n"
    )


def _data(name: str) -> str:
    return (resources.files("myorun.gait") / "data" / name).read_text(encoding="utf-8")


# ---------------------------------------------------------------- one gait


def _section(index: int, gait: Gait) -> str:
    return (
        f'<section id="g{index}"><h2>{escape(gait.name)}</h2><p class="faint">{escape(_origin(gait))}</p>'
        f"{_cards(gait)}<h3>Where it runs like a human, and where it does not</h3>{_remarks(gait)}{_player(gait)}"
        f"<figure>{_svg(overview_figure(gait))}<figcaption>Mean cycles of the right and left leg with a standard "
        "deviation to each side; marks at the bottom show toe off. Grey: human running, mean ± 2 standard deviations "
        f"({escape(gait.human.source)}).</figcaption></figure>"
        f"{_comparisons(gait)}{_measures(gait)}</section>"
    )


def _origin(gait: Gait) -> str:
    record = gait.motion.record
    parts = [gait.protocol.description, f"{len(gait.strides)} strides"]
    if record is not None and record.facts.physics != "imported":
        f = record.facts
        parts += [f"{f.physics} physics, rules {f.rules}, controller {f.controller}, score {f.score:.2f}"]
    return "; ".join(parts) + "."


def _cards(gait: Gait) -> str:
    cards = []
    for key in CARDS:
        measure, definition = gait.measure(key), DEFINITIONS[key]
        if measure is not None:
            label = "of the cycle, where knee flexion peaks" if key == "knee_peak_flexion_time" else definition.label
            unit = escape(definition.unit.removesuffix(" of cycle"))
            number = f"<b>{measure.value:.{definition.decimals}f} {unit}</b>"
            cards.append(f'<div class="card">{number}<span>{escape(label)}</span></div>')
    return f'<div class="cards">{"".join(cards)}</div>'


def _remarks(gait: Gait) -> str:
    items = (f'<li class="{"yes" if r.human else "no"}">{escape(r.text)}</li>' for r in remarks(gait))
    return f'<ul class="remarks">{"".join(items)}</ul>'


def _comparisons(gait: Gait) -> str:
    if not gait.comparisons:
        return ""
    rows = [
        (
            name.replace("_", " "),
            f"{c.rms_difference:.2f} {UNITS[name]}",
            f"{c.correlation:.3f}",
            f"{c.lag:+.1f} %",
            f"{100 * c.inside:.0f} %",
            f"{c.peak_time:.0f} % / {c.human_peak_time:.0f} %",
            f"{c.offset:+.1f}" if c.offset else "",
        )
        for name, c in gait.comparisons.items()
    ]
    heads = (
        "curve",
        "RMS difference",
        "correlation",
        "later by",
        "inside band",
        "peak, human's peak",
        "human moved by",
    )
    caption = (
        f"Mean cycles against human running at {gait.human_speed:.2f} m/s: {gait.human.source}. The zero of hip "
        "flexion depends on how the pelvis' tilt is defined, so the human hip is moved to the same mean first."
    )
    return f"<h3>Against human running</h3>{_table(heads, rows, caption)}"


def _measures(gait: Gait) -> str:
    parts = []
    for group, members in groupby(gait.measures, lambda m: DEFINITIONS[m.key].group):
        rows = [_measure_cells(gait, m.key) for m in members]
        heads = ("measure", "mean", "±", "right", "left", "asymmetry", "humans")
        parts.append(f"<h3>{group}</h3>{_table(heads, rows)}")
    parts.append(_muscle_table(gait))
    s = gait.stability
    floquet = "–" if s.floquet_multiplier is None else f"{s.floquet_multiplier:.2f}"
    angles = f"{s.angle_variation:.2f}°" if math.isfinite(s.angle_variation) else "–"
    rows = [
        ("stride time varies by", f"{s.stride_time_variation:.2f} %"),
        ("joint angles vary by", angles),
        ("largest Floquet multiplier", f"{floquet} ({s.explanation})"),
    ]
    return "".join(parts) + f"<h3>Stability</h3>{_table(('measure', 'value'), rows)}"


def _muscle_table(gait: Gait) -> str:
    if not gait.muscles:
        return ""
    heads = ("muscle", "mean activation", "peak force", "of maximum", "fiber length", "fastest shortening",
             "positive work", "negative work", "metabolic energy")  # fmt: skip
    rows = [
        (
            m.muscle.replace("_", " "),
            f"{m.mean_activation:.2f}",
            f"{m.peak_force:.0f} N",
            f"{100 * m.peak_force_share:.0f} %",
            f"{m.shortest_fiber:.2f} to {m.longest_fiber:.2f}",
            f"{m.fastest_shortening:.1f}",
            *(f"{w:.2f}" for w in (m.positive_work, m.negative_work, m.metabolic_energy)),
        )
        for m in gait.muscles
    ]
    caption = (
        "Over a stride: lengths and speeds in optimal fiber lengths (a second), work of the fiber and metabolic "
        "energy in J per kg of body mass."
    )
    return f"<h3>Muscle by muscle</h3>{_table(heads, rows, caption)}"


def _measure_cells(gait: Gait, key: str) -> tuple[str, ...]:
    row, definition = measure_row(gait, key), DEFINITIONS[key]

    def cell(value: float | None) -> str:
        return "" if value is None or value != value else f"{value:.{definition.decimals}f}"

    unit = f" [{definition.unit}]" if definition.unit else ""
    speed = "" if row["human_speed"] is None else f" at {row['human_speed']:g} m/s"
    human = cell(row["human"]) + speed if row["human"] is not None else ""
    asymmetry = "" if row["asymmetry_percent"] is None else f"{row['asymmetry_percent']:.1f} %"
    numbers = (cell(row[k]) for k in ("value", "deviation", "right", "left"))
    return (definition.label + unit, *numbers, asymmetry, human)


def _definitions(gaits: Sequence[Gait]) -> str:
    keys = [key for key in DEFINITIONS if any(g.measure(key) for g in gaits)]
    known = {**{key: DEFINITIONS[key] for key in keys}, **OF_A_GAIT}
    rows = [(d.label, d.unit, d.meaning, source_of(key)) for key, d in known.items()]
    sources = {
        (r["label"], r["human_source"]) for g in gaits for m in g.measures if (r := measure_row(g, m.key))["human"]
    }
    protocols = [(p.name, p.description) for p in PROTOCOLS.values()]
    return (
        f"<h2>Definitions</h2>{_table(('measure', 'unit', 'meaning', 'source'), rows, words=True)}"
        f"<h3>Published numbers of humans</h3>{_table(('measure', 'source'), sorted(sources), words=True)}"
        f"<h3>Protocols</h3>{_table(('name', 'what is analysed'), protocols, words=True)}"
    )


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]], caption: str = "", *, words: bool = False) -> str:
    head = "".join(f'<th scope="col"{" class=words" if words else ""}>{escape(h)}</th>' for h in heads)
    cell = '<td class="words">' if words else "<td>"
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"{cell}{escape(c)}</td>" for c in row[1:])}</tr>'
        for row in rows
    )
    note = f'<p class="faint">{escape(caption)}</p>' if caption else ""
    return f'{note}<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    with rc_context(RC):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


# ---------------------------------------------------------------- the moving figure


def _player(gait: Gait) -> str:
    film = _film(gait)
    if film is None:
        return ""
    data = json.dumps(film, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<div class="player"><canvas role="img" aria-label="The strides analysed, as a moving stick figure"></canvas>'
        '<div><button type="button">Pause</button><input type="range" min="0" value="0" aria-label="Time">'
        f'<output></output></div><script type="application/json">{data}</script></div>'
    )


def _film(gait: Gait) -> dict[str, Any] | None:
    """Points of the skeleton in metres, the lines between them, and ground forces in body weights, a frame each."""
    motion = gait.motion
    if motion.model is None or motion.coordinates is None:
        return None
    start, end = min(s.start for s in gait.strides), max(s.end for s in gait.strides)
    times = np.arange(start, end, _FRAME)
    coordinates = np.stack([np.interp(times, motion.times, column) for column in motion.coordinates.T], axis=1)
    kinematics = Kinematics(motion.model, coordinates)
    points, lines = _skeleton(kinematics)
    return {
        "step": _FRAME,
        "times": [round(float(t), 3) for t in times],
        "points": np.round(np.stack(points, axis=1), 3).tolist(),
        "lines": lines,
        "forces": _arrows(gait, times),
    }


def _skeleton(kinematics: Kinematics) -> tuple[list[np.ndarray[Any, Any]], list[tuple[int, int, str, float]]]:
    model = kinematics.model
    names = [body.name for body in model.bodies]
    points = [kinematics.body(name).origin for name in names]
    colors = [SIDE_COLORS[("right", "left", "both")[2 if (s := side_of(n)) is None else s]] for n in names]
    lines = [
        (names.index(j.parent), names.index(j.child), colors[names.index(j.child)], _LIMB)
        for j in model.joints
        if j.parent in names
    ]
    if "torso" in names:
        points.append(kinematics.body("torso", 0.0, 0.5).origin)
        lines.append((names.index("torso"), len(points) - 1, SIDE_COLORS["both"], _TRUNK))
    for sphere in model.contact_spheres:  # soles
        points.append(kinematics.body(sphere.body, sphere.location[0], sphere.location[1] - 0.03).origin)
        lines.append((names.index(sphere.body), len(points) - 1, colors[names.index(sphere.body)], _LIMB))
    # the left leg lies behind
    return points, sorted(lines, key=lambda line: line[2] != SIDE_COLORS["left"])


def _arrows(gait: Gait, times: np.ndarray[Any, Any]) -> list[list[list[float]]]:
    forces, own_times, pressures = gait.signals.forces, gait.motion.force_times, gait.motion.pressures
    if forces is None or own_times is None or pressures is None:
        return [[] for _ in times]
    at = np.clip(np.searchsorted(own_times, times), 0, len(own_times) - 1)
    return [
        [
            [round(float(v), 3) for v in (*pressures[k, side], *forces[k, side])]
            for side in (0, 1)
            if forces[k, side, 1] > 0.02
        ]
        for k in at
    ]
