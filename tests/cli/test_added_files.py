"""Files that a user put into a folder of results, or beside them, are a reason to refuse, not to replace."""

import shutil
from pathlib import Path

import pytest

RUN = ("process", "movie.asd", "--processing", "mask_threshold:threshold=3; remove_plane", "--overwrite")


def test_files_of_a_tree_that_are_no_movies_by_their_names(folder: Path, playnano) -> None:
    Path("tree/deep").mkdir(parents=True)
    movie = Path("movie.asd").read_bytes()
    for name in ("a.asd", "deep/b.asd", "c.asd.txt", "deep/d.asd (1)"):
        Path("tree", name).write_bytes(movie)
    done = playnano("run", "recipe.yaml", "tree", "--quiet")
    named = "not movies by their names, so not read: tree/c.asd.txt, tree/deep/d.asd (1)"
    assert (done.exit_code, named in " ".join(done.stderr.split())) == (0, True)
    assert playnano("run", "recipe.yaml", "tree", "--pattern", "a*", "--output-folder", "b").stderr == ""


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture
def zarr_folder(folder: Path, playnano) -> Path:
    pytest.importorskip("zarr")
    assert playnano(*RUN, "--export", "ome-zarr").exit_code == 0
    (written,) = (folder / "output").glob("*.zarr")
    return written


def test_what_playnano_wrote_is_replaced(zarr_folder: Path, playnano) -> None:
    assert any(name.startswith("labels/") for name in tree(zarr_folder))
    (zarr_folder / ".DS_Store").write_bytes(b"left by a file manager")
    assert playnano(*RUN, "--export", "ome-zarr").exit_code == 0


@pytest.mark.parametrize(
    "name", ["notes.txt", "0/notes.txt", "1/zarr.json", "labels/mine/zarr.json", "0/c/0/0/mine", "ours/0.npy"]
)
def test_what_was_put_into_an_ome_zarr_folder_is_kept(name: str, zarr_folder: Path, playnano) -> None:
    file = zarr_folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}", encoding="utf-8")
    before = tree(zarr_folder)
    result = playnano(*RUN, "--export", "ome-zarr")
    assert result.exit_code == 1
    assert f"holds files that playnano did not write ({name}); choose another name" in result.stderr
    assert tree(zarr_folder) == before


def test_a_link_in_an_ome_zarr_folder_is_kept(zarr_folder: Path, playnano) -> None:
    (zarr_folder / "1").symlink_to(zarr_folder.parent, target_is_directory=True)
    result = playnano(*RUN, "--export", "ome-zarr")
    assert (result.exit_code, "(1 (a link))" in result.stderr) == (1, True)


def test_a_folder_is_not_replaced_by_a_file(folder: Path, playnano) -> None:
    (folder / "new.h5.truth.json").mkdir()
    (folder / "new.h5.truth.json/mine").write_text("precious", encoding="utf-8")
    result = playnano("sample", "new.h5", "--frames", "2", "--size", "8", "--overwrite")
    assert result.exit_code == 1
    assert "new.h5.truth.json is a folder: choose another name" in result.stderr
    assert (folder / "new.h5.truth.json/mine").read_text(encoding="utf-8") == "precious"
    assert not (folder / "new.h5").exists()


@pytest.mark.parametrize("there", [True, False])
def test_of_a_link_the_link_alone_is_replaced(there: bool, folder: Path, playnano) -> None:
    if there:
        (folder / "mine.npz").write_text("precious", encoding="utf-8")
    (folder / "output").mkdir()
    link = folder / "output/movie_filtered.npz"
    link.symlink_to("../mine.npz")
    line = ("process", "movie.asd", "--processing", "remove_plane", "--export", "npz")
    refused = playnano(*line)
    assert (refused.exit_code, "exists; set `overwrite`" in refused.stderr) == (1, True)
    assert link.is_symlink()
    assert playnano(*line, "--overwrite").exit_code == 0
    assert not link.is_symlink()
    assert [file.read_text(encoding="utf-8") for file in folder.glob("mine.npz")] == ["precious"] * there


def test_labels_of_another_program_are_kept(zarr_folder: Path, playnano) -> None:
    (mine,) = [path for path in (zarr_folder / "labels").iterdir() if path.is_dir()]
    shutil.copytree(mine, mine.with_name("cells"))
    text = (mine / "zarr.json").read_text(encoding="utf-8")
    (mine.with_name("cells") / "zarr.json").write_text(
        text.replace("label-value", "label_value"), encoding="utf-8"
    )
    result = playnano(*RUN, "--export", "ome-zarr")
    assert (result.exit_code, "(labels/cells/" in result.stderr) == (1, True)
    assert (mine.with_name("cells") / "zarr.json").is_file()


def test_what_was_put_into_a_folder_of_measured_images_is_named(folder: Path, playnano) -> None:
    line = (*RUN, "--analysis", "temporal_maps", "--set", "exports.1.of=temporal_maps", "--export", "npz")
    assert playnano(*line).exit_code == 0
    (written,) = (folder / "output").glob("*_temporal_maps_npz")
    assert playnano(*line).exit_code == 0
    (written / "mine.npz").write_bytes(b"")
    result = playnano(*line)
    assert result.exit_code == 1
    assert "holds files that playnano did not write (mine.npz)" in result.stderr
