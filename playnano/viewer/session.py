"""What one viewer holds: its movies, the recipe's file, the output folder, and what is developed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playnano.errors import ReadError, RecipeError
from playnano.quality import judging
from playnano.readers.finding import find_movie
from playnano.readers.folders import natural
from playnano.readers.opening import open_movie
from playnano.readers.probe import Probe
from playnano.readers.walking import movies_below
from playnano.recipe.reading import read_document, validated
from playnano.recipe.recipe import OUTPUT_FOLDER, Recipe
from playnano.recipe.yamltext import compose
from playnano.stack.hashing import json_sha256
from playnano.stack.stack import AFMImageStack
from playnano.viewer.development import RESULT, Developer, Development, Layer, recipe_key
from playnano.viewer.heights import SampledRanges
from playnano.viewer.jobs import Jobs, Progress

NEW_RECIPE = "version: 1\n\nsteps:\n\nexports:\n"
MOST_OPEN = 3


@dataclass
class Session:
    """The state of one viewer; safe to use from many threads.

    Parameters
    ----------
    movies : sequence of Path
        What can be looked at; one of them is shown at a time.
    root : Path
        The folder that their names are relative to.
    output_folder : Path
        Where exports and marks go; nothing is written elsewhere but the recipe's own file.
    """

    movies: Sequence[Path]
    root: Path
    output_folder: Path
    recipe_file: Path | None = None
    recipe_text: str = NEW_RECIPE
    options: dict[str, Any] = field(default_factory=dict)
    """What the command line says of the input, such as its channel."""
    stack: AFMImageStack | None = None
    """A movie in memory, in place of the file that `movies` names."""
    command: Callable[[Path, Path, str | None, Path], str] | None = None
    """The command that runs a recipe's file on a movie, with a channel and an output folder."""
    threads: int = 2
    jobs: Jobs = field(default_factory=Jobs)
    ranges: SampledRanges = field(default_factory=SampledRanges)
    probe: Probe = field(default_factory=Probe)
    """Opens HDF5 files first, where there are several movies."""
    exported: set[Path] = field(default_factory=set)
    """Files that this session exported from memory, which it may replace."""

    def __post_init__(self) -> None:
        self._developers: OrderedDict[tuple[int, str], Developer] = OrderedDict()
        self._lock = threading.RLock()
        self.beginning = json_sha256([str(path) for path in self.movies] + [self.recipe_text])[:20]

    def name(self, number: int) -> str:
        """The movie's name below the root, with forward slashes."""
        path = self.movies[number]
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name

    def label(self, number: int) -> str:
        """The movie's name for the reader's eye: that of a folder of images ends in a slash."""
        path, name = self.movies[number], self.name(number)
        folder = path.resolve().name if name == "." else name
        return f"{folder}/" if path.is_dir() else name

    def recipe(self, text: str) -> Recipe:
        """The recipe of a text.

        Raises
        ------
        RecipeError
            With every fault, its line and column.
        """
        return validated(compose(text, "recipe"))

    def viewable(self, text: str) -> tuple[Recipe, dict[str, str] | None]:
        """What of a text can be looked at, and the faults of its exports or measurements, with their section.

        Raises
        ------
        RecipeError
            Where its input or steps have faults.
        """
        document = compose(text, "recipe")
        try:
            return validated(document), None
        except RecipeError as error:
            if not isinstance(document.value, dict):
                raise
            for section, unseen in (("exports", ("exports",)), ("analysis", ("analysis", "exports"))):
                rest = {key: value for key, value in document.value.items() if key not in unseen}
                with suppress(RecipeError):
                    return validated(replace(document, value=rest)), {
                        "section": section,
                        "message": str(error),
                    }
            raise

    def develop(self, number: int, recipe: Recipe) -> tuple[str, Development]:
        """The layers of a recipe on a movie, and the key that names them in addresses.

        Raises
        ------
        PlaynanoError
            Where the movie cannot be opened, or a step does not fit it.
        """
        with self._lock:
            return recipe_key(recipe), self._developer(number, recipe).develop(recipe)

    def begin(self) -> None:
        """Open the first movie while the browser still fetches the page."""

        def work(report: Progress) -> None:  # where it fails, the page is told when it asks
            _, development = self.develop(0, self.recipe(self.recipe_text))
            self.ranges.of(development.first_shown(RESULT))

        self.jobs.start(work)

    def layer(self, number: int, key: str, name: str) -> Layer | None:
        """A layer that was developed before; None where it is not (or no longer) there."""
        for (movie, _), developer in list(self._developers.items()):
            development = developer.development(key) if movie == number else None
            if development is not None:
                return development.layers.get(name)
        return None

    def complete(self, recipe: Recipe) -> Recipe:
        """A recipe with what the command line says of the input, where it does not say so itself."""
        named = {key: value for key, value in self.options.items() if getattr(recipe.input, key) is None}
        return recipe.model_copy(update={"input": recipe.input.model_copy(update=named)})

    def input_options(self, recipe: Recipe) -> dict[str, Any]:
        """How the movie is opened: what the recipe says, else the command line.

        Raises
        ------
        RecipeError
            Where there are options for a movie in memory.
        """
        options = {key: value for key, value in recipe.input.options().items() if value not in (None, False)}
        if self.stack is not None and options:
            raise RecipeError(f"the movie is in memory, not read: remove 'input: {next(iter(options))}'")
        return {**self.options, **options}

    def _developer(self, number: int, recipe: Recipe) -> Developer:
        options = self.input_options(recipe)
        slot = (number, json_sha256(options))
        if slot not in self._developers:
            self._developers[slot] = Developer(self._opened(number, options), self.jobs, self.threads)
            while len(self._developers) > MOST_OPEN:
                self._developers.popitem(last=False)
        self._developers.move_to_end(slot)
        return self._developers[slot]

    def _opened(self, number: int, options: dict[str, Any]) -> AFMImageStack:
        stack = self.opened(self.movies[number], options) if self.stack is None else self.stack
        return judging(stack)  # once per movie: each change of the recipe uses what was seen of its frames

    def opened(self, path: Path, options: dict[str, Any]) -> AFMImageStack:
        """A movie, no frame of it read; one of several that crashes HDF5 must not end the viewer."""
        if len(self.movies) > 1:
            self.probe.check(path, options)
        return open_movie(path, hashed=False, **options)

    def close(self) -> None:
        """End all work and let go of every scratch file."""
        self.jobs.cancel_all()
        self.probe.close()
        with self._lock:
            self._developers.clear()


def session_for(
    path: Path, recipe_file: Path | None, output_folder: str | None, channel: str | None
) -> Session:
    """A session for what the user named: a movie, a bundle, a folder that is a movie, or one of movies.

    Raises
    ------
    PlaynanoError
        Where nothing there can be looked at, or the recipe cannot be read.
    """
    movies, root = _movies(path)
    text = read_document(str(recipe_file)).text if recipe_file else NEW_RECIPE
    options = {} if channel is None else {"channel": channel}
    folder = Path(output_folder or OUTPUT_FOLDER)
    return Session(movies, root, folder, recipe_file, text, options)


def _movies(path: Path) -> tuple[list[Path], Path]:
    """The movies that a path stands for, and the folder that their names are relative to."""
    try:
        movie = find_movie(path)[0]
    except ReadError:
        movies = _movies_in(path)
        if not movies:
            raise
        return movies, path
    several = _movies_in(path) if movie != path else []
    return (several, path) if len(several) > 1 else ([movie], path.parent)


def _movies_in(path: Path) -> list[Path]:
    """The movies below a folder, by the names in their paths."""
    return sorted(movies_below(path), key=lambda movie: _by_names(movie, path)) if path.is_dir() else []


def _by_names(movie: Path, root: Path) -> list[list[tuple[int, str]]]:
    return [natural(Path(part)) for part in movie.relative_to(root).parts]
