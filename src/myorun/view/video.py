"""Pictures to a film: .mp4 (H.264, plays in every browser) or .gif."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from myorun.closing import Closing
from myorun.errors import MyorunError, UsageError
from myorun.output import checked_path, part_of
from myorun.view.sdl import pygame, to_rgb

# superfast with the macroblock tree of the slower presets: a third less work than veryfast for the same look.
_CODING = ("-codec:v", "libx264", "-preset", "superfast", "-crf", "20", "-x264-params", "mbtree=1:rc-lookahead=10")
# The matrix that players take for granted in films of this size, and said in the file: colours stay as drawn.
_COLORS = ("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p", "-colorspace", "bt709")
_MP4 = (*_CODING, *_COLORS, "-movflags", "+faststart")
_GIF = ("-filter_complex", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1", "-loop", "0")
SUFFIXES = (".mp4", ".gif")
_MAX_GIF_RATE = 50.0  # frames per second; faster ones are slowed down by browsers
_PIPE = 2**20  # bytes on their way to the encoder; as many as any user of Linux may ask for
_SURFACE = "bgr0"  # ffmpeg's name for the bytes of a surface of 32 bits


class VideoWriter(Closing):
    """A film file, as a context manager: ``with VideoWriter("run.mp4") as film: film.write(picture)``.

    ``size`` is (width, height) in pixels; left out, it is the first picture's. H.264
    needs even sides: a picture with an odd one is widened by repeating its last
    column or row.

    The file appears when the film is closed, also after an error: what was filmed until then can be watched. Until
    then, what was there before stays.

    Raises:
        UsageError: The suffix, the rate or the size is not possible, or the path cannot be written.
    """

    def __init__(self, path: str | Path, fps: float = 50.0, size: tuple[int, int] | None = None) -> None:
        self.path = checked_path(path, "a film", SUFFIXES)
        self.fps = _checked_rate(self.path, float(fps))
        self.frames = 0
        self.kept = False  # whether the film is closed, and there
        self._size = size
        self._format: str | None = None  # of the pixels, once there is an encoder
        self._encoder: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes]
        self._part: Path  # what the encoder writes

    def write(self, picture: NDArray[np.uint8] | pygame.Surface) -> None:
        """Append one picture of the film's size: (height, width, 3), uint8; or, faster, a surface of 32 bits.

        Raises:
            UsageError: It is of another size or kind than the first.
            MyorunError: ffmpeg is gone; the message says why. Nothing of the film is left.
        """
        width, height = _checked_size(picture)
        self._size = self._size or (width, height)
        if (width, height) != self._size:
            raise UsageError(
                f"a picture of {width}x{height} pixels was added to a film of {self._size[0]}x{self._size[1]}; "
                "all must have one size"
            )
        form, pixels = _pixels(picture)
        if self._encoder is None:
            self._start(width + width % 2, height + height % 2, form)
        if form != self._format:
            raise UsageError(
                f"pictures as {form} were added to a film of pictures as {self._format}; all must be of one kind"
            )
        self._send(pixels)
        self.frames += 1

    def close(self) -> None:
        """Finish the file. A film without a picture leaves no file.

        Raises:
            MyorunError: ffmpeg could not write the film; the message says why.
        """
        if self._encoder is None:
            return
        try:
            with contextlib.suppress(OSError):
                self._encoder.communicate()
        except BaseException:  # interrupted again: nobody waits for the film any more
            self.discard()
            raise
        encoder, self._encoder = self._encoder, None
        if encoder.returncode:
            raise self._failure()
        self._complaints.close()
        try:
            self._part.replace(self.path)
            self.kept = True
        except OSError as error:
            self._part.unlink(missing_ok=True)
            raise MyorunError(f"the film {str(self.path)!r} could not be written: {error.strerror}") from None

    def discard(self) -> None:
        """Stop, and leave nothing of the film."""
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.kill()
            with contextlib.suppress(OSError):
                encoder.communicate()
            self._complaints.close()
            self._part.unlink(missing_ok=True)

    def _start(self, width: int, height: int, form: str) -> None:
        import imageio_ffmpeg  # type: ignore[import-untyped]

        self._part, self._format = part_of(self.path), form
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the encoder
        source = ("-f", "rawvideo", "-pix_fmt", form, "-s", f"{width}x{height}", "-r", f"{self.fps:g}", "-i", "-")
        coding = _GIF if self.path.suffix.lower() == ".gif" else _MP4
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *source, *coding, str(self._part.resolve())]
        self._encoder = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stderr=self._complaints,
            pipesize=_PIPE,
            process_group=0,  # an interrupt from the keyboard is ours to answer
        )

    def _send(self, pixels: Any) -> None:
        assert self._encoder is not None and self._encoder.stdin is not None
        try:
            self._encoder.stdin.write(pixels)
        except OSError:
            encoder, self._encoder = self._encoder, None
            with contextlib.suppress(OSError):
                encoder.communicate()
            raise self._failure() from None

    def _failure(self) -> MyorunError:
        """What went wrong, in ffmpeg's words; nothing of the film is left."""
        with self._complaints:
            self._complaints.seek(0)
            said = _first_complaint(self._complaints.read().decode(errors="replace"))
        self._part.unlink(missing_ok=True)
        return MyorunError(f"the film {str(self.path)!r} could not be written; ffmpeg says: {said}")


def _first_complaint(said: str) -> str:
    """The first line of what ffmpeg said, without the addresses of its parts; the others follow from it."""
    line = (said.strip().splitlines() or ["nothing; it may have been killed"])[0]
    return re.sub(r"^(\[[^]]* @ 0x[0-9a-f]+\] *)+", "", line)


def _checked_rate(path: Path, fps: float) -> float:
    fastest = _MAX_GIF_RATE if path.suffix.lower() == ".gif" else 1000.0
    if not 0.0 < fps <= fastest:
        raise UsageError(f"{fps:g} frames per second were asked for; possible are 0 < fps <= {fastest:g}")
    return fps


def _checked_size(picture: NDArray[np.uint8] | pygame.Surface) -> tuple[int, int]:
    """Width and height, px."""
    if isinstance(picture, pygame.Surface):
        if picture.get_bytesize() != 4:
            raise UsageError(f"a surface of 32 bits a pixel is needed; got {picture.get_bitsize()}")
        return picture.get_size()
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise UsageError(
            f"a picture is a (height, width, 3) array of uint8; got shape {picture.shape} of {picture.dtype}"
        )
    return picture.shape[1], picture.shape[0]


def _pixels(picture: NDArray[np.uint8] | pygame.Surface) -> tuple[str, Any]:
    """ffmpeg's name of the pixel format, and the bytes; a surface with even sides is not copied."""
    if isinstance(picture, pygame.Surface):
        if picture.get_width() % 2 == 0 and picture.get_height() % 2 == 0:
            return _SURFACE, picture.get_view("0")
        picture = to_rgb(picture)
    return "rgb24", np.ascontiguousarray(_made_even(picture)).data


def _made_even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = picture.shape
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
