"""The same command again: what is done is skipped, and why the rest is not."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from batches import RECIPE, contents, results, rows, run, status

from playnano.batch.fingerprints import Fingerprint, files_crc32
from playnano.steps.levelling import RemovePlane

ALL = ("scan2.asd", "scan10.asd")


@pytest.fixture(autouse=True)
def flat(folder: Path) -> None:
    """Two movies in one folder, whose bytes differ."""
    shutil.rmtree(folder / "tree/day")
    with Path("tree/scan10.asd").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\1")


def reason(name: str = "scan2.asd") -> str:
    done, why = status()[name]
    assert done == "done"
    return why


def test_what_is_done_is_skipped() -> None:
    assert run("tree").exit_code == 0
    times = {name: Path("output", name).stat().st_mtime_ns for name in results()}
    first = {row["movie"]: row for row in rows()}
    done = run("tree")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "2 movies: 0 done, 2 skipped, 0 failed" in done.stdout
    assert "--again runs it again" in done.stdout
    assert set(status().values()) == {("skipped", "done before, and unchanged")}
    for row in rows():
        assert (row["frames"], row["outputs"]) == (
            first[row["movie"]]["frames"],
            first[row["movie"]]["outputs"],
        )
    assert {name: Path("output", name).stat().st_mtime_ns for name in results()} == times


def test_a_plan_knows_what_is_done(tiny: bytes) -> None:
    run("tree")
    Path("tree/scan2.asd").write_bytes(tiny[:-1] + b"\3")
    planned = run("tree --plan")
    assert (planned.exit_code, planned.stderr) == (0, "")
    assert "2 movies: 1 done, 1 skipped, 0 failed" in planned.stdout
    assert "2 movies: 2 done, 0 failed" in run("tree --plan --again").stdout


def test_again_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run("tree")
    before = contents()
    assert "2 movies: 2 done, 0 failed" in run("tree --again").stdout
    assert contents() == before


def test_a_new_movie_is_added() -> None:
    run("tree --pattern scan2.asd")
    run("tree")
    assert status() == {"scan2.asd": ("skipped", "done before, and unchanged"), "scan10.asd": ("done", "")}


def test_an_input_that_changed(tiny: bytes) -> None:
    run("tree")
    Path("tree/scan2.asd").write_bytes(tiny[:-1] + b"\3")
    assert "(the input changed)" in run("tree").stdout
    assert reason() == "the input changed"
    assert status()["scan10.asd"][0] == "skipped"


def test_a_changed_output_is_read_once_to_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    run("tree")
    edited()
    read: list[str] = []

    def reading(files: Sequence[Path]) -> str:
        read.extend(file.name for file in files)
        return files_crc32(files)

    monkeypatch.setattr("playnano.batch.fingerprints.files_crc32", reading)
    assert "1 kept" in run("tree --plan").stdout
    assert read == ["scan2_filtered.npz"]


@pytest.mark.parametrize("which", ["tree/scan2.asd", "output/scan2_filtered.npz"])
def test_a_file_that_was_only_copied_is_the_same(which: str) -> None:
    run("tree")
    os.utime(which, ns=(1, 1))
    run("tree")
    assert {state for state, _ in status().values()} == {"skipped"}
    lines = Path("output/.playnano/state.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["event"] == "done"
    run("tree")  # its new time is remembered: nothing is read
    assert len(Path("output/.playnano/state.jsonl").read_text(encoding="utf-8").splitlines()) == len(lines)


def test_an_output_that_is_missing() -> None:
    run("tree")
    Path("output/scan2_filtered.npz").unlink()
    run("tree")
    assert reason() == "scan2_filtered.npz is missing"


def edited(name: str = "scan2_filtered.npz") -> bytes:
    file = Path("output", name)
    file.write_bytes(file.read_bytes()[:-5] + b"mine!")
    return file.read_bytes()


def frames_of(movie: str) -> str:
    return next(row["frames"] for row in rows() if Path(row["movie"]).name == movie)


@pytest.mark.parametrize("more", ["", " --again", " --workers 2", " --plan"])
def test_an_output_that_was_changed_is_kept(more: str) -> None:
    run("tree")
    frames, mine = frames_of("scan2.asd"), edited()
    done = run("tree" + more)
    assert done.exit_code == 1
    assert "output/scan2_filtered.npz was changed after it was written and is kept" in done.stderr
    assert "(--overwrite)" in done.stderr
    assert "1 kept" in done.stdout
    assert contents()["scan2_filtered.npz"] == mine
    if "--plan" not in more:
        assert status()["scan2.asd"][0] == "kept"
        assert "was changed" in {Path(row["movie"]).name: row["error"] for row in rows()}["scan2.asd"]
        assert frames_of("scan2.asd") == frames != ""


def test_a_changed_output_is_kept_whatever_else_changed(tiny: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    run("tree")
    mine = edited()
    for content in (tiny[:-1] + b"\3", b"", tiny):
        Path("tree/scan2.asd").write_bytes(content)
        assert run("tree").exit_code == 1
        assert contents()["scan2_filtered.npz"] == mine
    monkeypatch.setattr(RemovePlane, "revision", RemovePlane.revision + 1)
    assert (run("tree").exit_code, contents()["scan2_filtered.npz"]) == (1, mine)


def test_a_changed_output_is_replaced_where_that_is_allowed() -> None:
    run("tree")
    mine = edited()
    assert run("tree --overwrite").exit_code == 0
    assert reason() == "scan2_filtered.npz changed"
    assert status()["scan10.asd"][0] == "skipped"
    assert contents()["scan2_filtered.npz"] != mine
    assert "2 skipped" in run("tree").stdout


@pytest.mark.parametrize("which", ["tree/scan2.asd", "output/scan2_filtered.npz"])
def test_another_file_of_the_same_size_and_time_is_noticed(which: str) -> None:
    """As `cp -p` or `touch -r` leave it."""
    run("tree")
    file = Path(which)
    before, content = file.stat(), file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    run("tree")
    assert status()["scan2.asd"] == (
        ("done", "the input changed") if which[0] == "t" else ("kept", "scan2_filtered.npz changed")
    )


@pytest.mark.parametrize("name", ["summary.csv", "summary.json", "contact.html"])
@pytest.mark.parametrize("more", ["", " --overwrite", " --plan"])
def test_a_file_in_the_place_of_the_table_is_kept(name: str, more: str) -> None:
    file = Path("output", name)
    file.parent.mkdir()
    file.write_text("movie,my remarks\n", encoding="utf-8")
    done = run("tree" + more)
    assert done.exit_code == 1
    assert f"output/{name} is in the way: it is not as playnano writes it" in done.stderr
    assert file.read_text(encoding="utf-8") == "movie,my remarks\n"
    assert results() == []
    file.unlink()
    file.mkdir()
    assert (run("tree" + more).exit_code, file.is_dir()) == (1, True)


def test_what_a_file_manager_leaves_in_a_folder_is_no_change() -> None:
    Path("recipe.yaml").write_text(RECIPE.replace("npz", "gsf"), encoding="utf-8")
    assert run("tree").exit_code == 0
    folder = Path("output/scan2_filtered")
    (folder / ".DS_Store").write_bytes(b"made by looking at the folder")
    assert "2 skipped" in run("tree").stdout
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert (run("tree").exit_code, status()["scan2.asd"][0]) == (1, "kept")
    refused = run("tree --overwrite")
    assert "holds files that playnano did not write (notes.txt)" in refused.stderr
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_link_to_nothing_is_not_replaced() -> None:
    Path("output").mkdir()
    for name in ("summary.csv", "scan2_filtered.npz"):
        link = Path("output", name)
        link.symlink_to("nowhere")
        for more in ("", " --plan"):
            assert run("tree" + more).exit_code == 1
        assert link.is_symlink()
        link.unlink()


@pytest.mark.parametrize("name", ["summary.csv", "summary.json", "contact.html"])
def test_a_table_that_was_edited_is_kept(name: str) -> None:
    run("tree")
    file = Path("output", name)
    mine = file.read_text(encoding="utf-8") + "a remark"
    file.write_text(mine, encoding="utf-8")
    done = run("tree")
    assert done.exit_code == 1
    assert f"output/{name} was changed after it was written; rename it" in done.stderr
    assert file.read_text(encoding="utf-8") == mine
    assert run("tree --overwrite").exit_code == 0
    assert "a remark" not in file.read_text(encoding="utf-8")
    shutil.rmtree("output/.playnano")  # then it is known by its beginning alone
    assert "exists" in run("tree").stderr


def test_a_step_of_another_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    run("tree")
    was = RemovePlane.revision
    monkeypatch.setattr(RemovePlane, "revision", was + 1)
    run("tree")
    assert reason() == f"step remove_plane has revision {was + 1}, was revision {was}"


def test_a_playnano_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    from playnano import registry
    from playnano.batch import resuming

    run("tree")
    real = resuming.package_version
    for module in (resuming, registry):
        monkeypatch.setattr(module, "package_version", lambda name: "99.0")
    run("tree")
    assert reason() == f"playnano 99.0, was {real('playnano')}"


def test_a_file_that_a_step_reads(folder: Path) -> None:
    import numpy as np

    np.save("mask.npy", np.eye(16, dtype=bool))
    text = RECIPE.replace("[{step:", "[{step: mask_from_file, path: mask.npy}, {step:")
    Path("recipe.yaml").write_text(text, encoding="utf-8")
    assert run("tree").exit_code == 0
    np.save("mask.npy", ~np.eye(16, dtype=bool))
    run("tree")
    assert reason() == "mask.npy changed"


def test_another_recipe_overwrites_nothing_unasked() -> None:
    run("tree")
    before = contents()
    done = run("tree --set steps.1.step=row_median_align")
    assert done.exit_code == 1
    assert done.stderr.count("exists") == done.stderr.count("(the recipe changed)") == 2
    assert contents() == before
    assert run("tree --set steps.1.step=row_median_align --overwrite").exit_code == 0
    assert reason() == "the recipe changed"
    assert contents() != before


def test_another_recipe_beside_the_first() -> None:
    run("tree")
    assert run("tree --output-name {input}_b").exit_code == 0
    assert len(results()) == 4
    assert "2 skipped" in run("tree").stdout
    assert "2 skipped" in run("tree --output-name {input}_b").stdout


def test_a_movie_that_failed_is_tried_again(tiny: bytes) -> None:
    Path("tree/scan2.asd").write_bytes(b"")
    assert run("tree").exit_code == 1
    assert "(it failed in the last run)" in run("tree").stderr
    Path("tree/scan2.asd").write_bytes(tiny)
    assert run("tree").exit_code == 0
    assert reason() == "it failed in the last run"


def test_an_incomplete_movie_stays_in_the_table(tiny: bytes) -> None:
    Path("tree/scan2.asd").write_bytes(tiny[:-100])
    run("tree")
    assert status()["scan2.asd"][0] == "incomplete"
    assert "scan2.asd" in run("tree").stdout
    assert status()["scan2.asd"][0] == "skipped"


def test_a_file_of_another_program_is_not_ours() -> None:
    run("tree --pattern scan10.asd")
    Path("output/scan2_filtered.npz").write_text("precious", encoding="utf-8")
    for _ in range(2):
        assert run("tree").exit_code == 1
        assert Path("output/scan2_filtered.npz").read_text(encoding="utf-8") == "precious"


def test_inputs_and_results_moved_together() -> None:
    run("tree")
    Path("moved").mkdir()
    for name in ("tree", "output", "recipe.yaml"):
        Path(name).rename(f"moved/{name}")
    os.chdir("moved")
    assert "2 skipped" in run("tree").stdout


@pytest.mark.parametrize("line", [b'{"event": "beg', b"\xff\xfe", b"[]", b'{"event": "done"}', b"null"])
def test_a_torn_line_costs_nothing_where_it_is_of_no_movie(line: bytes) -> None:
    run("tree")
    state = Path("output/.playnano/state.jsonl")
    state.write_bytes(state.read_bytes() + line)
    assert "2 skipped" in run("tree").stdout
    assert "2 skipped" in run("tree").stdout


def test_a_torn_line_costs_one_movie_at_most() -> None:
    run("tree")
    state = Path("output/.playnano/state.jsonl")
    lines = state.read_bytes().splitlines(keepends=True)
    state.write_bytes(b"".join(lines[:-1]) + lines[-1][:-20])  # of the last movie, only its beginning is left
    assert "2 movies: 1 done, 1 skipped" in run("tree").stdout
    assert "2 skipped" in run("tree").stdout


def test_folders_of_images_are_compared_file_by_file(tmp_path: Path) -> None:
    from gsf_file import field

    for index in range(3):
        Path("stills").mkdir(exist_ok=True)
        Path(f"stills/{index}.gsf").write_bytes(field())
    Path("stills/notes.txt").write_text("no image", encoding="utf-8")
    assert run("stills tree").exit_code == 0
    Path("stills/notes.txt").write_text("still no image", encoding="utf-8")
    assert "3 skipped" in run("stills tree").stdout
    Path("stills/3.gsf").write_bytes(field())
    run("stills tree")
    assert status()["stills"] == ("done", "the input changed")


def test_images_of_a_folder_that_change_their_names_are_run_again(tmp_path: Path) -> None:
    """Their names are the order of the frames."""
    for name in ("b.gsf", "a.gsf"):
        (tmp_path / name).write_bytes(name.encode())
    files = [tmp_path / "a.gsf", tmp_path / "b.gsf"]
    before = Fingerprint.of(files)
    assert before.still(files) == before
    files[0].rename(tmp_path / "c.gsf")
    assert before.still([tmp_path / "b.gsf", tmp_path / "c.gsf"]) is None


def test_shards_that_begin_while_another_writes_the_table_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the other writes is noted before it is there, and the notes are read after it."""
    from playnano.batch import overview
    from playnano.batch.shards import Shard

    run("tree")
    real = overview.stored_tables

    def meanwhile(folder: Path) -> dict[str, set[str]]:
        text = Path("output/summary.csv").read_text(encoding="utf-8")
        overview.write_files(folder, Shard(1, 2), {"summary.csv": text + "another.asd,done,,,,,\n"})
        return real(folder)

    monkeypatch.setattr(overview, "stored_tables", meanwhile)
    overview.refuse_others(Path("output"))
