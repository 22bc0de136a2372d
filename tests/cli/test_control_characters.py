"""Text of every source through every command: none steers the terminal, or becomes a tag of a page."""

import json
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gsf_file import field as gsf_field
from gwy_file import field as gwy_field
from gwy_file import nested, part
from ibw_file import wave
from nid_file import nanosurf
from still_files import write_jpk, write_spm
from sxm_file import nanonis
from topostats_file import topostats
from wsxm_file import wsxm

from playnano.exporters import EXPORTS
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.stack.stack import AFMImageStack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names of Windows hold no such characters")

LINE = "x\x1b[2J\x1b]0;y\x07\x9b31m\u202e\u2028<b onx>&\"'"
"""An escape sequence, a title, a C1 control, an override of the direction, a line separator, a tag."""
TEXT = f"{LINE}\rFORGED\nFORGED: done"
SEVEN_BITS = LINE.encode("ascii", "ignore").decode()
NAME = TEXT.replace("/", "")
HEIGHTS = np.random.default_rng(1).normal(size=(2, 16, 16)).astype(np.float32)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def movie(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    return write_sample(path, Sample(frames=2, height=16, width=16, molecules=1))[0]


def bundle(folder: Path, format: str = "npz", **facts: object) -> Path:
    stack = AFMImageStack.from_array(HEIGHTS, pixel_size_nm=2.0, timestamps=[0, 1])
    path = folder / f"a{EXPORTS[format].extension}"
    EXPORTS[format]().write(replace(stack, **facts), path)  # type: ignore[arg-type]
    return path


def with_texts(folder: Path, format: str) -> Path:
    frames = tuple({"timestamp": float(t), TEXT: TEXT, "scan_direction": TEXT} for t in range(2))
    return bundle(folder, format, channel=TEXT, unit=TEXT, frame_metadata=frames, warnings=(TEXT,))


def with_provenance(folder: Path) -> Path:
    """A result whose provenance says what no run writes."""
    stack = AFMImageStack.from_array(HEIGHTS, pixel_size_nm=2.0).apply("remove_plane").apply("mask_threshold")
    path = folder / "a.npz"
    EXPORTS["npz"]().write(stack, path)
    with np.load(path) as file:
        arrays = dict(file)
    made = json.loads(str(arrays["provenance_json"]))
    for record in made["steps"]:
        record |= {"name": TEXT, "step": TEXT, "package": TEXT, "package_version": TEXT}
        record["parameters"] = record["measured"] = {TEXT: [TEXT]}
    made["input"] |= {"name": TEXT, "channel": TEXT, "reader": TEXT, "warnings": [TEXT]}
    made |= {"software": {TEXT: TEXT}, "platform": TEXT, "frame_notes": [TEXT]}
    made["recipe"] = {"version": 1, "input": {"path": TEXT}, "steps": [{"step": TEXT, TEXT: TEXT}], TEXT: 1}
    np.savez(path, **arrays | {"provenance_json": np.array(json.dumps(made))})
    return path


def with_names(folder: Path, old: str) -> Path:
    """A bundle in which a part has another name."""
    from zipfile import ZipFile

    stack = AFMImageStack.from_array(HEIGHTS, pixel_size_nm=2.0).apply("mask_threshold", name="features")
    EXPORTS["npz"]().write(stack.measure("features", mask="features"), folder / "good.npz")
    with ZipFile(folder / "good.npz") as good, ZipFile(folder / "a.npz", "w") as bad:
        for name in good.namelist():
            bad.writestr(name.replace(old, TEXT), good.read(name))
    return folder / "a.npz"


def gwy(folder: Path) -> Path:
    image = gwy_field(HEIGHTS[0].astype(float) * 1e-9, "m")
    odd = gwy_field(HEIGHTS[0].astype(float), LINE)
    title = TEXT.encode() + b"\0"
    fields = (part("/0/data", "o", image), part("/0/data/title", "s", title), part("/1/data", "o", odd))
    more = (
        part("/1/data/title", "s", title),
        part("/0/meta", "o", nested("GwyContainer", part(TEXT, "s", title))),
    )
    return written(folder / "a.gwy", b"GWYP" + nested("GwyContainer", *fields, *more))


IMAGE = np.arange(256).reshape(16, 16)


def recipe(folder: Path, document: dict[str, object]) -> Path:
    return written(folder / f"{NAME}.yaml", json.dumps({"version": 1, **document}).encode())


def latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


SOURCES: dict[str, Callable[[Path], Path]] = {
    "file name": lambda folder: movie(folder / f"{NAME}.asd"),
    "file name of HDF5": lambda folder: movie(folder / f"{NAME}.h5-jpk"),
    "folder name": lambda folder: movie(folder / NAME / "a.asd"),
    "folder of one movie": lambda folder: movie(folder / NAME / "a.asd").parent,
    "file that is missing": lambda folder: folder / NAME,
    "file of another kind": lambda folder: written(folder / f"{NAME}.asd", b"not a movie " + TEXT.encode()),
    "npz": lambda folder: with_texts(folder, "npz"),
    "h5": lambda folder: with_texts(folder, "h5"),
    "tif": lambda folder: with_texts(folder, "tif"),
    "ome-zarr": lambda folder: with_texts(folder, "ome-zarr"),
    "provenance": with_provenance,
    "name of a layer": lambda folder: with_names(folder, "masks__features"),
    "name of a table": lambda folder: with_names(folder, "analysis__features"),
    "name of a column": lambda folder: with_names(folder, "area_nm2"),
    "gwy": gwy,
    "gsf": lambda folder: written(
        folder / "a.gsf", gsf_field(HEIGHTS[0], f"ZUnits = nm\nOwner = {LINE}\n", title=LINE)
    ),
    "gsf, unit": lambda folder: written(folder / "a.gsf", gsf_field(HEIGHTS[0], f"ZUnits = {LINE}\n")),
    "ibw": lambda folder: written(
        folder / "a.ibw",
        wave(("<"), ("HeightTrace", latin(LINE)[:20]), f"ScanRate: 2\r{latin(LINE)}: {latin(LINE)}\r"),
    ),
    "nid": lambda folder: written(folder / "a.nid", nanosurf(second=latin(LINE), image=IMAGE)),
    "sxm": lambda folder: written(folder / "a.sxm", nanonis(unit=latin(LINE), forward=IMAGE / 7)),
    "wsxm": lambda folder: written(folder / "a.stp", wsxm(time=latin(LINE), way=latin(LINE))),
    "spm": lambda folder: write_spm(folder / "a.spm", date=latin(LINE)),
    "jpk": lambda folder: write_jpk(
        folder / "a.jpk", channels=(("height", 0, "m"), (SEVEN_BITS, 0, SEVEN_BITS)), start=SEVEN_BITS
    ),
    "topostats": lambda folder: topostats(
        folder / "a.topostats", IMAGE / 7, **{LINE: LINE, "img_path": TEXT}
    ),
    "recipe": lambda folder: recipe(folder, {"steps": [{"step": TEXT, TEXT: TEXT}], TEXT: TEXT}),
    "recipe with paths": lambda folder: recipe(
        folder,
        {
            "input": {"path": TEXT},
            "steps": [{"step": "mask_file", "path": TEXT}],
            "output": {"folder": NAME, "name": NAME},
            "exports": [{"format": "npz"}],
        },
    ),
    "no YAML": lambda folder: written(folder / f"{NAME}.yaml", f"version: 1\n{TEXT}: [\n".encode()),
    "list of movies": lambda folder: written(folder / "a.csv", f"movie,mark\n{LINE},good\n".encode()),
}
"""Maker of a file, or its path, with such text in each place where a user can meet it."""

STATED = "--overwrite --unit nm --pixel-size-nm 2 --frame-interval-s 1"
COMMANDS = [
    "info FILE",
    "info FILE --json",
    "info FILE --channel TEXT --reader TEXT",
    f"process FILE --processing remove_plane --export npz report gif csv {STATED}",
    f"process FILE ok.asd --processing gaussian_filter --export npz report {STATED}",
    "process FILE --processing remove_plane --export npz --plan --unit nm",
    "process FILE --processing TEXT --export TEXT --channel TEXT",
    "process FILE --print-recipe --processing remove_plane --export npz",
    f"analyze FILE --processing mask_threshold:name=m --analysis features:mask=m {STATED}",
    "convert FILE out.h5 --overwrite",
    "run FILE ok.asd",
    "run recipe.yaml FILE --overwrite",
    "run recipe.yaml --from FILE",
    "check FILE",
    "verify FILE",
    "recipe FILE",
    "view FILE",
]
ALONE = [
    "sample TEXT.npz --frames 2 --size 16",
    "sample TEXT --frames 2 --size 16",
    "steps TEXT",
    "measures TEXT",
    "formats TEXT",
    "recipe TEXT",
    "schema TEXT",
    "run recipe.yaml ok.asd --set TEXT=TEXT",
    "run recipe.yaml ok.asd --output-folder TEXT --output-name TEXT",
    "run recipe.yaml ok.asd --pattern TEXT",
    "process ok.asd --TEXT",
    "TEXT",
]


def check_clean(text: str, source: str) -> None:
    assert all(c.isprintable() or c == "\n" for c in text), (source, repr(text))
    assert not [line for line in text.split("\n") if line.startswith("FORGED")], (source, repr(text))
    assert "Traceback" not in text, (source, text)


LONG = "a" * 300


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    "command",
    [
        "info LONG",
        "process LONG --export npz",
        "convert LONG b.npz",
        "convert ok.asd LONG.npz",
        "analyze LONG --processing mask_threshold --analysis features:mask=particles",
        "verify LONG",
        "verify ok.asd LONG",
        "check LONG",
        "recipe LONG",
        "view LONG",
        "view ok.asd --recipe LONG",
        "run LONG ok.asd",
        "run recipe.yaml LONG",
        "run recipe.yaml LONG ok.asd",
        "run recipe.yaml --from LONG",
        "run recipe.yaml ok.asd --output-folder LONG",
        "run recipe.yaml ok.asd --output-name LONG",
        "process ok.asd --processing remove_plane --save-recipe LONG.yaml",
        "process ok.asd --processing mask_from_file:path=LONG",
        "sample LONG.npz",
    ],
)
def test_a_name_that_is_too_long(playnano, folder: Path, command: str) -> None:
    movie(folder / "ok.asd")
    done = playnano(*(word.replace("LONG", LONG) for word in command.split(" ")))
    assert done.exit_code in (1, 2), done.output
    check_clean(done.output, command)


def check_pages(folder: Path, source: str) -> None:
    """Reports, tables and sheets that were written."""
    for path in (
        p for p in folder.rglob("*") if p.suffix in (".html", ".csv", ".json", ".svg") and p.name != "a.csv"
    ):
        text = path.read_text(encoding="utf-8")
        assert "<b onx" not in text or path.suffix in (".csv", ".json"), (source, path)
        odd = [c for c in set(text) if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t"]
        assert not odd, (source, path, odd)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer that opens its first movie and ends, as far as the terminal is concerned."""
    pytest.importorskip("starlette", reason="the extra 'view' is not installed")
    from playnano.viewer import serving
    from playnano.viewer.session import Session

    def serve(session: Session, *rest: object, **more: object) -> None:
        session.develop(0, session.recipe(session.recipe_text))
        session.close()

    monkeypatch.setattr(serving, "serve", serve)


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("source", SOURCES)
def test_text_of_every_source_through_every_command(playnano, folder: Path, source: str) -> None:
    path = SOURCES[source](folder)
    movie(folder / "ok.asd")
    for command in COMMANDS:
        words = [word.replace("FILE", str(path)).replace("TEXT", TEXT) for word in command.split(" ")]
        check_clean(playnano(*words).output, f"{source}: {command}")
    check_pages(folder, source)


@pytest.mark.parametrize("command", ALONE)
def test_text_of_the_command_line(playnano, folder: Path, command: str) -> None:
    movie(folder / "ok.asd")
    check_clean(playnano(*(word.replace("TEXT", TEXT) for word in command.split(" "))).output, command)
    check_pages(folder, command)
