"""Every measure, those of plugins too, under the contract of `playnano.testing`; the schema and the page."""

import json
from pathlib import Path

import jsonschema
import pytest

from playnano.measurements import MEASURES, Measure
from playnano.reference.pages import example_measure
from playnano.testing import MeasureTests

ROOT = Path(__file__).parents[2]
EVERY_MEASURE = [example_measure(MEASURES[name]) for name in MEASURES.names]


@pytest.mark.parametrize("measure", EVERY_MEASURE, ids=lambda measure: measure.measure)
class TestMeasures(MeasureTests):
    pass


def test_every_measure_is_valid_under_the_committed_schema() -> None:
    schema = json.loads((ROOT / "schemas" / "recipe-v1.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for measure in EVERY_MEASURE:
        values = measure.model_dump(mode="json", exclude_none=True)
        assert validator.is_valid({"version": 1, "analysis": [values]}), measure
        assert not validator.is_valid({"version": 1, "analysis": [{**values, "no_such_parameter": 1}]})


@pytest.mark.parametrize("measure", EVERY_MEASURE, ids=lambda measure: measure.measure)
def test_the_page_has_it(measure: Measure) -> None:
    page = (ROOT / "docs" / "reference" / "measures.md").read_text(encoding="utf-8")
    assert f"## {measure.measure}\n" in page
