"""The files of the page, read once: HTML, style and modules, and what the browser should fetch with them."""

import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE = Path(__file__).parent / "page"
NEEDED_FIRST = ("api/session", "api/beginning")
UNCHANGED = {"cache-control": "no-cache"}
"""Another version of playnano may answer at the same address tomorrow."""
mimetypes.add_type("text/javascript", ".js")  # a system's own table may say otherwise


def page_routes() -> list[Route]:
    """An address for each file; `/` is the page itself."""
    files = sorted(path for path in PAGE.rglob("*") if path.is_file())
    names = [path.relative_to(PAGE).as_posix() for path in files]
    modules = [f"<{name}>; rel=modulepreload" for name in names if name.endswith(".js")]
    answers = [f"<{address}>; rel=preload; as=fetch; crossorigin" for address in NEEDED_FIRST]
    whole = {**UNCHANGED, "link": ", ".join([*answers, *modules])}
    routes = [_route(f"/{name}", path, UNCHANGED) for name, path in zip(names, files, strict=True)]
    return [*routes, _route("/", PAGE / "index.html", whole)]


def _route(address: str, path: Path, headers: dict[str, str]) -> Route:
    content, media_type = path.read_bytes(), mimetypes.guess_type(path.name)[0]

    async def answer(request: Request) -> Response:
        return Response(content, media_type=media_type, headers=headers)

    return Route(address, answer)
