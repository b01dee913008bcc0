"""Claims about films, read back through ffmpeg."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from myorun.errors import MyorunError, UsageError
from myorun.view import Renderer, VideoWriter
from started import children

from .conftest import MakePose


def _pictures(count: int, width: int, height: int) -> list[np.ndarray]:
    """Grey pictures, each brighter than the one before."""
    return [np.full((height, width, 3), 30 + 8 * i, dtype=np.uint8) for i in range(count)]


def _read(path: Path) -> tuple[str, list[np.ndarray]]:
    """What ffmpeg says about a film, and its pictures."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    out = subprocess.run(command, capture_output=True, check=True)
    said = out.stderr.decode()
    width, height = (int(n) for n in re.search(r"Video: .*?, (\d+)x(\d+)", said).groups())  # type: ignore[union-attr]
    return said.split("Output #0")[0], list(np.frombuffer(out.stdout, np.uint8).reshape(-1, height, width, 3))


def test_a_film_keeps_number_size_rate_and_order_of_its_pictures(tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    with VideoWriter(path, fps=25, size=(64, 48)) as film:
        for picture in _pictures(20, 64, 48):
            film.write(picture)
        assert film.frames == 20
    said, frames = _read(path)
    for fact in ("Video: h264", "yuv420p", "64x48", "25 fps"):
        assert fact in said
    assert len(frames) == 20
    means = [float(f.mean()) for f in frames]
    # Lossy, and stored in 16..235: within 4 grey levels.
    np.testing.assert_allclose(means, [30 + 8 * i for i in range(20)], atol=4)


def test_a_film_of_the_human_shows_the_human(tmp_path: Path, make_pose: MakePose) -> None:
    path = tmp_path / "run.mp4"
    renderer = Renderer(320, 180)
    drawn = [renderer.draw(make_pose(pelvis_tx=0.1 * i, hip_flexion_r=0.1 * i, time=0.02 * i)) for i in range(5)]
    with VideoWriter(path) as film:
        for picture in drawn:
            film.write(picture)
    _, frames = _read(path)
    for before, after in zip(drawn, frames, strict=True):
        assert np.abs(before.astype(int) - after).mean() < 8  # grey levels lost to compression


def test_odd_sizes_are_widened_to_even_ones(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    with VideoWriter(path, 30) as film:
        for picture in _pictures(3, 65, 49):
            film.write(picture)
    _, frames = _read(path)
    assert frames[0].shape == (50, 66, 3)
    assert len(frames) == 3


def test_a_gif_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "run.gif"
    with VideoWriter(path, 20) as film:
        for picture in _pictures(4, 40, 30):
            film.write(picture)
    assert path.read_bytes()[:6] == b"GIF89a"
    assert len(_read(path)[1]) == 4


def test_an_error_in_the_middle_leaves_a_film_that_plays(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"

    def trip() -> None:
        with VideoWriter(path, 20) as film:
            for picture in _pictures(6, 40, 30):
                film.write(picture)
            raise RuntimeError("tripped")

    with pytest.raises(RuntimeError, match="tripped"):
        trip()
    assert len(_read(path)[1]) == 6


def test_a_film_without_pictures_leaves_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "none.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["run.avi", "run", "run.mp4.txt"])
def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.mp4 or \.gif"):
        VideoWriter(tmp_path / name)


def test_a_path_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist; create it first"):
        VideoWriter(tmp_path / "nowhere" / "run.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        VideoWriter(tmp_path / "folder.mp4")


def test_a_failure_of_the_encoder_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myorun.view.video._MP4", ("-codec:v", "nonesuch"))

    def shoot() -> None:
        with VideoWriter(tmp_path / "run.mp4") as film:
            for picture in _pictures(20, 640, 480):
                film.write(picture)

    with pytest.raises(MyorunError, match=r"could not be written; ffmpeg says: Unknown encoder 'nonesuch'$"):
        shoot()
    assert list(tmp_path.iterdir()) == []


def test_until_it_is_whole_a_film_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    path.write_bytes(b"old")
    with VideoWriter(path, 20) as film:
        for picture in _pictures(3, 64, 48):
            film.write(picture)
        assert path.read_bytes() == b"old"
    assert len(_read(path)[1]) == 3
    assert len(list(tmp_path.iterdir())) == 1


def test_an_interrupt_while_it_is_finished_leaves_nothing_half_written(tmp_path: Path) -> None:
    before = children()
    film = VideoWriter(tmp_path / "run.mp4")
    film.write(_pictures(1, 64, 48)[0])
    (encoder,) = children() - before
    os.kill(encoder, signal.SIGSTOP)  # so that it is surely waited for
    usual = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            film.close()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, usual)
    assert children() == before and not list(tmp_path.iterdir())


def test_a_surface_is_filmed_like_its_pixels(tmp_path: Path, make_pose: MakePose) -> None:
    renderer = Renderer(320, 180)
    for name in ("surface.mp4", "array.mp4"):
        with VideoWriter(tmp_path / name) as film:
            drawn = renderer.draw_surface(make_pose()) if name == "surface.mp4" else renderer.draw(make_pose())
            film.write(drawn)
    np.testing.assert_array_equal(_read(tmp_path / "surface.mp4")[1], _read(tmp_path / "array.mp4")[1])


def test_colours_are_those_that_were_drawn(tmp_path: Path) -> None:
    drawn = np.array([[(200, 54, 52), (104, 140, 98), (126, 172, 214)]], dtype=np.uint8).repeat(64, 0).repeat(32, 1)
    with VideoWriter(tmp_path / "run.mp4") as film:
        film.write(drawn)
    said, frames = _read(tmp_path / "run.mp4")
    assert "bt709" in said
    # of one hue each, so that nothing but rounding in 16..235 is lost; another matrix is 10 and more away
    np.testing.assert_allclose(frames[0][32, 16::32].astype(int), drawn[32, 16::32], atol=4)


def test_surfaces_and_arrays_do_not_mix(tmp_path: Path, make_pose: MakePose) -> None:
    renderer = Renderer(320, 180)
    with VideoWriter(tmp_path / "run.mp4") as film:
        film.write(renderer.draw(make_pose()))
        with pytest.raises(UsageError, match="pictures as bgr0 were added to a film of pictures as rgb24"):
            film.write(renderer.draw_surface(make_pose()))


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(tmp_path: Path, fps: float) -> None:
    with pytest.raises(UsageError, match="frames per second"):
        VideoWriter(tmp_path / "run.mp4", fps)


def test_a_picture_of_another_size_or_kind_is_refused(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "run.mp4", size=(64, 48)) as film:
        with pytest.raises(UsageError, match="32x48 pixels was added to a film of 64x48"):
            film.write(np.zeros((48, 32, 3), dtype=np.uint8))
        with pytest.raises(UsageError, match="uint8"):
            film.write(np.zeros((48, 64, 3)))  # type: ignore[arg-type]
