"""Provenance: JSON and back, over several runs, and of the raw movie."""

import json

from playnano.stack.provenance import Provenance, Record, Source

MOVIE = Source(name="movie.asd", channel="TP", size=5)


def record(index: int) -> Record:
    return Record(
        index=index,
        name=f"step_{index}",
        step="any",
        parameters={},
        revision=1,
        package="p",
        package_version="1",
    )


def test_it_comes_back_from_json_with_keys_of_later_versions() -> None:
    provenance = Provenance(input=MOVIE).with_step(record(1)).reread(Source(name="a.npz", channel="TP"))
    assert Provenance.from_json(provenance.to_json()) == provenance
    later = json.loads(provenance.to_json()) | {"of_tomorrow": [1]}
    assert json.loads(Provenance.from_json(json.dumps(later)).to_json()) == later


def test_the_number_of_files_is_stated_of_a_folder_only() -> None:
    assert "files" not in json.loads(Provenance(input=MOVIE).to_json())["input"]
    folder = MOVIE.model_copy(update={"files": 3})
    assert json.loads(Provenance(input=folder).to_json())["input"]["files"] == 3


def test_steps_are_counted_over_all_runs() -> None:
    first = Provenance(input=MOVIE).with_step(record(1)).with_step(record(2))
    second = first.reread(Source(name="a.npz", channel="TP")).with_step(record(3))
    assert [step.index for step in second.all_steps()] == [1, 2, 3]
    assert second.next_index() == 4
    assert Provenance().next_index() == 1


def test_raw_is_of_the_first_run_without_its_steps() -> None:
    first = Provenance(input=MOVIE, recipe={"version": 1, "steps": [{"step": "any"}]}).with_step(record(1))
    second = first.reread(Source(name="a.npz", channel="TP")).with_step(record(2))
    raw = second.before_steps()
    assert (raw.input, raw.steps, raw.history) == (MOVIE, (), ())
    assert raw.recipe == {"version": 1, "steps": []}
