"""Recipes in an editor: the committed schema in the real yaml-language-server, as VS Code runs it.

Install that with `npm install -g yaml-language-server`; where it is not on the path, this is skipped.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playnano.exporters import EXPORTS
from playnano.steps import STEPS

ROOT = Path(__file__).parents[2]
HEADING = "# yaml-language-server: $schema=../schemas/recipe-v1.schema.json\nversion: 1\n"
SETTINGS = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
PROGRAM = shutil.which("yaml-language-server")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="yaml-language-server is not on the path")

DIAGNOSED = {
    "a step that is none": ("steps:\n  - step: gausian_filter\n    sigma: 2\n", 4, '"gaussian_filter"'),
    "a step by its name alone": ("steps:\n  - remove_plane\n", 4, 'Expected "step: NAME"'),
    "a step without its name": ("steps:\n  - sigma: 2\n", 4, 'Missing property "step"'),
    "a parameter that is none": (
        "steps:\n  - step: gaussian_filter\n    sgima: 2\n",
        5,
        "Property sgima is not",
    ),
    "a value out of range": ("steps:\n  - step: gaussian_filter\n    sigma: -1\n", 5, "minimum of 0"),
    "a format that is none": ("exports:\n  - format: hdf\n", 4, '"h5" | "hdf5"'),
    "a key that is none": ("step:\n  - step: remove_plane\n", 3, "Property step is not allowed"),
}


class LanguageServer:
    """What an editor says to the server and hears from it: JSON-RPC over standard input and output."""

    def __init__(self) -> None:
        assert PROGRAM is not None
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([PROGRAM, "--stdio"], stdin=pipe, stdout=pipe)
        self.guard = threading.Timer(60, self.process.kill)  # a server that hangs fails its test
        self.guard.start()
        self.asked = 0
        capabilities = {"workspace": {"configuration": True}}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.send(method="initialized", params={})

    def send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next message; the server's own questions are answered on the way."""
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
        assert length, "the server ended"
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if {"id", "method"} <= message.keys():
            items = (message.get("params") or {}).get("items", ())
            self.send(id=message["id"], result=[SETTINGS if i["section"] == "yaml" else None for i in items])
        return message

    def ask(self, method: str, params: Any) -> Any:
        self.asked += 1
        self.send(id=self.asked, method=method, params=params)
        while True:
            answer = self.hear()
            if answer.get("id") == self.asked and "method" not in answer:
                return answer["result"]

    def open(self, name: str, text: str) -> tuple[str, list[dict[str, Any]]]:
        """A recipe, as if it stood in recipes/, and what the editor would underline in it."""
        uri = (ROOT / "recipes" / name).as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.send(method="textDocument/didOpen", params={"textDocument": document})
        while True:
            told = self.hear()
            if told.get("method") == "textDocument/publishDiagnostics" and told["params"]["uri"] == uri:
                return uri, told["params"]["diagnostics"]

    def at(self, what: str, uri: str, line: int, character: int) -> Any:
        place = {"line": line, "character": character}
        return self.ask(f"textDocument/{what}", {"textDocument": {"uri": uri}, "position": place})

    def close(self) -> None:
        self.guard.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def editor() -> Iterator[LanguageServer]:
    server = LanguageServer()
    yield server
    server.close()


@pytest.mark.parametrize("recipe", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda path: path.stem)
def test_nothing_is_underlined_in_our_recipes(recipe: Path, editor: LanguageServer) -> None:
    assert editor.open(recipe.name, recipe.read_text(encoding="utf-8"))[1] == []


@pytest.mark.parametrize(("text", "line", "message"), DIAGNOSED.values(), ids=DIAGNOSED)
def test_a_mistake_is_underlined(text: str, line: int, message: str, editor: LanguageServer) -> None:
    first = editor.open(f"mistake_{line}_{len(text)}.yaml", HEADING + text)[1][0]
    assert first["range"]["start"]["line"] + 1 == line
    assert message in first["message"]


def test_empty_parts_are_not_underlined(editor: LanguageServer) -> None:
    assert editor.open("empty.yaml", HEADING + "input:\nsteps:\nexports:\noutput:\n")[1] == []


def test_hovering_tells_what_a_step_and_a_parameter_are(editor: LanguageServer) -> None:
    uri, _ = editor.open("hover.yaml", HEADING + "steps:\n  - step: gaussian_filter\n    sigma: 2\n")
    assert "Smooth each image with a Gaussian." in editor.at("hover", uri, 3, 12)["contents"]["value"]
    assert "In px." in editor.at("hover", uri, 4, 6)["contents"]["value"]


@pytest.mark.parametrize(
    ("part", "key", "models"), [("steps", "step", STEPS), ("exports", "format", EXPORTS)]
)
def test_names_are_offered(part: str, key: str, models: Any, editor: LanguageServer) -> None:
    line = f"  - {key}: "
    uri, _ = editor.open(f"names_{part}.yaml", f"{HEADING}{part}:\n{line}\n")
    offered = {item["label"] for item in editor.at("completion", uri, 3, len(line))["items"]}
    assert set(models.builtins) <= offered


def test_the_parameters_of_a_step_are_offered_and_no_others(editor: LanguageServer) -> None:
    uri, _ = editor.open("parameters.yaml", HEADING + "steps:\n  - step: gaussian_filter\n    \n")
    offered = {item["label"] for item in editor.at("completion", uri, 4, 4)["items"]}
    assert offered == {"name", "sigma"}
