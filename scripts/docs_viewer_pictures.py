"""Make the pictures of docs/viewer.md: ``python scripts/docs_viewer_pictures.py`` writes docs/images/viewer*.jpg.

Needs Chromium and selenium (extra ``dev``). They are what ``myorun view`` shows of the champion and of the reflex
walker on the same course.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver

from myorun.controllers import load_policy
from myorun.run import run_episode
from myorun.view.web import ViewerServer, replay_of

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
SEED = 0
QUALITY = 88
_SETTLE = 4.0  # s for pictures to be drawn without a graphics card
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader"),
    *("--enable-unsafe-swiftshader", "--force-prefers-reduced-motion"),
)


@dataclass(frozen=True)
class Shot:
    """One picture: size in CSS pixels, pixels for each, the time, and what is clicked before."""

    name: str
    width: int
    height: int
    scale: float
    time: float  # s
    clicks: tuple[str, ...]


GRAPHS = '[data-show="graphs"]'
SHOTS = (
    Shot("viewer", 1280, 800, 1.25, 1.75, ('[data-mode="single"]', '[data-camera="quarter"]')),
    Shot("viewer-side", 1280, 800, 1.0, 1.4, ('[data-mode="side"]', '[data-camera="quarter"]', "#theme")),
    Shot("viewer-ghost", 1280, 560, 1.0, 1.05, ("#theme", '[data-mode="ghost"]', '[data-camera="side"]', GRAPHS)),
    Shot("viewer-phone", 390, 844, 2.0, 1.75, (GRAPHS, '[data-mode="single"]', '[data-camera="quarter"]')),
)


def browser() -> Any:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (*_ARGUMENTS, f"--user-data-dir={tempfile.mkdtemp()}"):
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def take(driver: Any, shot: Shot) -> None:
    """Bring the page into the state of a shot, and keep it."""
    metrics = {"width": shot.width, "height": shot.height, "deviceScaleFactor": shot.scale, "mobile": shot.width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for selector in shot.clicks:
        driver.find_element("css selector", selector).click()
    timeline = driver.find_element("css selector", "#timeline")
    driver.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))", timeline, shot.time
    )
    time.sleep(_SETTLE)
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "jpeg", "quality": QUALITY})
    path = FOLDER / f"{shot.name}.jpg"
    path.write_bytes(base64.b64decode(picture["data"]))
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    runners = (load_policy("champion"), "reflex")
    replays = [replay_of(run_episode(runner, seed=SEED).trajectory) for runner in runners]
    with ViewerServer(replays) as server:
        driver = browser()
        try:
            driver.get(server.url)
            for shot in SHOTS:
                take(driver, shot)
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
