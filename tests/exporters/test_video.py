"""Videos, judged by ffmpeg's own decoder."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from playnano.errors import ExportError
from playnano.exporters import EXPORTS
from playnano.exporters.video import VideoExport
from playnano.rendering.pictures import pictures
from playnano.sample import Sample
from playnano.stack import AFMImageStack
from playnano.writing import Planned, write_exports

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture(scope="module")
def molecules() -> AFMImageStack:
    """Twelve levelled frames of 65 x 63: both sizes are odd."""
    return Sample(frames=12, height=65, width=63).stack().apply("remove_plane")


def video(
    stack: AFMImageStack, folder: Path, name: str = "mp4", threads: int = 1, **settings: object
) -> Path:
    export = EXPORTS[name](**{"min_height": 16, "timestamp": False, "scale_bar": False, **settings})
    planned = [Planned(export, folder / f"movie{export.extension}")]
    return write_exports(stack, planned, threads=threads).outputs[0]


def told(path: Path) -> str:
    """What ffmpeg says of a file."""
    return subprocess.run(
        [FFMPEG, "-hide_banner", "-i", path], capture_output=True, text=True, check=False
    ).stderr


def decoded(path: Path) -> np.ndarray:
    """Every frame as RGB."""
    command = [
        FFMPEG,
        "-loglevel",
        "error",
        "-i",
        str(path),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-fps_mode",
        "passthrough",
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    width, height = map(int, re.search(r", (\d+)x(\d+)", told(path)).groups())
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def drawn(stack: AFMImageStack, min_height: int = 16) -> np.ndarray:
    """The pictures as they were given to the encoder."""
    look = EXPORTS["mp4"](min_height=min_height, timestamp=False, scale_bar=False)
    shown = pictures(stack, look, fps=5.0)
    return np.array([shown.palette[shown[index]] for index in range(len(shown))])


@pytest.mark.parametrize(
    ("name", "codec"),
    [("mp4", "h264 (High)"), ("mov", "h264 (High)"), ("mkv", "h264 (High)"), ("avi", "mjpeg")],
)
def test_codec_size_frames_and_duration(
    molecules: AFMImageStack, tmp_path: Path, name: str, codec: str
) -> None:
    path = video(molecules, tmp_path, name, fps=6.0)
    said = told(path)
    assert f"Video: {codec}" in said
    assert "yuv420p(tv, bt709" in said or name == "avi"
    assert "64x66" in said, "both sizes are even"
    assert "Duration: 00:00:02.0" in said
    assert "movie.npz" not in said
    assert f"provenance: {path.name}.provenance.json" in said
    assert len(decoded(path)) == 12


@pytest.mark.parametrize("name", ["mp4", "mov"])
def test_the_index_is_at_the_front(molecules: AFMImageStack, tmp_path: Path, name: str) -> None:
    content = video(molecules, tmp_path, name).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize(
    ("name", "quality", "most"),
    [("mp4", "share", 4), ("mp4", "high", 3), ("avi", "share", 4), ("avi", "high", 3)],
)
def test_colours_are_nearly_those_drawn(
    molecules: AFMImageStack, tmp_path: Path, name: str, quality: str, most: float
) -> None:
    seen = decoded(video(molecules, tmp_path, name, quality=quality, min_height=256))[:, :260, :252].astype(
        int
    )
    wanted = drawn(molecules, 256)
    assert np.abs(seen - wanted).mean() < most
    assert np.abs((seen - wanted).mean(axis=(0, 1, 2))).max() < 1.5, "a colour is shifted as a whole"


@pytest.mark.parametrize("name", ["mp4", "mov", "mkv", "avi"])
def test_lossless_is_every_pixel(molecules: AFMImageStack, tmp_path: Path, name: str) -> None:
    np.testing.assert_array_equal(
        decoded(video(molecules, tmp_path, name, quality="lossless")), drawn(molecules)
    )


def test_the_same_bytes_whatever_the_number_of_threads(molecules: AFMImageStack, tmp_path: Path) -> None:
    for name in ("one", "three"):
        (tmp_path / name).mkdir()
    one, three = video(molecules, tmp_path / "one"), video(molecules, tmp_path / "three", threads=3)
    assert one.read_bytes() == three.read_bytes()


def test_frames_last_as_long_as_they_took(molecules: AFMImageStack, tmp_path: Path) -> None:
    times = [0.0, 0.5, 1.5, *np.arange(9) * 0.5 + 2.0]
    metadata = tuple({**m, "timestamp": t} for m, t in zip(molecules.frame_metadata, times, strict=True))
    path = video(replace(molecules, frame_metadata=metadata), tmp_path, timing="real", speed=2.0)
    frames = decoded(path)
    assert len(frames) == round((times[-1] + 0.5) / 2 * 50)
    assert "50 fps" in told(path)


def test_a_largest_size_is_kept(molecules: AFMImageStack, tmp_path: Path) -> None:
    large = video(molecules, tmp_path, quality="high").stat().st_size
    (tmp_path / "small").mkdir()
    small = (
        video(molecules, tmp_path / "small", quality="high", max_size=f"{large / 2000:.2f} kB").stat().st_size
    )
    assert small <= large / 2
    with pytest.raises(ExportError, match="MB is as small as it gets"):
        video(molecules, tmp_path / "small", "mkv", max_size="1kB")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fps": 0.0}, "greater than 0"),
        ({"fps": -5.0}, "greater than 0"),
        ({"max_size": "10 apples"}, "pattern"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EXPORTS["mp4"](**settings)


def test_the_encoders_failure_is_ours(
    molecules: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "playnano.exporters.video.Mp4Export.codec", lambda self, coarser: ["-c:v", "no_such_codec"]
    )
    with pytest.raises(ExportError, match="ffmpeg failed: Unknown encoder 'no_such_codec'"):
        video(molecules, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_ffmpeg_is_one_line(
    molecules: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: str(tmp_path / "nowhere"))
    with pytest.raises(ExportError, match="ffmpeg cannot be started: No such file or directory"):
        video(molecules, tmp_path)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="ends a process by a signal")
def test_a_killed_ffmpeg_is_one_line(
    molecules: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen] = []
    popen = subprocess.Popen

    def popen_and_kill(*arguments: object, **more: object) -> subprocess.Popen:
        started.append(popen(*arguments, **more))
        started[-1].kill()
        return started[-1]

    monkeypatch.setattr("playnano.exporters.encoder.subprocess.Popen", popen_and_kill)
    with pytest.raises(ExportError, match="ffmpeg was ended by signal 9"):
        video(molecules, tmp_path)
    assert started[0].poll() is not None


def test_every_kind_of_video_is_one_of_them() -> None:
    assert [name for name in EXPORTS.names if issubclass(EXPORTS[name], VideoExport)] == [
        "mp4",
        "avi",
        "mov",
        "mkv",
    ]
