"""Every step, those of plugins too, under the contracts of `playnano.testing`; the schema and the page."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

import playnano
from playnano.exporters.data.h5 import H5Export
from playnano.stack.spool import spool
from playnano.steps import STEPS, FrameStep, MaskStep, StackStep, Step
from playnano.testing import FrameStepTests, MaskStepTests, StackStepTests, example_movie, example_step

ROOT = Path(__file__).parents[2]
EVERY_STEP = [example_step(STEPS[name]) for name in STEPS.names]


@pytest.fixture(autouse=True)
def folder_with_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that steps name in their examples."""
    Image.fromarray(np.eye(24, 32, dtype=np.uint8)).save(tmp_path / "mask.png")
    monkeypatch.chdir(tmp_path)


def steps(kind: type[Step], but: type[Step] | None = None) -> Any:
    chosen = [s for s in EVERY_STEP if isinstance(s, kind) and not (but and isinstance(s, but))]
    return pytest.mark.parametrize("step", chosen, ids=lambda step: step.step)


@steps(FrameStep, but=MaskStep)
class TestFrameSteps(FrameStepTests):
    pass


@steps(MaskStep)
class TestMaskSteps(MaskStepTests):
    pass


@steps(StackStep)
class TestStackSteps(StackStepTests):
    pass


@steps(Step)
def test_a_bundle_holds_what_it_measures(step: Step, tmp_path: Path) -> None:
    H5Export().write(spool(step.apply(example_movie())), tmp_path / "done.h5")
    (record,) = playnano.load(tmp_path / "done.h5").provenance.all_steps()
    assert set(record.measured) == {column.name for column in step.measures}


@cache
def schema_validator() -> Any:
    """One for all: it takes longer to make than to use."""
    text = (ROOT / "schemas" / "recipe-v1.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


@steps(Step)
def test_it_is_valid_under_the_committed_schema(step: Step) -> None:
    recipe = {"version": 1, "steps": [step.model_dump(mode="json", exclude_none=True)]}
    assert schema_validator().is_valid(recipe)
    assert not schema_validator().is_valid(
        {**recipe, "steps": [{**recipe["steps"][0], "no_such_parameter": 1}]}
    )


@steps(Step)
def test_the_page_has_it(step: Step) -> None:
    page = (ROOT / "docs" / "reference" / "steps.md").read_text(encoding="utf-8")
    assert f"## {step.step}\n" in page
    section = page.partition(f"## {step.step}\n")[2].partition("\n## ")[0]
    assert all(f"| `{column.name}` |" in section for column in step.measures)
