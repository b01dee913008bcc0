"""A real window: the human as it moves, in real time."""

from __future__ import annotations

import os
import sys
import time

from myorun.closing import Closing
from myorun.errors import UsageError
from myorun.view.pose import Pose
from myorun.view.renderer import Renderer
from myorun.view.sdl import pygame

_NO_DISPLAY = (
    "there is no display for a window; use render_mode='rgb_array' (gymnasium.wrappers.RecordVideo films it), "
    "or myorun run --video FILE.mp4; with SDL_VIDEODRIVER=dummy in the environment, windows are left out"
)
_OFF_SCREEN = ("dummy", "offscreen")  # SDL drivers that show nothing
_LATE = 0.25  # s behind real time; more is forgiven rather than caught up
_POLL = 0.02  # s between looks at the keyboard while paused


def has_display() -> bool:
    """Whether a window can be opened here and now. Opens none."""
    if os.environ.get("SDL_VIDEODRIVER", "") in _OFF_SCREEN:
        return False
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    if pygame.display.get_init():
        return pygame.display.get_driver() not in _OFF_SCREEN
    try:
        pygame.display.init()
        return pygame.display.get_driver() not in _OFF_SCREEN
    except pygame.error:
        return False
    finally:
        pygame.display.quit()


class Window(Closing):
    """Shows poses in real time. Space pauses; q, Esc or the close button end it.

    Args:
        width: Of the picture, px; the window can be resized.
        height: Of the picture, px.
        fps: Pictures per second; poses in between are not drawn.
        title: Of the window.
        real_time: Whether :meth:`show` waits until the wall clock has reached the pose's time.

    Raises:
        UsageError: There is no display, or the size is impossible.
    """

    def __init__(
        self, width: int = 1280, height: int = 720, *, fps: float = 50.0, title: str = "myorun", real_time: bool = True
    ) -> None:
        if not fps > 0.0:
            raise UsageError(f"{fps:g} pictures per second were asked for; fps must be above 0")
        self._renderer = Renderer(width, height)
        if not has_display():
            raise UsageError(_NO_DISPLAY)
        self.closed = False
        self.paused = False
        self._interval, self._real_time = 1.0 / fps, real_time
        self._drawn: float | None = None  # time of the last pose on screen, s
        self._start = 0.0  # wall clock at pose time 0, s
        self._last: Pose | None = None
        self._screen = self._open(width, height, title)

    def due(self, pose_time: float) -> bool:
        """Whether a pose of this time would be drawn: lets a caller skip making one."""
        if self.closed:
            return False
        since = float("inf") if self._drawn is None else pose_time - self._drawn
        return since < 0.0 or since >= self._interval - 1e-9

    def show(self, pose: Pose) -> bool:
        """Draw ``pose`` when it is due, keep pace, answer the keyboard; False once the window is closed."""
        self._pump()
        if self.due(pose.time):
            self._keep_pace(pose.time)
            self._draw(pose)
            self._wait_while_paused()
        return not self.closed

    def draw(self, pose: Pose) -> None:
        """Like :meth:`show`, for callers that go on when the window is closed."""
        self.show(pose)

    def close(self) -> None:
        """Close the window; more than once is fine."""
        if not self.closed:
            self.closed = True
            pygame.display.quit()

    # ------------------------------------------------------------ inside

    def _open(self, width: int, height: int, title: str) -> pygame.Surface:
        try:
            pygame.display.init()
            pygame.display.set_caption(title)
            return pygame.display.set_mode((width, height), pygame.RESIZABLE)
        except pygame.error as error:
            raise UsageError(f"{_NO_DISPLAY} ({error})") from error

    def _draw(self, pose: Pose) -> None:
        if self.closed:
            return
        self._screen.blit(self._renderer.draw_surface(pose), (0, 0))
        pygame.display.flip()
        self._drawn, self._last = pose.time, pose

    def _keep_pace(self, pose_time: float) -> None:
        """Sleep until the wall clock reaches ``pose_time``; start anew after a reset or when far behind."""
        if not self._real_time:
            return
        now = time.monotonic()
        ahead = self._start + pose_time - now
        restarted = self._drawn is None or pose_time < self._drawn or ahead > 1.0
        if restarted or ahead < -_LATE:
            self._start = now - pose_time
        elif ahead > 0.0:
            time.sleep(ahead)

    def _wait_while_paused(self) -> None:
        began = time.monotonic()
        while self.paused and not self.closed:
            time.sleep(_POLL)
            self._pump()
        self._start += time.monotonic() - began

    def _pump(self) -> None:
        if self.closed:
            return
        for event in pygame.event.get():
            self._answer(event)

    def _answer(self, event: pygame.Event) -> None:
        if self.closed:
            return
        if event.type == pygame.QUIT:
            self.close()
        elif event.type == pygame.KEYDOWN:
            self._press(event.key)
        elif event.type == pygame.VIDEORESIZE:
            self._resize(event.w, event.h)

    def _press(self, key: int) -> None:
        if key in (pygame.K_q, pygame.K_ESCAPE):
            self.close()
        elif key == pygame.K_SPACE:
            self.paused = not self.paused

    def _resize(self, width: int, height: int) -> None:
        screen = pygame.display.get_surface()
        if screen is None or min(width, height) < 64:
            return
        self._screen, self._renderer = screen, Renderer(width, height)
        if self._last is not None:
            self._draw(self._last)
