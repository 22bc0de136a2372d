"""Where the movies of a batch are run, and how the cores are shared between movies and frames."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from playnano.batch.ledger import Ledger
from playnano.batch.running import Engine, Here
from playnano.batch.workers import Workers, default_workers
from playnano.recipe.recipe import Recipe
from playnano.runner.writing import Report, default_threads, quiet


@dataclass(frozen=True)
class Sharing:
    """How many movies are run at a time, and with how many threads each; the results do not depend on it."""

    workers: int = 1
    threads: int = 1
    apart: bool = False
    """Whether movies are run in processes of their own."""
    scheduler: str | None = None
    """Address of the cluster that runs them."""

    @classmethod
    def of(
        cls,
        movies: int,
        workers: int | None = None,
        threads: int | None = None,
        *,
        risky: bool = False,
        scheduler: str | None = None,
    ) -> "Sharing":
        """What is given, and defaults for the rest.

        Parameters
        ----------
        risky : bool
            Whether a movie may crash its process.
        """
        count = min(workers or default_workers(movies), max(1, movies))
        own = max(1, default_threads() // count)
        apart = workers is not None or count > 1 or risky
        return cls(count, threads or (1 if scheduler else own), apart, scheduler)

    def engine(
        self, recipe: Recipe, report: Report = quiet, ledger: Ledger | None = None
    ) -> AbstractContextManager[Engine]:
        """Where the movies are run."""
        if self.scheduler is not None:
            from playnano.batch.cluster import Cluster

            return Cluster(recipe, self.scheduler, report, workers=self.workers)
        if not self.apart:
            return nullcontext(Here(recipe, report))
        return Workers(recipe, self.workers, report, ledger.lock.descriptors if ledger else ())
