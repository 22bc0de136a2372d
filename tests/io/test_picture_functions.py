"""The functions that export pictures."""

import subprocess
import sys
from pathlib import Path

import pytest

from playnano.errors import PlaynanoError
from playnano.io.gif_export import DEFAULT_CMAP, export_gif
from playnano.io.image_sequence_export import export_image_sequence
from playnano.io.video_export import export_video
from playnano.stack.stack import AFMImageStack


def test_unset_limits_mean_auto_over_the_movie(movie: AFMImageStack, tmp_path: Path) -> None:
    plain = export_gif(movie, output_folder=tmp_path / "a", output_name="m", draw_scale_bar=False)
    auto = export_gif(movie, output_folder=tmp_path / "b", output_name="m", draw_scale_bar=False, zmin="auto")
    assert plain is not None
    assert auto is not None
    assert plain.read_bytes() == auto.read_bytes()
    assert DEFAULT_CMAP == "afm_brown"


def test_the_written_path_is_returned(movie: AFMImageStack, tmp_path: Path) -> None:
    levelled = movie.apply("remove_plane")
    folder = tmp_path / "new"
    shared = {"output_folder": str(folder), "output_name": "run_0.5nm", "scale_bar_nm": 20, "draw_ts": False}
    assert export_gif(levelled, **shared) == folder / "run_0.5nm_filtered.gif"
    assert export_gif(levelled, raw=True, **shared) == folder / "run_0.5nm_raw.gif"
    assert export_video(levelled, fmt="mkv", **shared) == folder / "run_0.5nm_filtered.mkv"
    sequence = export_image_sequence(levelled, fmt="png", zmin=0, zmax=3, **shared)
    assert sequence == folder / "run_0.5nm_filtered"
    assert len(list(sequence.iterdir())) == 6


def test_nothing_is_done_unless_asked(movie: AFMImageStack, tmp_path: Path) -> None:
    assert export_gif(movie, make_gif=False, output_folder=tmp_path) is None
    assert export_video(movie, make_video=False, output_folder=tmp_path) is None
    assert export_image_sequence(movie, make_sequence=False, output_folder=tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_unasked(movie: AFMImageStack, tmp_path: Path) -> None:
    for overwrite in (False, True):
        export_image_sequence(movie, output_folder=tmp_path, draw_scale_bar=False, overwrite=overwrite)
    with pytest.raises(PlaynanoError, match="set `overwrite`"):
        export_image_sequence(movie, output_folder=tmp_path, draw_scale_bar=False)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"fps": 0}, "fps: input should be greater than 0"),
        ({"zmin": 5, "zmax": 1}, r"zmin \(5\) must be less than zmax \(1\)"),
        ({"cmap_name": "afm_brwn"}, "did you mean 'afm_brown'"),
        ({"scale_bar_nm": 1e6}, "does not fit"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    movie: AFMImageStack, tmp_path: Path, keywords: dict, message: str
) -> None:
    with pytest.raises(PlaynanoError, match=message):
        export_gif(movie, output_folder=tmp_path, **keywords)
    with pytest.raises(PlaynanoError, match="there is no export format 'wmv'"):
        export_video(movie, output_folder=tmp_path, fmt="wmv")


@pytest.mark.parametrize("module", ["gif_export", "video_export", "image_sequence_export"])
def test_importing_one_of_them_names_our_colormaps_to_matplotlib(module: str) -> None:
    code = (
        f"import playnano.io.{module}, matplotlib; print(len(matplotlib.colormaps['playnano_gold_r'].colors))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "256\n"
