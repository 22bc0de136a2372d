"""Addresses of a folder of movies: tiles, marks, and the recipes that come with playnano."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playnano.recipe.shipped import recipe_text
from playnano.viewer.marks import Mark, Marks
from playnano.viewer.requests import body_of, fresh, movie_of
from playnano.viewer.saving import saved_text
from playnano.viewer.session import Session
from playnano.viewer.tiles import Tiles


class FolderApi:
    """Walks a folder of movies."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tiles = Tiles(lambda number: session.opened(session.movies[number], session.options))
        self._marks = Marks(session.output_folder, session.root)

    def routes(self) -> list[Route]:
        return [
            Route("/api/tiles/{movie:int}", self.tile),
            Route("/api/marks", self.marks, methods=["GET", "POST"]),
            Route("/api/shipped", self.shipped, methods=["POST"]),
            Route("/api/saved", self.saved, methods=["POST"]),
        ]

    async def tile(self, request: Request) -> Response:
        """A movie at a glance."""
        number = movie_of(self._session, request.path_params["movie"])
        return fresh(await run_in_threadpool(self._tiles.tile, number))

    async def marks(self, request: Request) -> Response:
        """The marks of all movies, after one of them was set."""
        if request.method == "POST":
            body = await body_of(request)
            name = self._session.name(movie_of(self._session, body.get("movie")))
            mark = Mark(str(body.get("mark", "")), str(body.get("note", "")))
            await run_in_threadpool(self._marks.set, name, mark)
        marks = await run_in_threadpool(self._marks.read)
        return fresh({name: [one.mark, one.note] for name, one in marks.items()})

    async def shipped(self, request: Request) -> Response:
        """The text of a recipe that comes with playnano."""
        return fresh({"text": recipe_text(str((await body_of(request)).get("name", "")))})

    async def saved(self, request: Request) -> Response:
        """The text of a recipe in the working directory."""
        name = str((await body_of(request)).get("name", ""))
        return fresh({"text": await run_in_threadpool(saved_text, name)})
