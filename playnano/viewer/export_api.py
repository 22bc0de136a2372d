"""Addresses of exports."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playnano.viewer.exporting import added, export, planned, with_viewed
from playnano.viewer.requests import body_of, fresh, movie_of, text_of
from playnano.viewer.session import Session


class ExportApi:
    """What would be written, writing it, and taking over what is seen."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def routes(self) -> list[Route]:
        return [
            Route("/api/exports", self.run, methods=["POST"]),
            Route("/api/exports/plan", self.plan, methods=["POST"]),
            Route("/api/exports/seen", self.as_viewed, methods=["POST"]),
        ]

    async def plan(self, request: Request) -> Response:
        """What the exports of a recipe would write; nothing is written."""
        body = await body_of(request)
        number, text = movie_of(self._session, body.get("movie")), text_of(body)
        return fresh(await run_in_threadpool(planned, self._session, number, text))

    async def run(self, request: Request) -> Response:
        """Begin to write; files that exist are replaced where the request says so."""
        body = await body_of(request)
        number, text = movie_of(self._session, body.get("movie")), text_of(body)
        replace = body.get("replace") is True
        started, _ = self._session.jobs.start(
            lambda report: export(self._session, number, text, replace, report)
        )
        return fresh({"job": started})

    async def as_viewed(self, request: Request) -> Response:
        """The recipe's text with the settings of the view in its exports, or in one that is added."""
        body = await body_of(request)
        text, view, name = text_of(body), body.get("seen"), body.get("add")
        settings = view if isinstance(view, dict) else {}
        if name is None:
            return fresh({"text": await run_in_threadpool(with_viewed, text, settings)})
        return fresh({"text": await run_in_threadpool(added, text, str(name), settings)})
