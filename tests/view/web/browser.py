"""A real Chromium, without a screen, for tests of the page."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from myorun.view.sdl import pygame

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_DRIVER = shutil.which("chromedriver")
_PATIENCE = 60.0  # s; a busy machine without a graphics card draws a few pictures a second
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=800,700",
)

needs_browser = pytest.mark.skipif(not (_CHROMIUM and _DRIVER), reason="needs chromium and chromedriver")


@contextmanager
def chromium(*arguments: str) -> Iterator[Any]:
    """A browser with a fresh profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = _CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for argument in (*_ARGUMENTS, f"--user-data-dir={profile}", *arguments):
            options.add_argument(argument)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(_DRIVER))
        try:
            yield driver
        finally:
            driver.quit()


class Page:
    """The viewer in a browser, asked and moved as a person would."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        self.logs()
        driver.get(address)
        self.wait(lambda: driver.execute_script("return document.documentElement.dataset.ready") == "yes")

    def wait(self, claim: Callable[[], Any]) -> None:
        """Until ``claim`` holds; fails if it never does."""
        end = time.monotonic() + _PATIENCE
        while not claim():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        chain = webdriver.ActionChains(self.driver)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def pressed(self, selector: str) -> bool:
        return str(self.find(selector).get_attribute("aria-pressed")) == "true"

    @property
    def time(self) -> float:
        """Where the timeline stands, s."""
        return float(self.run("return document.querySelector('#timeline').value"))

    @property
    def playing(self) -> bool:
        return str(self.find("#play").get_attribute("aria-label")) == "Pause"

    def pause_at(self, seconds: float) -> None:
        """Stop, go to a time, and wait until it is drawn."""
        if self.playing:
            self.click("#play")
        script = (
            "const e = document.querySelector('#timeline'); e.value = arguments[0]; e.dispatchEvent(new Event('input'))"
        )
        self.run(script, seconds)
        self.drawn()

    def drawn(self) -> None:
        """Wait for two frames of the browser."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        )

    def picture(self, selector: str = "#picture") -> NDArray[np.uint8]:
        """What an element looks like now, (height, width, 3)."""
        data = self.find(selector).screenshot_as_png
        return np.ascontiguousarray(pygame.surfarray.array3d(pygame.image.load(io.BytesIO(data))).swapaxes(0, 1))

    def message(self) -> str:
        """The message to the reader, once there is one."""
        self.wait(lambda: self.find("#message").is_displayed())
        return str(self.find("#message-text").text)

    def logs(self) -> list[str]:
        """What the console complained of since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def requests(self) -> list[str]:
        """Addresses asked for since the last call."""
        found = []
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                found.append(str(event["params"]["request"]["url"]))
        return found


def change(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Share of pixels that differ visibly between two pictures."""
    return float((np.abs(a.astype(int) - b.astype(int)).max(axis=2) > 24).mean())
