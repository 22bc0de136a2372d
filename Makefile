# demo      make a synthetic movie and run a recipe on it
# test      `check`, then the tests but for those that start processes of their own
# test-all  everything a change must pass: `check`, then every test
# check     lint, format, types, layers, generated pages (changes nothing)
# format    mend what can be mended
# generated write the schemas and reference pages anew
# fuzz      thousands of damaged files for each reader; takes minutes
# witnesses readers of other projects that tests compare with
# bench     time and memory, beside the least that the work takes; writes benchmarks/RESULTS.md
# bench-peer the same work by playNano 0.5.0, which is installed for it

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
# what pip or one process compiled, the others need not
CACHED := PYTHONDONTWRITEBYTECODE=

.PHONY: witnesses demo test test-all check format generated fuzz bench bench-peer clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,all]"
	touch $(READY)

demo: $(READY)
	$(BIN)/playnano sample demo/molecules.h5-jpk --overwrite
	$(BIN)/playnano run recipes/quicklook.yaml demo/molecules.h5-jpk --output-folder demo/output --overwrite

test: check
	$(CACHED) $(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

test-all: check
	$(CACHED) $(BIN)/python -m pytest -n auto --dist worksteal

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

format: $(READY)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

generated: $(READY)
	$(BIN)/python docs/generate.py

# ome-zarr alone asks for cloud storage, which no test needs: hence --no-deps
witnesses: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[witness]"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps ome-zarr

fuzz: $(READY)
	$(BIN)/python tests/fuzz/fuzz.py

bench: $(READY)
	$(BIN)/python benchmarks/run.py

bench-peer: $(READY)
	$(BIN)/python benchmarks/run.py peer

clean:
	rm -rf $(VENV) demo build dist
