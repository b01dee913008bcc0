"""Pictures to a film: .mp4 (H.264, plays in every browser) or .gif."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from myorun.errors import MyorunError, UsageError

_MP4 = (
    *("-codec:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-crf", "20"),
    *("-movflags", "+faststart"),
)
_GIF = ("-filter_complex", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1", "-loop", "0")
SUFFIXES = (".mp4", ".gif")
_MAX_GIF_RATE = 50.0  # frames per second; faster ones are slowed down by browsers


class VideoWriter:
    """A film file, as a context manager: ``with VideoWriter("run.mp4") as film: film.write(picture)``.

    ``size`` is (width, height) in pixels; left out, it is the first picture's. H.264
    needs even sides: a picture with an odd one is widened by repeating its last
    column or row.

    Raises:
        UsageError: The suffix, the rate or the size is not possible, or the path cannot be written.
    """

    def __init__(self, path: str | Path, fps: float = 50.0, size: tuple[int, int] | None = None) -> None:
        self.path = Path(path)
        self.fps = float(fps)
        self.frames = 0
        self._size = size
        self._encoder: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes]
        self._check()

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append one picture: (height, width, 3), uint8, of the film's size."""
        height, width = _checked_picture(picture)
        self._size = self._size or (width, height)
        if (width, height) != self._size:
            raise UsageError(
                f"a picture of {width}x{height} pixels was added to a film of {self._size[0]}x{self._size[1]}"
            )
        if self._encoder is None:
            self._encoder = self._start(width + width % 2, height + height % 2)
        assert self._encoder.stdin is not None
        try:
            self._encoder.stdin.write(np.ascontiguousarray(_made_even(picture)).data)
        except OSError as error:
            raise self._failure() from error
        self.frames += 1

    def close(self) -> None:
        """Finish the file. A film without a picture leaves no file.

        Raises:
            MyorunError: ffmpeg could not write the film; the message says why.
        """
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return
        with contextlib.suppress(OSError):
            encoder.communicate()
        with self._complaints:
            if encoder.returncode:
                raise self._failure()

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, also after an error: what was filmed until then can be watched."""
        self.close()

    def _check(self) -> None:
        if self.path.suffix.lower() not in SUFFIXES:
            raise UsageError(f"a film ends in {' or '.join(SUFFIXES)}; {self.path.name!r} does not")
        fastest = _MAX_GIF_RATE if self.path.suffix.lower() == ".gif" else 1000.0
        if not 0.0 < self.fps <= fastest:
            raise UsageError(f"{self.fps:g} frames per second were asked for; possible are 0 < fps <= {fastest:g}")
        folder = self.path.parent
        if not folder.is_dir():
            raise UsageError(f"the folder {str(folder)!r} of the film does not exist; create it first")
        blocked = self.path if self.path.exists() else folder
        if self.path.is_dir() or not os.access(blocked, os.W_OK):
            raise UsageError(f"{str(self.path)!r} cannot be written; choose another path or mend its permissions")

    def _start(self, width: int, height: int) -> subprocess.Popen[bytes]:
        import imageio_ffmpeg  # type: ignore[import-untyped]

        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{self.fps:g}", "-i", "-"]
        coding = _GIF if self.path.suffix.lower() == ".gif" else _MP4
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *source, *coding, str(self.path.resolve())]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
        return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self._complaints)

    def _failure(self) -> MyorunError:
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip() or "no reason given"
        return MyorunError(f"the film {str(self.path)!r} could not be written; ffmpeg says: {said}")


def _checked_picture(picture: NDArray[np.uint8]) -> tuple[int, int]:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise UsageError(
            f"a picture is a (height, width, 3) array of uint8; got shape {picture.shape} of {picture.dtype}"
        )
    return picture.shape[0], picture.shape[1]


def _made_even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = picture.shape
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
