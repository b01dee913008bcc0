"""Claims about the page in a real browser."""

from __future__ import annotations

import base64
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from myorun.run import run_episode
from myorun.trajectory import Trajectory
from myorun.view.web import Replay, ViewerServer, encode, export_page, replay_of
from started import PATIENCE

from .browser import Page, change, chromium, needs_browser
from .test_replay import with_header

pytestmark = [needs_browser, pytest.mark.slow]

SHIFT, SPACE, LEFT, RIGHT, HOME, END, UP, TAB, ESCAPE = (
    *("\ue008", " ", "\ue012", "\ue014", "\ue011", "\ue010"),
    *("\ue013", "\ue004", "\ue00c"),
)
INSIDE = ("data:", "blob:", "chrome:")  # what leaves no browser; the last are its own first page


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """A browser of somebody who wants no motion unasked, which spares a machine without a graphics card."""
    with chromium("--force-prefers-reduced-motion") as running:
        yield running


@pytest.fixture(scope="module")
def two(replay: Replay) -> Iterator[ViewerServer]:
    other = run_episode(seed=7, steps=200).trajectory
    with ViewerServer([replay, replay_of(other, title="<b>another</b> walk")]) as server:
        yield server


@pytest.fixture(scope="module")
def one(replay: Replay) -> Iterator[ViewerServer]:
    with ViewerServer([replay]) as server:
        yield server


@pytest.fixture
def single(driver: Any, one: ViewerServer) -> Iterator[Page]:
    """The page with one walk; at the end nothing may have been complained of."""
    page = Page(driver, one.url)
    yield page
    assert page.logs() == []


@pytest.fixture
def pair(driver: Any, two: ViewerServer) -> Iterator[Page]:
    page = Page(driver, two.url)
    yield page
    assert page.logs() == []


# ---------------------------------------------------------------- the picture


def test_it_plays_by_itself_and_its_pictures_change(one: ViewerServer) -> None:
    with chromium() as lively:
        page = Page(lively, one.url)
        assert page.playing
        page.wait(lambda: page.time > 0.1)
        before = page.picture()
        assert before.std() > 20  # levels of 255: no empty picture
        at = page.time
        page.wait(lambda: abs(page.time - at) > 0.3)
        assert change(before, page.picture()) > 0.02
        assert page.logs() == []


def test_the_same_time_gives_the_same_picture_and_another_time_another(single: Page) -> None:
    single.pause_at(1.0)
    first = single.picture()
    single.pause_at(1.3)
    second = single.picture()
    single.pause_at(1.0)
    assert change(first, single.picture()) < 0.001
    assert change(first, second) > 0.005


def test_the_page_asks_nobody_but_its_server(driver: Any, one: ViewerServer) -> None:
    driver.get_log("performance")
    page = Page(driver, one.url)
    asked = [url for url in page.requests() if not url.startswith(INSIDE)]
    assert asked and all(url.startswith(one.url) for url in asked)


@pytest.mark.parametrize("what", ["muscles", "skin", "forces"])
def test_what_is_switched_off_is_gone_from_the_picture(single: Page, what: str) -> None:
    single.pause_at(0.62)  # on one foot: there is a force to be seen
    button = f'[data-show="{what}"]'
    shown = single.picture()
    single.click(button)
    single.drawn()
    assert not single.pressed(button)
    assert change(shown, single.picture()) > 0.0002
    single.click(button)
    single.drawn()
    assert change(shown, single.picture()) < 0.0001


def test_every_camera_sees_something_else(single: Page) -> None:
    single.pause_at(1.0)
    seen = []
    for camera in ("side", "quarter", "front", "behind"):
        single.click(f'[data-camera="{camera}"]')
        single.drawn()
        assert single.pressed(f'[data-camera="{camera}"]')
        seen.append(single.picture())
    assert all(change(a, b) > 0.05 for i, a in enumerate(seen) for b in seen[:i])


def test_dragging_turns_the_picture_and_the_wheel_zooms(single: Page) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    single.pause_at(1.0)
    before, canvas = single.picture(), single.find("#picture")
    ActionChains(single.driver).click_and_hold(canvas).move_by_offset(120, 20).release().perform()
    single.drawn()
    turned = single.picture()
    assert change(before, turned) > 0.05
    ActionChains(single.driver).scroll_from_origin(ScrollOrigin.from_element(canvas), 0, -600).perform()
    single.drawn()
    assert change(turned, single.picture()) > 0.05


def test_the_page_moves_the_bodies_as_the_simulator_did(single: Page, replay: Replay, walk: Trajectory) -> None:
    script = """
      const [figure, rows, done] = arguments;
      import('/kinematics.js').then(({ placeBodies }) =>
        done(rows.map((q) => placeBodies(figure, q).map(({ x, y, angle }) => [x, y, angle]))));
    """
    rows = walk.coordinates[::25]
    found = np.array(single.driver.execute_async_script(script, dict(replay.figure), rows.tolist()))
    np.testing.assert_allclose(found[..., :2], walk.body_positions[::25], atol=1e-12)
    np.testing.assert_allclose(found[..., 2], walk.body_angles[::25], atol=1e-12)


def test_the_page_lays_muscles_along_the_simulated_lengths(single: Page, replay: Replay, walk: Trajectory) -> None:
    from myorun.physics import Simulator, State

    script = """
      const [figure, q, done] = arguments;
      import('/kinematics.js').then(({ placeBodies, placePath }) => {
        const bodies = placeBodies(figure, q);
        done(figure.muscles.map((muscle) => {
          const path = placePath(muscle, q, bodies);
          return path.slice(1).reduce((sum, p, i) => sum + Math.hypot(...p.map((v, k) => v - path[i][k])), 0);
        }));
      });
    """
    human = Simulator(walk.model)
    for i in range(0, len(walk.times), 60):
        human.set_state(State(0.0, walk.coordinates[i], walk.speeds[i], walk.activations[i], walk.fiber_lengths[i]))
        found = single.driver.execute_async_script(script, dict(replay.figure), walk.coordinates[i].tolist())
        np.testing.assert_allclose(found, human.get("musculotendon_lengths"), atol=1e-9)


# ---------------------------------------------------------------- controls and keys


def test_play_plays_and_pauses(single: Page) -> None:
    single.click("#play")
    single.wait(lambda: single.time > 0.0)
    single.click("#play")
    assert not single.playing
    at = single.time
    single.drawn()
    assert single.time == at


def test_buttons_step_by_a_frame(single: Page) -> None:
    single.pause_at(1.0)
    single.click("#forward")
    assert single.time == pytest.approx(1.01)
    single.click("#back")
    single.click("#back")
    assert single.time == pytest.approx(0.99)


def test_without_loop_it_stops_at_the_end(single: Page) -> None:
    single.click("#loop")
    single.pause_at(2.9)
    single.click("#play")
    single.wait(lambda: not single.playing)
    assert single.time == pytest.approx(3.0)
    single.click("#play")  # once more, from the beginning
    single.wait(lambda: 0.0 < single.time < 2.9)


def test_slow_motion_is_slow(single: Page) -> None:
    single.pause_at(0.0)
    single.run("const s = document.querySelector('#speed'); s.value = '0.05'; s.dispatchEvent(new Event('change'))")
    single.click("#play")
    single.wait(lambda: single.time > 0.0)
    assert single.time < 1.0


def test_keys_do_what_the_help_says(single: Page) -> None:
    single.pause_at(1.0)
    for keys, time in (((RIGHT,), 1.01), ((LEFT, LEFT), 0.99), ((HOME,), 0.0), ((END,), 3.0)):
        single.press(*keys)
        assert single.time == pytest.approx(time)
    single.press(HOME, SPACE)
    assert single.playing
    single.press(SPACE)
    assert not single.playing
    single.press(UP)
    assert single.find("#speed").get_attribute("value") == "2"
    for key, button in (("l", "#loop"), ("m", '[data-show="muscles"]'), ("k", '[data-show="skin"]')):
        before = single.pressed(button)
        single.press(key)
        assert single.pressed(button) is not before
    single.press("3")
    assert single.pressed('[data-camera="front"]')
    single.press("g")
    assert not single.find("#graphs").is_displayed()


def test_every_key_in_the_help_is_a_key(single: Page) -> None:
    single.press("?")
    assert single.find("#keys").is_displayed()
    shown = {key.text.lower() for key in single.driver.find_elements("css selector", "#keys kbd")}
    single.press(ESCAPE)
    assert not single.find("#keys").is_displayed()
    source = (Path(__file__).parents[3] / "src/myorun/view/web/static/main.js").read_text()
    table = source[source.index("const KEYS") : source.index("function press")]
    known = {name.strip('" ').lower() for name in re.findall(r'^  ("?[^\s:]+"?|" "): ', table, re.MULTILINE)}
    names = {"←": "arrowleft", "→": "arrowright", "↑": "arrowup", "↓": "arrowdown", "space": "", "−": "-"}
    asked = {names.get(key, key) for key in shown} - {"shift"}
    assert asked <= known
    assert known - asked <= {"=", "2", "3"}  # 1 … 4, and + without shift


def test_dark_and_light_look_different(single: Page) -> None:
    single.pause_at(1.0)
    before, was_dark = single.picture("body"), single.pressed("#theme")
    single.press("n")
    single.drawn()
    assert single.pressed("#theme") is not was_dark
    assert change(before, single.picture("body")) > 0.5


FOCUSED = """
  const e = document.activeElement;
  const { mode, show, camera } = e.dataset;
  const name = e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent;
  return [e.tagName, e.id || mode || show || camera || e.className, name.trim(), getComputedStyle(e).outlineStyle];
"""


def test_everything_can_be_reached_with_the_tab_key_and_is_named(pair: Page) -> None:
    wanted = pair.run(
        "return [...document.querySelectorAll('button, select, input, canvas[tabindex]')]"
        ".filter((e) => e.offsetParent && !e.disabled).length"
    )
    reached = set()
    for _ in range(wanted + 6):
        pair.press(TAB)
        reached.add(tuple(pair.run(FOCUSED)))
    controls = {entry for entry in reached if entry[0] in ("BUTTON", "SELECT", "INPUT", "CANVAS")}
    assert len(controls) == wanted
    assert all(name and outline != "none" for _, _, name, outline in controls)


def test_text_stands_out_from_its_ground(pair: Page) -> None:
    """At least 4.5 to 1, the AA level of the Web Content Accessibility Guidelines, in light and dark."""
    script = """
      const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
      const canvas = document.createElement('canvas').getContext('2d');
      const rgb = (color) => { canvas.fillStyle = '#fff'; canvas.fillRect(0, 0, 1, 1); canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
      const style = getComputedStyle(document.documentElement);
      const of = (name) => light(rgb(style.getPropertyValue(name)));
      const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return [['--ink', '--card'], ['--dim', '--card'], ['--ink', '--paper'], ['--accent', '--card'],
        ['--accent-ink', '--accent']].map(([a, b]) => [a, b, ratio(of(a), of(b))]);
    """
    for _ in range(2):
        assert [row for row in pair.run(script) if row[2] < 4.5] == []
        pair.press("n")


# ---------------------------------------------------------------- graphs


def test_graphs_show_the_run_and_the_values_under_the_cursor(single: Page, walk: Trajectory) -> None:
    single.pause_at(1.5)
    for canvas in single.driver.find_elements("css selector", "#graphs canvas"):
        assert single.run("const c = arguments[0]; return c.width > 100 && c.height > 100", canvas)
    values = {key.text for key in single.driver.find_elements("css selector", "#graphs .key")}
    knee = np.degrees(walk.coordinates[150, walk.coordinate_names.index("knee_angle_r")])
    assert f"knee right {round(float(knee))}°" in values


def test_dragging_in_a_graph_moves_the_time(single: Page) -> None:
    from selenium.webdriver import ActionChains

    single.pause_at(0.0)
    canvas = single.find("#graphs canvas")
    ActionChains(single.driver).move_to_element(canvas).click().perform()
    middle = single.time
    assert 1.0 < middle < 2.0
    ActionChains(single.driver).click_and_hold(canvas).move_by_offset(60, 0).release().perform()
    assert single.time > middle + 0.2


# ---------------------------------------------------------------- two runners


def test_two_runners_side_by_side_or_one_as_a_ghost(pair: Page) -> None:
    assert pair.pressed('[data-mode="side"]')
    pair.pause_at(1.0)
    side = pair.picture()
    half = side.shape[1] // 2
    assert change(side[:, :half], side[:, half : 2 * half]) > 0.05  # another course, another walk
    pair.click('[data-mode="single"]')
    pair.drawn()
    alone = pair.picture()
    pair.click('[data-mode="ghost"]')
    pair.drawn()
    assert change(side, alone) > 0.05
    assert change(alone, pair.picture()) > 0.0005
    assert len(pair.driver.find_elements("css selector", ".readout")) == 2


def test_with_one_runner_there_is_nothing_to_compare(single: Page) -> None:
    assert not single.find('[data-mode="side"]').is_enabled()
    assert not single.find('[data-mode="ghost"]').is_enabled()


def test_a_title_is_text_and_never_markup(pair: Page) -> None:
    assert "<b>another</b> walk" in pair.find(".readout.second h2").text
    assert pair.driver.find_elements("css selector", ".readout b") == []


# ---------------------------------------------------------------- files


def give(page: Page, name: str, data: bytes) -> None:
    """Drop a file on the page."""
    page.run(
        """
        const bytes = Uint8Array.from(atob(arguments[1]), (letter) => letter.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], arguments[0]));
        for (const type of ['dragover', 'drop']) {
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        }
        """,
        name,
        base64.b64encode(data).decode(),
    )


def test_a_dropped_replay_is_played_beside_the_first(single: Page, walk: Trajectory) -> None:
    give(single, "other.replay", encode(replay_of(walk, title="dropped")))
    single.wait(lambda: len(single.driver.find_elements("css selector", ".readout")) == 2)
    assert single.find(".readout.second h2").text == "dropped"


def test_a_replay_can_be_opened_from_a_folder(driver: Any, replay: Replay, tmp_path: Path) -> None:
    with ViewerServer() as empty:
        page = Page(driver, empty.url)
        assert page.find("#welcome").is_displayed()
        file = tmp_path / "walk.replay"
        file.write_bytes(encode(replay))
        page.find("#file").send_keys(str(file))
        page.wait(lambda: not page.find("#welcome").is_displayed())
        assert page.find(".readout h2").text == "a walk"


def altered(replay: Replay, **figure: Any) -> bytes:
    return encode(Replay(replay.about, {**replay.figure, **figure}, replay.scene, replay.channels))


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("empty.replay", lambda _: b"", "This file is empty"),
        ("cat.png", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(300), "not a replay of myorun"),
        ("walk.npz", lambda _: b"PK\x03\x04" + bytes(300), "looks like a trajectory (.npz)"),
        ("cut.replay", lambda r: encode(r)[:3000], "damaged or cut short"),
        ("bent.replay", lambda r: encode(r)[:2000] + b"\x00\xff" + encode(r)[2002:], "damaged or cut short"),
        ("new.replay", lambda r: encode(r)[:8] + b"\x07" + encode(r)[9:], "version 7; this page plays version 1"),
        ("odd.replay", lambda r: altered(r, bodies=[]), "makes no sense"),
        ("odder.replay", lambda r: altered(r, muscles=None), "makes no sense"),
        ("oddest.replay", lambda r: altered(r, rotations=None), "makes no sense"),
        ("huge.replay", lambda r: with_header(r, frames=10**10), "times is cut short"),
        ("flat.replay", lambda r: with_header(r, scene=[{"kind": "ball"}]), "makes no sense"),
        ("bent_floor.replay", lambda r: with_header(r, scene=[{"kind": "floor", "points": 7}]), "makes no sense"),
        ("mute.replay", lambda r: with_header(r, about=None), "makes no sense"),
    ],
)
def test_a_file_that_cannot_be_played_is_explained(
    single: Page, replay: Replay, name: str, make: Callable[[Replay], bytes], words: str
) -> None:
    give(single, name, make(replay))
    said = single.message()
    assert said.startswith(f"{name}: ") and words in said
    single.click("#message-close")
    assert not single.find("#message").is_displayed()
    single.click("#play")
    single.wait(lambda: single.time > 0.0)  # what was there can be played on


# ---------------------------------------------------------------- elsewhere


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (320, 640)])
def test_on_a_phone_nothing_sticks_out_and_fingers_find_the_buttons(pair: Page, width: int, height: int) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
    pair.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        pair.drawn()
        assert pair.run("return document.scrollingElement.scrollWidth") <= width
        small = pair.run(
            "return [...document.querySelectorAll('.controls button, .controls select')].filter((e) => "
            "e.offsetParent && e.getBoundingClientRect().height < 36).length"
        )
        assert small == 0
        assert pair.picture().std() > 20
    finally:
        pair.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_an_exported_page_plays_from_disk_and_asks_nobody(driver: Any, replay: Replay, tmp_path: Path) -> None:
    address = export_page([replay, replay], tmp_path / "walks.html").as_uri()
    driver.get_log("performance")
    page = Page(driver, address)
    asked = [url for url in page.requests() if not url.startswith(INSIDE)]
    assert set(asked) == {address}
    page.click("#play")
    page.wait(lambda: page.time > 0.2)
    assert page.picture().std() > 20
    assert page.logs() == []


def test_without_webgl_the_page_says_so_and_shows_its_graphs(one: ViewerServer) -> None:
    with chromium("--disable-gpu", "--disable-3d-apis") as plain:
        page = Page(plain, one.url)
        assert "cannot draw in 3-D" in page.message()
        page.pause_at(1.0)
        assert page.picture("#graphs canvas").std() > 5


def test_with_less_motion_asked_for_it_waits_to_be_played(single: Page) -> None:
    assert not single.playing
    single.press(SPACE)
    single.wait(lambda: single.time > 0.0)


DIARY = """
  window.diary = [];
  setInterval(() => {
    const [badge, timeline] = ['#live', '#timeline'].map((name) => document.querySelector(name));
    if (badge && !badge.hidden) window.diary.push([Number(timeline.max), Number(timeline.value)]);
  }, 20);
"""


def length(page: Page) -> float:
    """What can be played, s."""
    return float(page.run("return document.querySelector('#timeline').max"))


def _hear_interrupts() -> None:
    """A shell that runs the tests in its background would have the new process ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _ended(running: subprocess.Popen[str]) -> int:
    try:
        return running.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        running.kill()
        raise


def test_a_live_run_moves_and_can_be_played_again(driver: Any) -> None:
    options = ["--web", "--no-browser", "--controller", "reflex", "--steps", "500"]
    command = [sys.executable, "-m", "myorun", "run", *options]
    diary = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": DIARY})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=_hear_interrupts) as running:
        assert running.stdout is not None
        try:
            address = re.search(r"http://\S+", running.stdout.readline())
            assert address is not None
            page = Page(driver, address[0])
            page.wait(lambda: length(page) == pytest.approx(5.0) and not page.find("#live").is_displayed())
            lengths, times = zip(*page.run("return window.diary"), strict=True)  # what was seen under the sign "live"
            assert len(set(lengths)) > 3 and sorted(lengths) == list(lengths)
            assert len(set(times)) > 3
            page.pause_at(0.5)
            assert page.picture().std() > 20
            late = Page(driver, address[0])  # a second look, after the end
            late.wait(lambda: length(late) == pytest.approx(5.0))
            assert late.logs() == []
        finally:
            driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", diary)
            running.send_signal(signal.SIGINT)
            status = _ended(running)
        assert status == 0
