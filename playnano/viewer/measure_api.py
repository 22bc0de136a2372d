"""Addresses of measurements."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Json
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playnano.viewer.measuring import Line, kymograph, polygon, profile, region
from playnano.viewer.requests import fresh, layer_of
from playnano.viewer.session import Session

Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class Drawn(BaseModel):
    """Two places on the image, and a width."""

    model_config = ConfigDict(extra="forbid")

    y0: Coordinate
    x0: Coordinate
    y1: Coordinate
    x1: Coordinate
    width: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    def line(self) -> Line:
        """The line between the two."""
        return Line((self.y0, self.x0), (self.y1, self.x1), self.width)


class Outline(BaseModel):
    """Corners of a polygon."""

    model_config = ConfigDict(extra="forbid")

    vertices: Json[Annotated[list[tuple[Coordinate, Coordinate]], Field(min_length=3, max_length=1000)]]
    """Each as [y, x]."""


class MeasureApi:
    """What is measured on a layer."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def routes(self) -> list[Route]:
        layer = "{movie:int}/{key}/{layer}"
        return [
            Route(f"/api/profiles/{layer}/{{index:int}}", self.profile),
            Route(f"/api/regions/{layer}/{{index:int}}", self.region),
            Route(f"/api/polygons/{layer}/{{index:int}}", self.polygon),
            Route(f"/api/kymographs/{layer}", self.kymograph, methods=["POST"]),
        ]

    async def profile(self, request: Request) -> Response:
        """Heights along a line."""
        layer, drawn = layer_of(self._session, request), _drawn(request)
        index = request.path_params["index"]
        return fresh(await run_in_threadpool(profile, layer, index, drawn.line()))

    async def region(self, request: Request) -> Response:
        """Area and heights of a rectangle."""
        layer, drawn = layer_of(self._session, request), _drawn(request)
        first, last = (drawn.y0, drawn.x0), (drawn.y1, drawn.x1)
        return fresh(await run_in_threadpool(region, layer, request.path_params["index"], first, last))

    async def polygon(self, request: Request) -> Response:
        """Area and heights of a polygon."""
        layer, outline = layer_of(self._session, request), Outline.model_validate(dict(request.query_params))
        index = request.path_params["index"]
        return fresh(await run_in_threadpool(polygon, layer, index, outline.vertices))

    async def kymograph(self, request: Request) -> Response:
        """Begin to read a line of every frame."""
        layer, line = layer_of(self._session, request), _drawn(request).line()
        number, _ = self._session.jobs.start(lambda report: kymograph(layer, line, report))
        return fresh({"job": number})


def _drawn(request: Request) -> Drawn:
    return Drawn.model_validate(dict(request.query_params))
