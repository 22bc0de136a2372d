"""Run the recipe in a bundle again, and say whether it gives what the bundle holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from playnano.errors import PlaynanoError, RecipeError
from playnano.readers.opening import open_movie
from playnano.recipe.reading import read_recipe
from playnano.recipe.recipe import Recipe
from playnano.recipe.yamltext import dump
from playnano.runner.running import run
from playnano.runner.writing import Report, quiet
from playnano.stack.environment import software
from playnano.stack.hashing import images_sha256
from playnano.stack.provenance import Provenance
from playnano.stack.stack import AFMImageStack


@dataclass(frozen=True)
class Verdict:
    """Whether a bundle can be made again, and what was found on the way."""

    reproduced: bool
    findings: tuple[str, ...]


def recipe_in(bundle: Path) -> Recipe:
    """The recipe that a bundle was made with, ready to run.

    Raises
    ------
    PlaynanoError
        Where the file is no bundle or holds no recipe.
    """
    return _recipe(_made(open_movie(bundle), bundle), bundle)


def verify(
    bundle: Path, movie: Path | None = None, *, threads: int | None = None, report: Report = quiet
) -> Verdict:
    """Run a bundle's recipe again and compare the hash of each step.

    Parameters
    ----------
    movie : Path, optional
        What the bundle was made from; looked for beside the bundle unless given.

    Raises
    ------
    PlaynanoError
        Where there is nothing to compare: no recipe, no movie.
    """
    stored = open_movie(bundle)
    made = _made(stored, bundle)
    recipe = _recipe(made, bundle)
    movie = movie or _beside(bundle, made)
    findings = list(_changed_layers(stored, made))
    opened = open_movie(movie, **recipe.input.options())
    findings += _changed_input(movie, opened, made)
    again = run(recipe, opened, threads=threads, keep=lambda n: False, report=report)
    findings += _first_difference(made, again)
    if not made.steps and not _equal(stored, again):
        findings.append("the images differ from those of the input")
    remarks = _other_versions(made) if findings else []
    return Verdict(not findings, (*findings, *remarks))


def _made(stored: AFMImageStack, bundle: Path) -> Provenance:
    history = stored.provenance.history
    if not history:
        raise PlaynanoError(f"{bundle}: this is no playnano bundle: it does not say how it was made")
    return history[-1]


def _recipe(made: Provenance, bundle: Path) -> Recipe:
    if made.recipe is None:
        raise PlaynanoError(f"{bundle}: there is no recipe in it: it was made from an array, not from a file")
    try:
        return read_recipe(dump(made.recipe), f"recipe in {bundle.name}")
    except RecipeError as error:
        raise PlaynanoError(f"{bundle}: its recipe cannot be run here:\n{error}") from error


def _beside(bundle: Path, made: Provenance) -> Path:
    name = made.input.name if made.input else ""
    for folder in (bundle.parent, bundle.parent.parent, Path.cwd()):
        if name and (folder / name).exists():
            return folder / name
    raise PlaynanoError(
        f"{bundle}: it was made from '{name}', which is not beside it; name it: verify BUNDLE INPUT"
    )


def _changed_layers(stored: AFMImageStack, made: Provenance) -> Iterator[str]:
    layers = {**stored.processed, **stored.masks}
    for record in made.steps:
        if record.name in layers and record.sha256 and images_sha256(layers[record.name]) != record.sha256:
            yield f"the layer '{record.name}' in the bundle is not the one that was written"


def _changed_input(movie: Path, opened: AFMImageStack, made: Provenance) -> list[str]:
    recorded = made.input and made.input.sha256
    if recorded and opened.provenance.input and opened.provenance.input.sha256 != recorded:
        return [f"the input differs: {movie} is not the file that the bundle was made from"]
    return []


def _first_difference(made: Provenance, again: AFMImageStack) -> list[str]:
    for then, here in zip(made.steps, again.provenance.steps, strict=False):
        if then.sha256 != here.sha256:
            place = f"step {then.index} ({then.step}) is the first that gives another result"
            return [
                f"{place}; its revision was {then.revision}, here {here.revision}"
                if then.revision != here.revision
                else place
            ]
    return []


def _other_versions(made: Provenance) -> list[str]:
    here = software()
    changed = [
        f"{name} {then}, here {here.get(name, 'absent')}"
        for name, then in made.software.items()
        if here.get(name) != then
    ]
    return [f"made with {'; '.join(changed)}"] if changed else []


def _equal(stored: AFMImageStack, again: AFMImageStack) -> bool:
    same_shape = stored.shape == again.shape
    return same_shape and all(
        np.array_equal(a.astype("<f4"), b.astype("<f4"), equal_nan=True)
        for a, b in zip(stored, again, strict=True)
    )
