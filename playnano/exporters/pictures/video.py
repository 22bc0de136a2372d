"""Video: H.264 where it is to play everywhere, Motion JPEG where ImageJ and old Windows are to read it."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playnano.errors import ExportError
from playnano.exporters.encoding.ffmpeg import encode
from playnano.exporters.pictures.base import PROVENANCE_ENDING, PlayedExport, encoded_pictures, file_bytes
from playnano.model import FILE_SIZE
from playnano.rendering.pictures import Pictures
from playnano.stack.stack import AFMImageStack
from playnano.stack.timing import are_regular

Quality = Literal["share", "high", "lossless"]
EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
BT709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
INDEX_IN_FRONT = ["-movflags", "+faststart"]
SAME_BYTES = ["-an", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
GRID_FPS = 50.0
"""Frame rate of a video whose frames differ in duration."""
MOST_GRID_FPS = 100.0
MOST_REPEATS = 20
"""How often the mean frame is repeated at most: frames of a minute each need no tick of 20 ms."""


class VideoExport(PlayedExport):
    """What the kinds of video share.

    All have a constant frame rate, which every player and analysis program understands. For `timing: real`
    with frames that last unequally long, frames are repeated on a grid of 20 ms, or of a twentieth of the
    mean frame where that is longer; rounding is carried over, so that the total time is right.
    """

    quality: Quality = "share"
    """`share`: small, for slides and e-mail; `high`: nearly lossless; `lossless`: exact pixels."""
    max_size: Annotated[str, Field(pattern=FILE_SIZE)] | None = None
    """Maximum file size, such as `10MB`: quality is lowered until it fits."""

    finest: ClassVar[Mapping[Quality, int]]
    """The codec's quantiser for each quality; 0 for a quality that cannot be lowered."""
    coarsest: ClassVar[int]

    @abstractmethod
    def codec(self, quantiser: int) -> list[str]:
        """Options of ffmpeg for the requested quality."""

    def check_movie(self, stack: AFMImageStack) -> None:
        super().check_movie(stack)
        if self.durations(stack).sum() <= 0:
            raise ExportError("the frames' times do not go on: play at a fixed rate (timing: fps)")

    def draw(self, shown: Pictures, path: Path, threads: int) -> tuple[str, ...]:
        """Encode the pictures, a few rendered ahead by threads."""
        fps, repeats, notes = scheduled(self.durations(shown.stack))
        _, height, width = shown.shape
        metadata_options = [*SAME_BYTES, *_metadata(shown, path)]

        def make(quantiser: int) -> int:
            pictures = _repeated(encoded_pictures(shown, lambda picture: picture, threads), repeats)
            options = [*self.codec(quantiser), *metadata_options]
            encode(pictures, shown.palette, (height, width), fps, options, path)
            return path.stat().st_size

        finest = self.finest[self.quality]
        if self.max_size is None:
            make(finest)
            return notes
        quantiser = fitted(make, range(finest, (self.coarsest if finest else 0) + 1), self.max_size, path)
        lowered = f"quality was lowered to fit into {self.max_size}: quantiser {quantiser}, not {finest}"
        return notes if quantiser == finest else (*notes, lowered)


class H264Export(VideoExport):
    """H.264 video: yuv420p in BT.709, sizes made even by a margin, the index in front."""

    finest: ClassVar[Mapping[Quality, int]] = {"share": 20, "high": 12, "lossless": 0}
    coarsest: ClassVar[int] = 51

    def codec(self, quantiser: int) -> list[str]:
        if self.quality == "lossless":
            return ["-c:v", "libx264rgb", "-preset", "veryfast", "-qp", "0", *INDEX_IN_FRONT]
        filters = f"scale=out_color_matrix=bt709:out_range=tv,{EVEN},format=yuv420p"
        lean = ["-x264-params", "rc-lookahead=10:sync-lookahead=0:sliced-threads=0"]
        encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(quantiser), *lean]
        return ["-vf", filters, *encoder, *BT709, *INDEX_IN_FRONT]


class Mp4Export(H264Export):
    """An MP4 video that plays in browsers, slides, QuickTime and phones.

    H.264, yuv420p, BT.709, even sizes, index in front. `lossless` is H.264 in RGB, which ffmpeg, VLC and
    mpv play, but browsers do not.
    """

    extension: ClassVar[str] = ".mp4"
    format: Literal["mp4"] = "mp4"


class MovExport(H264Export):
    """A QuickTime video: the same H.264 as in mp4, for Keynote and Final Cut."""

    extension: ClassVar[str] = ".mov"
    format: Literal["mov"] = "mov"


class MkvExport(H264Export):
    """A Matroska video: H.264, or FFV1 for `lossless`, the codec that archives use."""

    extension: ClassVar[str] = ".mkv"
    format: Literal["mkv"] = "mkv"

    def codec(self, quantiser: int) -> list[str]:
        if self.quality == "lossless":
            return ["-c:v", "ffv1", "-level", "3", "-pix_fmt", "bgr0"]
        return super().codec(quantiser)


class AviExport(VideoExport):
    """An AVI video for ImageJ and for Windows' own players.

    Motion JPEG: Windows Media Player 6 and later and ImageJ's AVI reader open it; ImageJ does not open
    H.264. `lossless` holds PNG pictures with a palette, which ImageJ opens as an 8-bit stack with its
    colours, and Windows does not open.
    """

    finest: ClassVar[Mapping[Quality, int]] = {"share": 3, "high": 1, "lossless": 0}
    coarsest: ClassVar[int] = 31
    extension: ClassVar[str] = ".avi"
    format: Literal["avi"] = "avi"

    def codec(self, quantiser: int) -> list[str]:
        if self.quality == "lossless":  # ImageJ knows the codec by this name, not by ffmpeg's own MPNG
            return ["-c:v", "png", "-pix_fmt", "pal8", "-vtag", "PNG "]
        sampling = "yuvj444p" if self.quality == "high" else "yuvj420p"
        amount = ["-qmin", "1", "-q:v", str(quantiser)]
        return ["-vf", f"{EVEN},format={sampling}", "-c:v", "mjpeg", *amount]


def scheduled(durations: NDArray[np.float64]) -> tuple[float, NDArray[np.int64], tuple[str, ...]]:
    """Frames per second, how often each picture is shown, and notes for the user.

    Parameters
    ----------
    durations : float (frames,)
        How long each frame is to be shown, in s.
    """
    mean = float(durations.mean())
    if are_regular(durations):
        return 1 / mean, np.ones(len(durations), np.int64), ()
    fps = min(max(GRID_FPS, 1 / mean), MOST_REPEATS / mean, MOST_GRID_FPS)
    repeats = _on_grid(durations * fps)
    duration, total = float(durations.sum()), float(repeats.sum()) / fps
    longer = f"frames last {1 / fps:.3g} s at least: the movie takes {total:.2f} s, not {duration:.2f} s"
    return fps, repeats, (longer,) if abs(total - duration) > 1 / fps else ()


def fitted(make: Callable[[int], int], quantisers: range, max_size: str, path: Path) -> int:
    """Write the best video that is small enough, by halving the range of quantisers: seven tries at most.

    Parameters
    ----------
    make : callable
        Writes `path` with a quantiser; returns the number of bytes.
    quantisers : range
        From the best quality to the worst.

    Returns
    -------
    int
        The quantiser taken.

    Raises
    ------
    ExportError
        Where even the worst is too large, with the size reached.
    """
    most, kept = file_bytes(max_size), path.with_name(f"fits.{path.name}")
    quantiser, low, high = quantisers[0], quantisers[0], quantisers[-1]
    best, size = None, 0
    while low <= high:
        size = make(quantiser)
        if size <= most:
            best, high = quantiser, quantiser - 1
            path.replace(kept)
        else:
            low = quantiser + 1
        quantiser = (low + high) // 2
    if best is None:
        raise ExportError(
            f"{size / 1e6:.3g} MB is as small as it gets, not {max_size}: {_advice(quantisers)}"
        )
    kept.replace(path)
    return best


def _advice(quantisers: range) -> str:
    other = "another quality" if len(quantisers) == 1 else "smaller pictures (min_height)"
    return f"raise max_size, or take fewer frames or {other}"


def _on_grid(ends_apart: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers, 1 at least, whose sums follow the sums of those given."""
    counts: list[int] = []
    shown = 0
    for end in np.cumsum(ends_apart).tolist():
        counts.append(max(1, round(end) - shown))
        shown += counts[-1]
    return np.array(counts, np.int64)


def _metadata(shown: Pictures, path: Path) -> list[str]:
    source = shown.stack.provenance.input
    title = f"{source.name}, {shown.stack.channel}" if source else shown.stack.channel
    comment = f"provenance: {path.name}{PROVENANCE_ENDING}"
    return ["-metadata", f"title={title}", "-metadata", f"comment={comment}"]


def _repeated(
    pictures: Iterator[NDArray[np.uint8]], repeats: NDArray[np.int64]
) -> Iterator[NDArray[np.uint8]]:
    for picture, count in zip(pictures, repeats.tolist(), strict=True):
        for _ in range(count):
            yield picture
