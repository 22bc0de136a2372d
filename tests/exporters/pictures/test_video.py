"""Videos, judged by ffmpeg's own decoder."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import ClassVar

import imageio_ffmpeg
import numpy as np
import pytest

from playnano.errors import ExportError
from playnano.exporters import EXPORTS
from playnano.exporters.encoding.ffmpeg import encode
from playnano.exporters.pictures.video import VideoExport, fitted, scheduled
from playnano.rendering.pictures import pictures
from playnano.runner.writing import PlannedFile, write_exports
from playnano.sample.movie import Sample
from playnano.stack.stack import AFMImageStack

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FORMATS = ["mp4", "mov", "mkv", "avi"]
GREYS = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
BROWSERS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
CHROMIUM = os.environ.get("PLAYNANO_TEST_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="module")
def molecules() -> AFMImageStack:
    """Twelve levelled frames of 65 x 63: both sizes are odd."""
    return Sample(frames=12, height=65, width=63).stack().apply("remove_plane")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen]:
    """The processes that the encoder starts."""
    processes: list[subprocess.Popen] = []
    popen = subprocess.Popen

    def noted(*arguments: object, **more: object) -> subprocess.Popen:
        processes.append(popen(*arguments, **more))
        return processes[-1]

    monkeypatch.setattr("playnano.exporters.encoding.ffmpeg.subprocess.Popen", noted)
    return processes


def video(
    stack: AFMImageStack, folder: Path, name: str = "mp4", threads: int = 1, **settings: object
) -> Path:
    export = EXPORTS[name](**{"min_height": 16, "timestamp": False, "scale_bar": False, **settings})
    planned = [PlannedFile(export, folder / f"movie{export.extension}")]
    return write_exports(stack, planned, threads=threads).outputs[0]


def told(path: Path) -> str:
    """What ffmpeg says of a file."""
    command = [FFMPEG, "-hide_banner", "-i", path]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stderr


def decoded(path: Path) -> np.ndarray:
    """Every frame as RGB, exactly: ffmpeg's quick way is a level and a half too dark."""
    exactly = ["-sws_flags", "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"]
    as_rgb = [*exactly, "-f", "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-"]
    raw = subprocess.run(
        [FFMPEG, "-loglevel", "error", "-i", path, *as_rgb], capture_output=True, check=True
    ).stdout
    width, height = map(int, re.search(r", (\d+)x(\d+)", told(path)).groups())
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def drawn(stack: AFMImageStack, min_height: int = 16) -> np.ndarray:
    """The pictures as they were given to the encoder."""
    look = EXPORTS["mp4"](min_height=min_height, timestamp=False, scale_bar=False)
    shown = pictures(stack, look, fps=5.0)
    return np.array([shown.palette[shown[index]] for index in range(len(shown))])


def timed(stack: AFMImageStack, times: list[float]) -> AFMImageStack:
    pairs = zip(stack.frame_metadata, times, strict=True)
    return replace(stack, frame_metadata=tuple({**m, "timestamp": t} for m, t in pairs))


@pytest.mark.parametrize(
    ("name", "codec"), [*((name, "h264 (High)") for name in FORMATS[:3]), ("avi", "mjpeg")]
)
def test_codec_size_frames_and_duration(
    molecules: AFMImageStack, tmp_path: Path, name: str, codec: str
) -> None:
    path = video(molecules, tmp_path, name, fps=6.0)
    said = told(path)
    assert f"Video: {codec}" in said
    assert "Audio" not in said
    assert "yuvj420p(pc" in said if name == "avi" else "yuv420p(tv, bt709" in said
    assert "64x66" in said, "both sizes are even"
    assert "Duration: 00:00:02.0" in said
    assert re.search(r"\b6 fps", said)
    assert len(decoded(path)) == 12


@pytest.mark.parametrize("name", FORMATS)
def test_title_and_a_pointer_to_the_provenance(molecules: AFMImageStack, tmp_path: Path, name: str) -> None:
    path = video(molecules, tmp_path, name)
    source = molecules.provenance.input
    assert re.search(rf"title +: {re.escape(source.name)}, height_trace", told(path), re.IGNORECASE)
    beside = f"{path.name}.provenance.json"
    assert re.search(rf"comment +: provenance: {re.escape(beside)}", told(path), re.IGNORECASE)
    assert path.with_name(beside).is_file()


@pytest.mark.parametrize("quality", ["share", "lossless"])
@pytest.mark.parametrize("name", ["mp4", "mov"])
def test_the_index_is_in_front(molecules: AFMImageStack, tmp_path: Path, name: str, quality: str) -> None:
    content = video(molecules, tmp_path, name, quality=quality).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize(
    ("name", "quality", "most"),
    [("mp4", "share", 4), ("mp4", "high", 3), ("avi", "share", 4), ("avi", "high", 3)],
)
def test_colours_are_nearly_those_drawn(
    molecules: AFMImageStack, tmp_path: Path, name: str, quality: str, most: float
) -> None:
    path = video(molecules, tmp_path, name, quality=quality, min_height=256)
    seen = decoded(path)[:, :260, :252].astype(int)
    off = seen - drawn(molecules, 256)
    assert np.abs(off).mean() < most
    assert np.abs(off.mean(axis=(0, 1, 2))).max() < 1, "a colour is shifted as a whole"


@pytest.mark.parametrize("name", FORMATS)
def test_lossless_is_every_pixel(molecules: AFMImageStack, tmp_path: Path, name: str) -> None:
    path = video(molecules, tmp_path, name, quality="lossless")
    np.testing.assert_array_equal(decoded(path), drawn(molecules))


def test_lossless_avi_bears_the_codec_name_that_imagej_knows(
    molecules: AFMImageStack, tmp_path: Path
) -> None:
    header = video(molecules, tmp_path, "avi", quality="lossless").read_bytes()
    bits, codec = header[header.index(b"strf") + 22 :][:2], header[header.index(b"strf") + 24 :][:4]
    assert (bits, codec) == (b"\x08\0", b"PNG ")


@pytest.mark.parametrize("quality", ["share", "lossless"])
@pytest.mark.parametrize("name", FORMATS)
def test_the_same_bytes_whatever_the_number_of_threads(
    molecules: AFMImageStack, tmp_path: Path, name: str, quality: str
) -> None:
    one = video(molecules, tmp_path / "one", name, quality=quality)
    three = video(molecules, tmp_path / "three", name, threads=3, quality=quality)
    assert one.read_bytes() == three.read_bytes()


def test_one_frame_is_a_video(molecules: AFMImageStack, tmp_path: Path) -> None:
    assert len(decoded(video(molecules[:1], tmp_path))) == 1


def test_frames_last_as_long_as_they_took(molecules: AFMImageStack, tmp_path: Path) -> None:
    times = [0.0, 0.5, 1.5, *(np.arange(9) * 0.5 + 2.0).tolist()]
    path = video(timed(molecules, times), tmp_path, timing="real", speed=2.0, quality="lossless")
    frames = decoded(path)
    assert "50 fps" in told(path)
    starts = np.rint(np.array([*times, times[-1] + 0.5]) / 2 * 50).astype(int)
    np.testing.assert_array_equal(frames, np.repeat(drawn(molecules), np.diff(starts), axis=0))


def test_equally_long_frames_are_not_repeated() -> None:
    fps, repeats, notes = scheduled(np.array([0.2, 0.2, 0.20001]))
    assert fps == pytest.approx(5.0, rel=1e-4)
    assert (repeats.tolist(), notes) == ([1, 1, 1], ())


@pytest.mark.parametrize("mean", [0.005, 0.05, 1.0, 60.0])
def test_unequally_long_frames_are_on_a_grid(mean: float) -> None:
    durations = mean * np.random.default_rng(1).uniform(0.5, 1.5, 200)
    fps, repeats, notes = scheduled(durations)
    off = np.cumsum(repeats) / fps - np.cumsum(durations)
    assert repeats.min() >= 1
    assert repeats.sum() <= 201 * 20, "a slow movie is not thousands of frames"
    if mean > 0.01:
        assert np.abs(off).max() <= 1.5 / fps, "rounding is carried over"
        assert not notes
    else:
        assert notes == (f"frames last 0.01 s at least: the movie takes 2.00 s, not {durations.sum():.2f} s",)


def test_times_that_stand_still_are_refused(molecules: AFMImageStack, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the frames' times do not go on"):
        video(timed(molecules, [0.0] * 12), tmp_path, timing="real")


def test_a_largest_size_is_kept(molecules: AFMImageStack, tmp_path: Path) -> None:
    large = video(molecules, tmp_path / "large", quality="high").stat().st_size
    export = EXPORTS["mp4"](
        min_height=16, timestamp=False, scale_bar=False, quality="high", max_size=f"{large / 2000:.2f} kB"
    )
    done = write_exports(molecules, [PlannedFile(export, tmp_path / "small" / "movie.mp4")])
    assert done.outputs[0].stat().st_size <= large / 2
    assert re.search(r"quality was lowered to fit into .* kB: quantiser \d+, not 12", done.notes[0])
    assert done.outputs == (
        tmp_path / "small" / "movie.mp4",
        tmp_path / "small" / "movie.mp4.provenance.json",
    )
    del done  # and with it the scratch files
    assert len(list((tmp_path / "small").iterdir())) == 2


def test_a_size_that_is_large_enough_changes_nothing(molecules: AFMImageStack, tmp_path: Path) -> None:
    plain = video(molecules, tmp_path / "plain")
    assert video(molecules, tmp_path / "kept", max_size="1GB").read_bytes() == plain.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("quality", ["share", "lossless"])
def test_a_size_that_cannot_be_reached(
    molecules: AFMImageStack, tmp_path: Path, name: str, quality: str
) -> None:
    with pytest.raises(ExportError, match=r"0\.\d+ MB is as small as it gets, not 1kB: raise max_size"):
        video(molecules, tmp_path, name, quality=quality, max_size="1kB")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", [12, 13, 25, 40, 50, 51])
def test_the_best_that_fits_is_found_in_few_tries(tmp_path: Path, limit: int) -> None:
    tried: list[int] = []

    def make(quantiser: int) -> int:
        tried.append(quantiser)
        (tmp_path / "a.mp4").write_text(str(quantiser), encoding="ascii")
        return 1000 * (100 - quantiser)

    assert fitted(make, range(12, 52), f"{100 - limit} kB", tmp_path / "a.mp4") == limit
    assert (tmp_path / "a.mp4").read_text(encoding="ascii") == str(limit)
    assert len(tried) <= 7
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fps": 0.0}, "greater than 0"),
        ({"fps": -5.0}, "greater than 0"),
        ({"max_size": "10 apples"}, "pattern"),
        ({"max_size": "10mb"}, "pattern"),
        ({"quality": "best"}, "'share', 'high' or 'lossless'"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EXPORTS["mp4"](**settings)


def test_the_encoders_failure_is_ours(
    molecules: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "playnano.exporters.pictures.video.Mp4Export.codec", lambda *_: ["-c:v", "no_such_codec"]
    )
    message = r"ffmpeg failed: Unknown encoder 'no_such_codec' \(its last line: .*Encoder not found\)$"
    with pytest.raises(ExportError, match=message):
        video(molecules, tmp_path)
    assert not list(tmp_path.iterdir())


def no_ffmpeg() -> str:
    raise RuntimeError("No ffmpeg exe could be found.\nInstall ffmpeg on your system.")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (no_ffmpeg, r"^mp4: there is no ffmpeg: reinstall .*\Z"),
        (lambda: "./nowhere", r"^mp4: ffmpeg cannot be .*\Z"),
    ],
)
def test_a_missing_ffmpeg_is_one_line(
    molecules: AFMImageStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: Callable[[], str],
    message: str,
) -> None:
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", found)
    with pytest.raises(ExportError, match=message):
        video(molecules, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("after", [0, 20])
def test_a_killed_ffmpeg_is_one_line(started: list[subprocess.Popen], tmp_path: Path, after: int) -> None:
    def noise() -> object:
        for index in range(200):
            if index == after:
                started[0].kill()
            yield np.random.default_rng(index).integers(0, 256, (128, 128), np.uint8)

    with pytest.raises(ExportError, match=r"^ffmpeg (was ended by signal 9|ended with code \d+)$"):
        encode(noise(), GREYS, (128, 128), 5.0, ["-c:v", "mjpeg"], tmp_path / "a.avi")
    assert started[0].returncode


def test_an_ffmpeg_that_ends_early_without_an_error_is_told(tmp_path: Path) -> None:
    frames = (np.zeros((256, 256), np.uint8) for _ in range(500))
    with pytest.raises(ExportError, match=r"^ffmpeg ended with code 0"):
        encode(frames, GREYS, (256, 256), 5.0, ["-frames:v", "2", "-c:v", "mjpeg"], tmp_path / "a.avi")


def test_what_fails_while_drawing_ends_ffmpeg(started: list[subprocess.Popen], tmp_path: Path) -> None:
    def failing() -> object:
        yield np.zeros((64, 64), np.uint8)
        raise OSError("the scratch file has gone")

    with pytest.raises(OSError, match="the scratch file has gone"):
        encode(failing(), GREYS, (64, 64), 5.0, ["-c:v", "mjpeg"], tmp_path / "a.avi")
    assert started[0].returncode is not None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"movie.{name}"
    path.symlink_to("/dev/full")
    noise = np.random.default_rng(1).integers(0, 256, (40, 128, 128), np.uint8)
    codec = EXPORTS[name]().codec(3)
    with pytest.raises(ExportError, match=f"^the disk is full: make room for movie.{name}$"):
        encode(noise, GREYS, (128, 128), 5.0, codec, path)


def test_an_ffmpeg_that_says_much_does_not_wait_for_a_reader(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (100, 64, 64), np.uint8)
    loud = ["-loglevel", "debug", "-c:v", "mjpeg"]
    encode(noise, GREYS, (64, 64), 5.0, loud, tmp_path / "a.avi")
    assert len(decoded(tmp_path / "a.avi")) == 100


@pytest.mark.skipif(os.name == "nt", reason="no colons in names on Windows")
def test_a_folder_with_a_colon_in_its_name(
    molecules: AFMImageStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(decoded(video(molecules, Path("a:b")).resolve())) == 12


PAGE = """\
<video src="/movie" autoplay muted></video>
<script>
const video = document.querySelector("video"), say = words => fetch("/said/" + words.join("_"));
video.onerror = () => say(["refused", video.error.message]);
video.onended = () => say(["played", video.videoWidth, video.videoHeight, video.duration]);
</script>"""


class Showing(BaseHTTPRequestHandler):
    """Serves a page with a video, and keeps what the page says of it."""

    movie: ClassVar[bytes]
    said: ClassVar["Queue[str]"]

    def do_GET(self) -> None:
        kind, body = ("video/mp4", self.movie) if self.path == "/movie" else ("text/html", PAGE.encode())
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.path.startswith("/said/"):
            self.said.put(self.path.removeprefix("/said/"))

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (or set PLAYNANO_TEST_CHROMIUM)")
def test_a_browser_plays_it(molecules: AFMImageStack, tmp_path: Path) -> None:
    Showing.movie, Showing.said = video(molecules, tmp_path, fps=12.0).read_bytes(), Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Showing)
    Thread(target=server.serve_forever, daemon=True).start()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    place = [f"--user-data-dir={tmp_path / 'profile'}", f"http://127.0.0.1:{server.server_port}/"]
    quiet = subprocess.DEVNULL
    browser = subprocess.Popen(
        [CHROMIUM, *flags, "--remote-debugging-port=0", *place],
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
    )
    try:
        assert Showing.said.get(timeout=60) == "played_64_66_1"
    finally:
        os.killpg(browser.pid, signal.SIGTERM)  # with what a script that starts it has started
        browser.wait(30)
        server.shutdown()
        server.server_close()


def test_every_kind_of_video_is_one_of_them() -> None:
    videos = [name for name in EXPORTS.names if issubclass(EXPORTS[name], VideoExport)]
    assert sorted(videos) == sorted(FORMATS)
