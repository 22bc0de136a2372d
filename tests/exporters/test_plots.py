"""Figures of tables: one for each that has one, the same bytes each time."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playnano.exporters import EXPORTS
from playnano.exporters.tables.drawings import DRAWINGS
from playnano.kernels.survival import survival
from playnano.measurements import MEASURES
from playnano.measurements.measuring import measured
from playnano.reference.pages import example_measure
from playnano.stack.stack import AFMImageStack
from playnano.testing import particles_movie


def all_measured(stack: AFMImageStack) -> AFMImageStack:
    return measured(stack, [example_measure(MEASURES[name]) for name in MEASURES.builtins])


@pytest.fixture(scope="module")
def stack() -> AFMImageStack:
    return all_measured(particles_movie())


def write(stack: AFMImageStack, folder: Path, **settings: object) -> dict[str, bytes]:
    EXPORTS.make("plots", settings).write(stack, folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_measure_with_a_figure_has_one(stack: AFMImageStack, tmp_path: Path) -> None:
    files = write(stack, tmp_path / "plots", dpi=72)
    assert {Path(name).stem for name in files} >= set(DRAWINGS)
    assert set(DRAWINGS) <= set(MEASURES.builtins)


@pytest.mark.parametrize("image", ["png", "svg", "pdf"])
def test_figures_are_the_same_each_time(stack: AFMImageStack, tmp_path: Path, image: str) -> None:
    few = measured(particles_movie(), [MEASURES.make("roughness", {}), MEASURES.make("features", {})])
    once, again = (write(few, tmp_path / name, image=image) for name in ("once", "again"))
    assert once == again
    assert set(once) == {f"roughness.{image}", f"features.{image}"}


def test_a_figure_is_as_wide_as_asked_for(stack: AFMImageStack, tmp_path: Path) -> None:
    write(
        measured(particles_movie(), [MEASURES.make("roughness", {})]), tmp_path / "p", width_mm=50.8, dpi=100
    )
    with Image.open(tmp_path / "p" / "roughness.png") as image:
        assert image.size[0] == 200


def test_fonts_of_a_pdf_are_embedded_as_letters(tmp_path: Path) -> None:
    files = write(measured(particles_movie(), [MEASURES.make("roughness", {})]), tmp_path / "p", image="pdf")
    assert b"/FontFile2" in files["roughness.pdf"]


def test_tables_without_rows_have_figures_that_say_so(tmp_path: Path) -> None:
    nothing = all_measured(particles_movie(1, masked=False))
    assert {Path(name).stem for name in write(nothing, tmp_path / "plots", dpi=72)} >= set(DRAWINGS)


def test_survival_is_that_of_kaplan_and_meier() -> None:
    durations = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
    times, share = survival(durations, np.array([False, False, True, False, True]))
    np.testing.assert_allclose(times, [0, 1, 2, 3])
    np.testing.assert_allclose(share, [1, 0.8, 0.6, 0.3])
