"""A model's settings in words: type, unit, limits, default, and a value that it takes."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import pytest
from pydantic import Field, ValidationError, model_validator

from playnano.exporters import EXPORTS
from playnano.measurements import MEASURES
from playnano.model import FILE_NAME, Model, Nm, Px, Seconds
from playnano.reference.parameters import Parameter, parameters
from playnano.stack.frames import Frame
from playnano.steps import STEPS, FrameStep
from playnano.testing.examples import example_step

Pair = Annotated[tuple[float, ...], Field(min_length=2)]


class Settings(Model):
    """Every kind of setting."""

    step: Literal["settings"] = "settings"
    name: str | None = None
    needed: Nm
    sigma: Annotated[Px, Field(gt=0)] = 1.5
    order: Annotated[int, Field(ge=1, le=5)] = 2
    odd: Annotated[int, Field(multiple_of=2)] = 4
    share: Annotated[float, Field(lt=1)] = 0.5
    text: Annotated[str, Field(pattern=FILE_NAME)] = "a"
    flag: bool = True
    choice: Literal["x", "y"] = "x"
    interval: Annotated[Seconds, Field(gt=0)] | Literal["auto"] = "auto"
    limit: Annotated[float, Field(ge=0)] | None = None
    pair: Pair = (0.0, 1.0)
    ints: tuple[int, ...] = ()
    prose: int = 1
    """A description
    over two lines."""


LISTED: Mapping[str, Parameter] = {p.name: p for p in parameters(Settings)}


def test_what_all_models_share_is_left_out_and_the_rest_keeps_its_order() -> None:
    assert list(LISTED) == [name for name in Settings.model_fields if name not in ("step", "name")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("needed", "number in nm"),
        ("sigma", "number in px, greater than 0"),
        ("order", "integer, at least 1, at most 5"),
        ("odd", "integer, a multiple of 2"),
        ("share", "number, less than 1"),
        ("flag", "true or false"),
        ("choice", "x or y"),
        ("interval", "number in s, greater than 0, or auto"),
        ("limit", "number, at least 0, or none"),
        ("pair", "list of numbers, at least 2 of them"),
        ("ints", "list of integers"),
    ],
)
def test_type_unit_and_limits(name: str, kind: str) -> None:
    assert LISTED[name].kind == kind


def test_a_pattern_is_shown() -> None:
    assert LISTED["text"].kind == f"text, matching {FILE_NAME}"


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("needed", "required"),
        ("sigma", "1.5"),
        ("flag", "true"),
        ("choice", "x"),
        ("limit", "none"),
        ("pair", "[0.0, 1.0]"),
        ("ints", "[]"),
    ],
)
def test_the_default_is_as_in_yaml(name: str, default: str) -> None:
    assert LISTED[name].default == default


def test_a_description_is_one_line() -> None:
    assert LISTED["prose"].description == "A description over two lines."
    assert LISTED["flag"].description == ""


def test_the_example_is_the_default_where_there_is_one() -> None:
    assert (LISTED["sigma"].example, LISTED["limit"].example, LISTED["choice"].example) == (1.5, None, "x")


class Required(Model):
    """Settings without defaults."""

    example: ClassVar[Mapping[str, Any]] = {"own": "of the class"}
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    high: Annotated[float, Field(ge=7)]
    flag: bool
    pair: Pair
    choice: Literal["x", "y"]
    either: Annotated[float, Field(gt=0)] | Literal["auto"]
    shown: Annotated[str, Field(examples=["from the field"])]
    own: str
    text: str


def test_a_setting_without_default_has_an_example_that_it_takes() -> None:
    examples = {p.name: p.example for p in parameters(Required)}
    model = Required.model_validate_json(_json(examples))
    assert model.start < model.end
    assert (model.high, model.choice) == (7.0, "x")
    assert (model.shown, model.own, model.text) == ("from the field", "of the class", "name")
    assert {p.default for p in parameters(Required)} == {"required"}


def _json(values: Mapping[str, Any]) -> str:
    import json

    return json.dumps(values)


@pytest.mark.parametrize("models", [STEPS, EXPORTS, MEASURES], ids=["steps", "exports", "measures"])
def test_every_built_in_setting_takes_its_example(models: Any) -> None:
    for name in models.builtins:
        examples = {p.name: p.example for p in parameters(models[name]) if p.example is not None}
        try:
            made = models[name].model_validate_json(_json({models.key: name, **examples}))
        except ValidationError as error:
            pytest.fail(f"{name}: {error}")
        assert getattr(made, models.key) == name


class Between(FrameStep):
    """Needs one of two parameters."""

    example: ClassVar[Mapping[str, Any]] = {"low": 1.0}
    step: Literal["between"] = "between"
    low: float | None = None
    """Least height."""
    high: float | None = None
    """Greatest height."""

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("low or high is needed")
        return self

    def process(self, frame: Frame) -> Frame:
        return frame


class Unexplained(Between):
    """The same without an example."""

    example: ClassVar[Mapping[str, Any]] = {}


def test_the_example_of_a_class_makes_it_valid() -> None:
    assert example_step(Between).model_dump(exclude_none=True) == {"step": "between", "low": 1.0}


def test_a_class_without_an_example_is_asked_for_one() -> None:
    message = "Unexplained is not valid with defaults; give the class an `example` .*: low or high is needed"
    with pytest.raises(TypeError, match=message):
        example_step(Unexplained)
