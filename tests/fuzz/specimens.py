"""Files to damage, by the reader that opens them: made on the spot, and real ones where they are at hand."""

import os
from pathlib import Path

from playnano.errors import PlaynanoError
from playnano.exporters import EXPORTS
from playnano.readers import READERS
from playnano.readers.finding import find_movie
from playnano.readers.opening import open_movie
from playnano.sample.files import write_sample
from playnano.sample.movie import Sample
from playnano.stack.spool import spool

LARGEST_BYTES = 4_000_000


def specimens(folder: Path, *, real: bool = True) -> dict[str, list[Path]]:
    """Files by the name of the reader that opens them.

    Parameters
    ----------
    folder : Path
        Where files are made.
    real : bool
        Those of PLAYNANO_TEST_DATA too.
    """
    by_reader: dict[str, list[Path]] = {name: [] for name in READERS.builtins}
    for path in (*_samples(folder), *_made(folder), *(_real() if real else ())):
        try:
            reader = find_movie(path)[1].name
            open_movie(path, unit="nm", hashed=False)
        except PlaynanoError:
            continue
        by_reader[reader].append(path)
    return by_reader


def _made(folder: Path) -> list[Path]:
    """One file of each maker, by the writers that the tests of the readers use."""
    from aris_file import write_aris
    from gsf_file import field
    from gwy_file import gwyddion
    from ibw_file import wave
    from nid_file import nanosurf
    from still_files import write_jpk, write_spm
    from sxm_file import nanonis
    from topostats_file import topostats
    from wsxm_file import wsxm

    made = {"gsf": field(), "gwy": gwyddion(), "ibw": wave(), "nid": nanosurf(), "stp": wsxm(kind="double")}
    made |= {"sxm": nanonis()}
    for ending, content in made.items():
        (folder / f"made.{ending}").write_bytes(content)
    write_aris(folder / "made.aris")
    write_jpk(folder / "made.jpk")
    write_spm(folder / "made.spm")
    topostats(folder / "made.topostats")
    return sorted(folder.glob("made.*"))


def _samples(folder: Path) -> list[Path]:
    sample = Sample(frames=3, height=16, width=24, molecules=2)
    movies = [write_sample(folder / f"sample{suffix}", sample)[0] for suffix in (".asd", ".h5-jpk")]
    return [*movies, *_converted(movies[0], folder)]


def _converted(movie: Path, folder: Path) -> list[Path]:
    """The movie, with layers and a mask, in every format that playnano writes and reads."""
    levelled = open_movie(movie).apply("remove_plane")
    stack = spool(levelled.apply("mask_threshold", threshold=1.0, name="high"))
    converted = []
    for name in EXPORTS.builtins:
        export = EXPORTS[name]()
        if "heights" in export.preserves:
            path = folder / export.file_name(f"sample_{name}", False)
            export.write(stack, path)
            converted.append(min(path.iterdir()) if name == "gsf" else path)
    return converted


def _real() -> list[Path]:
    folder = os.environ.get("PLAYNANO_TEST_DATA")
    files = sorted(Path(folder).rglob("*")) if folder else []
    return [path for path in files if path.is_file() and path.stat().st_size <= LARGEST_BYTES]
