"""Addresses of measured tables."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from playnano.exporters.tables.csv_table import csv_lines
from playnano.viewer.requests import NEVER, body_of, fresh, movie_of, text_of
from playnano.viewer.session import Session
from playnano.viewer.tabulating import Tabulation


class TablesApi:
    """Measures a movie, and hands out the tables."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tabulation = Tabulation(session)

    def routes(self) -> list[Route]:
        return [
            Route("/api/tables", self.measure, methods=["POST"]),
            Route("/api/tables/{key}/{name}", self.table),
        ]

    async def measure(self, request: Request) -> Response:
        """Begin to measure what the recipe says."""
        body = await body_of(request)
        number, text = movie_of(self._session, body.get("movie")), text_of(body)
        recipe = await run_in_threadpool(self._session.recipe, text)
        job, _ = self._session.jobs.start(lambda report: self._tabulation.measure(number, recipe, report))
        return fresh({"job": job})

    async def table(self, request: Request) -> Response:
        """All rows of a table as CSV, as the export `csv` writes them."""
        name = request.path_params["name"]
        table = self._tabulation.table(request.path_params["key"], name)
        if table is None:
            raise HTTPException(410, "this table is not there; measure again", NEVER)
        headers = {**NEVER, "content-disposition": f'attachment; filename="{name}.csv"'}
        return StreamingResponse(csv_lines(table), media_type="text/csv", headers=headers)
