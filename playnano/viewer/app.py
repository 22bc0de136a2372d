"""The server: addresses and what is answered. It has no numerics and no drawing rules of its own."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from playnano.errors import PlaynanoError, RecipeError
from playnano.rendering.palette import MAP_COLOURS, NAN, palette
from playnano.viewer.access import Gate
from playnano.viewer.description import described_layers, described_movie, described_session
from playnano.viewer.encoding import MEDIA_TYPE, frame_bytes
from playnano.viewer.session import Session

PAGE = Path(__file__).parent / "page"
FOREVER = {"cache-control": "private, max-age=31536000, immutable"}
NEVER = {"cache-control": "no-store"}


def viewer_app(session: Session, port: int) -> Gate:
    """The ASGI application of a session, behind its gate."""
    api = _Api(session)
    routes = [
        Route("/api/session", api.session),
        Route("/api/movies/{movie:int}", api.movie),
        Route("/api/recipes", api.recipes, methods=["POST"]),
        Route("/api/frames/{movie:int}/{key}/{layer}/{index:int}", api.frame),
        Route("/api/palettes/{name}", api.palette),
        Route("/api/jobs/{number:int}", api.job, methods=["GET", "DELETE"]),
        Mount("/", StaticFiles(directory=PAGE, html=True)),
    ]
    handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {PlaynanoError: _failure}
    return Gate(Starlette(routes=routes, exception_handlers=handlers), port)


async def _failure(request: Request, error: Exception) -> Response:
    """A mistake that the user can mend: one line, for the page to show."""
    return JSONResponse({"message": str(error)}, 422, NEVER)


class _Api:
    """What the page can ask for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def session(self, request: Request) -> Response:
        return JSONResponse(described_session(self._session), headers=NEVER)

    async def movie(self, request: Request) -> Response:
        number = request.path_params["movie"]
        if not 0 <= number < len(self._session.movies):
            return _missing()
        return JSONResponse(
            await run_in_threadpool(described_movie, self._session.movies[number]), headers=NEVER
        )

    async def recipes(self, request: Request) -> Response:
        """Develop a recipe on a movie: its key, its layers, and the job that makes those to come."""
        body = await _body(request)
        number, text = body.get("movie"), body.get("text")
        if not isinstance(number, int) or not 0 <= number < len(self._session.movies):
            return _missing()
        if not isinstance(text, str):
            return PlainTextResponse("a recipe is text", 400)
        return await run_in_threadpool(self._developed, number, text)

    def _developed(self, number: int, text: str) -> Response:
        try:
            recipe = self._session.recipe(text)
        except RecipeError as error:
            return JSONResponse({"problems": str(error).splitlines(), "message": str(error)}, 422, NEVER)
        key, development = self._session.develop(number, recipe)
        return JSONResponse({"key": key, **described_layers(development)}, headers=NEVER)

    async def frame(self, request: Request) -> Response:
        """One image of a layer; its address never means another image."""
        path = request.path_params
        layer = self._session.layer(path["movie"], path["key"], path["layer"])
        if layer is None:
            return PlainTextResponse("this layer is not there; develop the recipe again", 410)
        if not 0 <= path["index"] < len(layer.images):
            return _missing()
        image = await run_in_threadpool(lambda: layer.images[path["index"]])
        return Response(frame_bytes(image), media_type=MEDIA_TYPE, headers=FOREVER)

    async def palette(self, request: Request) -> Response:
        """The colours of a colormap: those of heights, then that of NaN, three bytes each."""
        colours = await run_in_threadpool(palette, request.path_params["name"])
        chosen = colours[[*range(MAP_COLOURS), NAN]]
        return Response(chosen.tobytes(), media_type=MEDIA_TYPE, headers=FOREVER)

    async def job(self, request: Request) -> Response:
        job = self._session.jobs.get(request.path_params["number"])
        if job is None:
            return _missing()
        if request.method == "DELETE":
            job.cancel()
        return JSONResponse(job.as_json(), headers=NEVER)


def _missing() -> Response:
    return PlainTextResponse("there is nothing at this address", 404)


async def _body(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(await request.body())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
