"""A folder of tables is replaced only where it holds nothing but tables of playnano."""

from pathlib import Path

import pytest

from playnano.errors import ExportError
from playnano.exporters import Export
from playnano.exporters.tables.csv_table import CsvExport
from playnano.exporters.tables.parquet_table import ParquetExport
from playnano.exporters.tables.plots import PlotsExport
from playnano.runner.writing import PlannedFile, write_exports
from playnano.stack.stack import AFMImageStack
from playnano.testing.examples import example_movie


@pytest.fixture(scope="module")
def measured() -> AFMImageStack:
    return example_movie(masked=False).apply("remove_plane").measure("temporal_maps").measure("roughness")


@pytest.mark.parametrize(("export", "ending"), [(CsvExport(), ".csv"), (ParquetExport(), ".parquet")])
def test_a_table_of_another_program_is_not_replaced(
    export: Export, ending: str, measured: AFMImageStack, tmp_path: Path
) -> None:
    if isinstance(export, ParquetExport):
        pytest.importorskip("pyarrow")
    planned = [PlannedFile(export, tmp_path / export.file_name("run", True))]
    (folder,) = write_exports(measured, planned).outputs
    (folder / ".DS_Store").write_bytes(b"made by looking at the folder")
    assert write_exports(measured, planned, overwrite=True).outputs == (folder,)
    (folder / f"mine{ending}").write_bytes(b"a,b\n1,2\n")
    before = sorted(file.name for file in folder.iterdir())
    with pytest.raises(ExportError, match=rf"holds files that playnano did not write \(mine{ending}\)"):
        write_exports(measured, planned, overwrite=True)
    assert sorted(file.name for file in folder.iterdir()) == before


@pytest.mark.parametrize("image", ["png", "svg", "pdf"])
def test_a_figure_of_another_program_is_not_replaced(image: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    measured = example_movie(masked=False).measure("roughness")  # one figure: they take a while to draw
    planned = [PlannedFile(PlotsExport(image=image, dpi=72), tmp_path / "run_plots")]
    (folder,) = write_exports(measured, planned).outputs
    (folder / ".DS_Store").write_bytes(b"made by looking at the folder")
    assert write_exports(measured, planned, overwrite=True).outputs == (folder,)
    mine = folder / f"mine.{image}"
    mine.write_bytes(b"a figure of another program")
    with pytest.raises(ExportError, match=rf"holds files that playnano did not write \(mine\.{image}\)"):
        write_exports(measured, planned, overwrite=True)
    assert mine.read_bytes() == b"a figure of another program"
