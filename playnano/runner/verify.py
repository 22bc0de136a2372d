"""Run the recipe in a result again, and say whether it gives all that the result holds."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playnano.errors import PlaynanoError, RecipeError
from playnano.exporters import EXPORTS, Export
from playnano.filenames import readable
from playnano.recipe.reading import read_recipe
from playnano.recipe.recipe import Recipe
from playnano.recipe.yamltext import dump
from playnano.runner.contents import CHANGED, contents, differences, of_frames
from playnano.runner.made import Made, made_of, picture_contents
from playnano.runner.running import run_movie
from playnano.runner.writing import Report, RunOutcome, quiet
from playnano.stack.edited import edited_inputs
from playnano.stack.environment import software
from playnano.stack.hashing import file_sha256, images_sha256, json_sha256
from playnano.stack.provenance import Provenance, Record
from playnano.stack.workfolder import half_placed

FORMATS = {"h5": "h5", "npz": "npz", "ome-tiff": "tif", "ome-zarr": "ome-zarr"}
"""The format that each reader of bundles opens."""
_NOT_OF_THE_RESULT = frozenset(
    {"run", "software", "platform", "recipe", "recipe_sha256", "steps", "contents", "history"}
)


@dataclass(frozen=True)
class Verdict:
    """Whether a result can be reproduced, and the differences."""

    reproduced: bool
    findings: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    """What to know of the file, whether it is reproduced or not."""
    lists_contents: bool = True
    """Whether the file says which layers and tables it held; else one may have been removed unnoticed."""


def recipe_in(bundle: Path) -> Recipe:
    """The recipe that a bundle or a picture was made with, ready to run.

    Raises
    ------
    PlaynanoError
        Where the file is not a result of playnano or holds no recipe.
    """
    return _recipe(made_of(bundle))


def verify(
    bundle: Path, movie: Path | None = None, *, threads: int | None = None, report: Report = quiet
) -> Verdict:
    """Run a result's recipe again, write the file again, and compare all that the two hold.

    Every array, text and number of a bundle is compared: images, layers, masks, pixel sizes, times, units,
    metadata, recipe and the record of each step; of pictures every pixel. When and by what software it was
    made may differ.

    Parameters
    ----------
    bundle : Path
        A bundle; or pictures, or the `.provenance.json` beside them.
    movie : Path, optional
        The movie it was made from; by default searched beside it.

    Raises
    ------
    PlaynanoError
        Where there is nothing to compare: no recipe, no movie.
    """
    made = made_of(bundle)
    recipe = _recipe(made)
    movie = movie or _beside(bundle, made.provenance)
    changed = [] if not movie.is_file() else _changed_input(movie, made.provenance, file_sha256(movie))
    export = _export(made, recipe)
    with TemporaryDirectory(prefix="playnano-") as folder:
        try:
            again = _again(recipe, export, made.path.name, movie, Path(folder), threads, report)
        except PlaynanoError as error:
            if not changed:
                raise
            return Verdict(False, (*changed, f"the recipe cannot be run on it: {error}"))
        source = again.stack.provenance.input
        changed = changed or _changed_input(movie, made.provenance, source.sha256 if source else None)
        findings = [*changed, *_findings(made, again, of_input=not changed)]
    if made.provenance.altered and not findings:
        findings = [f"the provenance {CHANGED}: its checksum is another"]
    remarks = _other_versions(made.provenance) if findings else []
    listed = made.export is not None or made.provenance.contents.parts is not None
    warnings = (*half_placed(made.path), *edited_inputs(made.provenance))
    return Verdict(not findings, (*findings, *remarks), warnings, listed)


def _recipe(made: Made) -> Recipe:
    document = made.provenance.recipe
    if document is None:
        raise PlaynanoError(
            f"{made.path}: there is no recipe in it: it was made from an array, not from a file"
        )
    try:
        return read_recipe(dump(document), f"recipe in {made.path.name}")
    except RecipeError as error:
        faults = str(error).split("\n")
        raise PlaynanoError(f"{made.path}: its recipe cannot be run here:", *faults) from error


def _beside(bundle: Path, made: Provenance) -> Path:
    name = made.input.name if made.input else ""
    for folder in (*bundle.parents[:3], Path.cwd()):
        for path in (folder / name, *(f for f in folder.iterdir() if readable(f.name) == name)):
            if name and path.exists():
                return path
    raise PlaynanoError(
        f"{bundle}: it was made from '{name}', which is not beside it; name it: verify BUNDLE INPUT"
    )


def _changed_input(movie: Path, made: Provenance, sha256: str | None) -> list[str]:
    """A movie of one file is known by its hash alone, before anything is run."""
    recorded = made.input and made.input.sha256
    if not recorded or sha256 == recorded:
        return []
    return [f"the input differs: {movie} is not the file that the bundle was made from"]


def _export(made: Made, recipe: Recipe) -> Export:
    """The export that wrote the file: of several of its format the one of its name, else of its layers."""
    if made.export is not None:
        return made.export
    written_as = FORMATS.get(made.reader)
    if written_as is None:
        raise PlaynanoError(f"{made.path}: files of the reader '{made.reader}' cannot be verified")
    ours = [one for one in recipe.exports if EXPORTS.canonical(one.format) == written_as]
    part = made.provenance.images
    if part is not None:
        parts = [one for one in ours if one.of is not None and part in (one.of, *_parts_of(made, one.of))]
        return parts[0] if parts else EXPORTS.make(written_as, {"of": part})
    ours = [one for one in ours if one.of is None]
    has_steps = bool(made.provenance.steps)
    fitting = [one for one in ours if not (one.raw and has_steps)] or ours
    fitting.sort(key=lambda one: _is_unlike(one, made))
    raw = any(one.raw for one in ours) and not has_steps
    return fitting[0] if fitting else EXPORTS.make(written_as, {"raw": raw})


def _parts_of(made: Made, measure: str) -> list[str]:
    """Names of the images that a measure made."""
    records = made.provenance.all_images().items()
    return [name for name, (record, _) in records if record.name == measure]


def _is_unlike(export: Export, made: Made) -> tuple[int, bool]:
    named = f"{export.name}{export.extension}" == made.path.name
    rank = 1 if export.name is None else 0 if named else 2
    return rank, not all(export.keeps(name) for name in made.layers)


def _again(
    recipe: Recipe,
    export: Export,
    name: str,
    movie: Path,
    folder: Path,
    threads: int | None,
    report: Report,
) -> RunOutcome:
    """The file made again, in a folder of its own, under its name."""
    named = export.model_copy(update={"name": name.removesuffix(export.extension)})
    output = recipe.output.model_copy(update={"folder": str(folder)})
    recipe = recipe.model_copy(update={"exports": (named,), "output": output})
    return run_movie(recipe, movie, threads=threads, report=report)


def _recipe_findings(made: Made) -> Iterator[str]:
    recipe, recorded = made.provenance.recipe, made.provenance.recipe_sha256
    if recorded is not None and json_sha256(recipe) != recorded:
        yield f"the recipe {CHANGED}: its checksum is another"


def _findings(made: Made, again: RunOutcome, of_input: bool) -> Iterator[str]:
    """What differs; of another input than the one recorded, the first step alone is enough."""
    ours = made_of(_written_again(made, again.outputs[0]))
    first = list(_first_difference(made.provenance.steps, ours.provenance.steps))
    yield from first
    if not of_input:
        return
    yield from _recipe_findings(made)
    yield from _provenance_findings(made, ours, skip_steps=bool(first))
    yield from _changed_layers(made)
    if made.export is None:
        yield from _part_findings(made, ours, images=not first)
    elif picture_contents(made.path) != picture_contents(ours.path) or made.picture != ours.picture:
        yield "the pictures are not those that the recipe makes"


def _written_again(made: Made, path: Path) -> Path:
    """The file made again; of a folder with one for each of several images, that of the same images."""
    part = made.provenance.images
    return path if part is None else next(path.glob(f"{part}.*"), path)


def _first_difference(then: tuple[Record, ...], here: tuple[Record, ...]) -> Iterator[str]:
    for one, other in zip(then, here, strict=False):
        if one.sha256 != other.sha256:
            place = f"step {one.index} ({one.step}) is the first that gives another result"
            changed = f"; its revision was {one.revision}, here {other.revision}"
            yield place + (changed if one.revision != other.revision else "")
            return
    if len(then) != len(here):
        yield f"the bundle says that {len(then)} steps were done, and its recipe does {len(here)}"


def _provenance_findings(made: Made, ours: Made, skip_steps: bool) -> Iterator[str]:
    """What the provenance says of the result, the steps and the input, against what it now would say."""
    then, here = _facts(made.provenance), _facts(ours.provenance)
    for key in sorted({*then, *here}):
        if then.get(key) != here.get(key):
            yield f"{key} in the provenance {CHANGED}"
    records = zip(made.provenance.steps, ours.provenance.steps, strict=False)
    for one, other in () if skip_steps else records:
        if _plain(one) != _plain(other):
            changed = [key for key, value in _plain(other).items() if _plain(one).get(key) != value]
            yield f"the record of step {one.index} ({one.step}) {CHANGED}: {', '.join(changed)}"
    if [_facts(past) for past in made.history] != [_facts(past) for past in ours.history]:
        yield f"the history in the provenance {CHANGED}"


def _facts(provenance: Provenance) -> dict[str, Any]:
    fields = provenance.model_dump(mode="json", exclude=set(_NOT_OF_THE_RESULT))
    source = fields.pop("input", None) or {}
    source.pop("name", None)  # a movie may be renamed; its hash shows whether it is the same
    return fields | {f"input {key}": value for key, value in source.items()}


def _plain(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude={"package_version"})


def _changed_layers(made: Made) -> Iterator[str]:
    for record in made.provenance.steps:
        layer = made.layers.get(record.name)
        if layer is not None and record.sha256 and images_sha256(layer) != record.sha256:
            yield f"the layer '{record.name}' in the bundle is not the one that was written"


def _part_findings(made: Made, ours: Made, images: bool) -> Iterator[str]:
    """The parts of the file that differ; images only where the steps did not give others already."""
    step_layers = {
        f"{group}/{record.name}" for record in made.provenance.steps for group in ("processed", "masks")
    }
    with ExitStack() as open_files:
        stored, expected = (open_files.enter_context(contents(m.path, made.reader)) for m in (made, ours))
        differing = (
            (name, what)
            for name, what in differences(stored, expected)
            if what != CHANGED or expected[name].digest is None or (images and name not in step_layers)
        )
        yield from (f"{name} {what}" for name, what in of_frames(differing))


def _other_versions(made: Provenance) -> list[str]:
    here = software()
    changed = [
        f"{name} {then}, here {here.get(name, 'absent')}"
        for name, then in made.software.items()
        if here.get(name) != then
    ]
    return [f"made with {'; '.join(changed)}"] if changed else []
