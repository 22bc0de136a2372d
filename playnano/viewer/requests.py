"""What all addresses share: bodies, movies and layers of a request, and answers that are never kept."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from playnano.viewer.development import Layer
from playnano.viewer.session import Session

FOREVER = {"cache-control": "private, max-age=31536000, immutable"}
NEVER = {"cache-control": "no-store"}


def fresh(value: Any) -> JSONResponse:
    """An answer that may be another one the next time."""
    return JSONResponse(value, headers=NEVER)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request holds; empty where it holds none."""
    try:
        value = json.loads(await request.body())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def movie_of(session: Session, number: Any) -> int:
    """The number of a movie that is there; otherwise the request ends with 404."""
    if not isinstance(number, int) or not 0 <= number < len(session.movies):
        raise HTTPException(404, "there is no such movie")
    return number


def text_of(body: dict[str, Any]) -> str:
    """The recipe's text in a request; otherwise the request ends with 400."""
    text = body.get("text")
    if not isinstance(text, str):
        raise HTTPException(400, "a recipe is text")
    return text


def layer_of(session: Session, request: Request) -> Layer:
    """The layer that an address names; otherwise the request ends with 410 or 404."""
    path = request.path_params
    layer = session.layer(path["movie"], path["key"], path["layer"])
    if layer is None:
        raise HTTPException(410, "this layer is not there; develop the recipe again", NEVER)
    if not 0 <= path.get("index", 0) < len(layer.images):
        raise HTTPException(404, "there is no such frame")
    return layer
