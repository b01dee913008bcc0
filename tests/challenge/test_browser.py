"""The site in a real Chromium, on a phone and on a desk: nothing overflows, is blocked, or comes from elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from challenge.conftest import ServerMaker
from challenge.test_site import play

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
DRIVER, CHROMIUM = shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DRIVER and CHROMIUM), reason="chromium and its driver are not installed"),
]

SWITCHES = ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
            "disable-component-update", "disable-sync")  # fmt: skip


@pytest.fixture
def chromium(tmp_path: Any) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for switch in (*SWITCHES, f"user-data-dir={tmp_path}"):
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_pages_fit_and_stay_at_home(serve: ServerMaker, chromium: Any, width: int, height: int) -> None:
    server = serve()
    runs = play(server), play(server, "bob")
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    pages = ["/", "/progress", "/rules", "/start", "/docs", "/sign-in", "/sign-up", f"/submissions/{runs[0]}",
             f"/duel?a={runs[0]}&b={runs[1]}"]  # fmt: skip
    for page in pages:
        chromium.get(server.url + page)
        assert chromium.execute_script("return document.documentElement.scrollWidth <= innerWidth"), page
        complaints = [line["message"] for line in chromium.get_log("browser") if line["level"] == "SEVERE"]
        assert complaints == [], page
    abroad = [url for url in _asked(chromium) if not url.startswith((server.url, "data:", "blob:", "chrome"))]
    assert abroad == []


def test_the_viewer_plays_the_replay(serve: ServerMaker, chromium: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    server = serve()
    run = play(server, steps=40)
    chromium.get(f"{server.url}/submissions/{run}")
    chromium.switch_to.frame(chromium.find_element("css selector", "iframe.viewer"))
    ready = "return document.documentElement.dataset.ready === 'yes' && document.querySelector('#clock').textContent"
    clock = WebDriverWait(chromium, 60).until(lambda driver: driver.execute_script(ready))
    assert clock.endswith("/ 0.40 s")
    titles = chromium.find_element("id", "readouts").get_attribute("textContent")  # narrow frames do not show them
    assert "ann, course 1" in titles


def _asked(chromium: Any) -> list[str]:
    messages = [json.loads(line["message"])["message"] for line in chromium.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
