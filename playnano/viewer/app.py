"""The server: addresses and what is answered. It has no numerics and no drawing rules of its own."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from playnano.errors import PlaynanoError, RecipeError
from playnano.reference.schemas import recipe_schema
from playnano.rendering.look import Look
from playnano.rendering.palette import MAP_COLOURS, NAN, palette
from playnano.viewer.access import Gate
from playnano.viewer.commands import command_for
from playnano.viewer.description import (
    described_channels,
    described_layers,
    described_palettes,
    described_session,
)
from playnano.viewer.development import RESULT
from playnano.viewer.edits import edited
from playnano.viewer.encoding import MEDIA_TYPE, frame_bytes
from playnano.viewer.export_api import ExportApi
from playnano.viewer.folder_api import FolderApi
from playnano.viewer.heights import exact
from playnano.viewer.measure_api import MeasureApi
from playnano.viewer.overlays import Overlays
from playnano.viewer.page_files import page_routes
from playnano.viewer.requests import FOREVER, NEVER, body_of, fresh, layer_of, movie_of, text_of
from playnano.viewer.saving import fault_of, save_recipe, saved_names
from playnano.viewer.session import NEW_RECIPE, Session
from playnano.viewer.tables_api import TablesApi


def viewer_app(session: Session, port: int, *, embedded: bool = False) -> Gate:
    """The ASGI application of a session, behind its gate."""
    api = _Api(session)
    routes = [
        Route("/api/session", api.session),
        Route("/api/beginning", api.beginning),
        Route("/api/movies/{movie:int}/channels", api.channels),
        Route("/api/recipes", api.recipes, methods=["POST"]),
        Route("/api/frames/{movie:int}/{key}/{layer}/{index:int}", api.frame),
        Route("/api/ranges/{movie:int}/{key}/{layer}", api.zrange, methods=["GET", "POST"]),
        Route("/api/overlays/{movie:int}/{key}/{layer}/{index:int}", api.overlay),
        Route("/api/palettes", api.palettes),
        Route("/api/palettes/{name}", api.palette),
        Route("/api/schema", api.schema),
        Route("/api/edits", api.edit, methods=["POST"]),
        Route("/api/save", api.save, methods=["POST"]),
        Route("/api/command", api.command, methods=["POST"]),
        Route("/api/jobs/{number:int}", api.job, methods=["GET", "DELETE"]),
        *ExportApi(session).routes(),
        *MeasureApi(session).routes(),
        *FolderApi(session).routes(),
        *TablesApi(session).routes(),
        *page_routes(),
    ]
    handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        PlaynanoError: _failure,
        ValidationError: _invalid,
    }
    return Gate(Starlette(routes=routes, exception_handlers=handlers), port, embedded=embedded)


async def _failure(request: Request, error: Exception) -> Response:
    """A mistake that the user can mend: one line, for the page to show."""
    return JSONResponse({"message": str(error)}, 422, NEVER)


async def _invalid(request: Request, error: Exception) -> Response:
    """A request that no page of ours makes."""
    return PlainTextResponse("the request does not fit this address", 400)


def _look_of(request: Request) -> Look:
    return Look.model_validate_json(request.query_params.get("look", "{}"))


class _Api:
    """What the page can ask for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._overlays = Overlays()

    async def session(self, request: Request) -> Response:
        return fresh(described_session(self._session))

    async def channels(self, request: Request) -> Response:
        """Names of the channels of a movie."""
        number = movie_of(self._session, request.path_params["movie"])
        return fresh({"channels": await run_in_threadpool(described_channels, self._session.movies[number])})

    async def beginning(self, request: Request) -> Response:
        """The first movie with the recipe that the viewer begins with."""
        return fresh(await run_in_threadpool(self._begun))

    def _begun(self) -> dict[str, Any]:
        try:
            return self._developed(0, self._session.recipe_text, RESULT)
        except RecipeError as error:  # there is no picture before: the movie as it is read
            unprocessed = self._developed(0, NEW_RECIPE, RESULT)
            return {**unprocessed, "problem": {"section": "", "message": str(error)}}

    async def recipes(self, request: Request) -> Response:
        """Develop a recipe on a movie: its key, its layers, and the job that makes those to come."""
        body = await body_of(request)
        number, text = movie_of(self._session, body.get("movie")), text_of(body)
        ranged = str(body.get("ranged", ""))
        return fresh(await run_in_threadpool(self._developed, number, text, ranged))

    def _developed(self, number: int, text: str, ranged: str = "") -> dict[str, Any]:
        """The layers, and the z-range of the one to be `ranged`, so that it appears in its colours."""
        recipe, problem = self._session.viewable(text)
        key, development = self._session.develop(number, recipe)
        shown = development.first_shown(ranged) if ranged else None
        zrange = self._session.ranges.of(shown) if shown and not shown.is_mask else None
        return {"key": key, **described_layers(development), "range": zrange, "problem": problem}

    async def frame(self, request: Request) -> Response:
        """One image of a layer; its address never means another image."""
        path, layer = request.path_params, layer_of(self._session, request)
        image = await run_in_threadpool(lambda: layer.images[path["index"]])
        return Response(frame_bytes(image), media_type=MEDIA_TYPE, headers=FOREVER)

    async def overlay(self, request: Request) -> Response:
        """Scale bar and timestamp of a frame, as the exports draw them."""
        layer, index = layer_of(self._session, request), request.path_params["index"]
        drawn = await run_in_threadpool(self._overlays.draw, layer, _look_of(request), index)
        return Response(frame_bytes(drawn), media_type=MEDIA_TYPE, headers=FOREVER)

    async def zrange(self, request: Request) -> Response:
        """The automatic z-range from some frames; with POST the job that finds the exact one."""
        layer, percents = layer_of(self._session, request), _look_of(request).percentiles
        if request.method != "POST":
            return fresh(await run_in_threadpool(self._session.ranges.of, layer, percents))
        threads = self._session.threads
        number, _ = self._session.jobs.start(lambda report: exact(layer, threads, report, percents))
        return fresh({"job": number})

    async def palettes(self, request: Request) -> Response:
        """The colormaps with some colours of each, ours first."""
        return fresh(await run_in_threadpool(described_palettes))

    async def schema(self, request: Request) -> Response:
        """The JSON schema of recipes, from which the page makes its form."""
        return fresh(await run_in_threadpool(recipe_schema))

    async def edit(self, request: Request) -> Response:
        """A recipe's text after one edit, what stands in it, and with a movie, its layers on that movie."""
        body = await body_of(request)
        movie = movie_of(self._session, body["movie"]) if "movie" in body else None
        return fresh(await run_in_threadpool(self._edited, body, movie))

    def _edited(self, body: dict[str, Any], movie: int | None) -> dict[str, Any]:
        answer = edited(body)
        if movie is None:
            return answer
        try:
            return {**answer, "developed": self._developed(movie, answer["text"])}
        except PlaynanoError as error:  # the text is changed all the same
            return {**answer, "developed": {"message": str(error)}}

    async def save(self, request: Request) -> Response:
        """Save the recipe's file."""
        body = await body_of(request)
        text, name = str(body.get("text", "")), str(body.get("name", ""))
        replaces = body.get("replaces")
        replaced = replaces if isinstance(replaces, str) else None
        file = await run_in_threadpool(save_recipe, self._session, text, name, replaced)
        fault = await run_in_threadpool(fault_of, self._session, text)
        folder = str(file.resolve().parent)
        return fresh({"file": file.name, "folder": folder, "saved": saved_names(), "fault": fault})

    async def command(self, request: Request) -> Response:
        """The command line that runs the saved recipe on a movie."""
        body = await body_of(request)
        number, text = movie_of(self._session, body.get("movie")), text_of(body)
        name = str(body.get("name", ""))
        return fresh({"command": await run_in_threadpool(command_for, self._session, number, text, name)})

    async def palette(self, request: Request) -> Response:
        """The colours of a colormap: those of heights, then that of NaN, three bytes each."""
        colours = await run_in_threadpool(palette, request.path_params["name"])
        chosen = colours[[*range(MAP_COLOURS), NAN]]
        return Response(chosen.tobytes(), media_type=MEDIA_TYPE, headers=FOREVER)

    async def job(self, request: Request) -> Response:
        job = self._session.jobs.get(request.path_params["number"])
        if job is None:
            raise HTTPException(404, "there is no such job")
        if request.method == "DELETE":
            job.cancel()
        return fresh({**job.as_json(), "outcome": job.outcome})
