# Everything a user or contributor needs; each target makes and reuses .venv by itself. Needs Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Processes that share the tests; each starts databases of its own, which take about 1 GB.
WORKERS ?= 2
# A mirror folder with the real data files; a relative path counts from here.
DATA ?= $(DCELL_GRAPH_MIRROR)
MIRROR := $(if $(DATA),DCELL_GRAPH_MIRROR="$(abspath $(DATA))")

# Scripts of bench/ that need nothing but the mirror and take minutes; the first lines of the others say what they need.
BENCHES := imports sources compare snapshot questions datasets model engine round_off interpret
# What takes an hour or more: faults, hostile files, many clients, leaks.
CAMPAIGNS := faults fuzz load leaks

.PHONY: help setup quickstart app test lint bench campaigns docs clean

help:
	@echo "make quickstart [DATA=FOLDER]   set up, load, build snapshots, train; then see: make app"
	@echo "make app                        open the app in the browser"
	@echo "make test [DATA=FOLDER]         lint and all tests; those on real data need a mirror folder"
	@echo "make bench [DATA=FOLDER]        speed and memory; make campaigns: faults, hostile files, load, leaks (an hour or more)"
	@echo "make lint | docs | clean"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt hatch_build.py $(wildcard dcell_graph/model/engine/kernel/*)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

quickstart: $(STAMP)
	@$(MIRROR) $(BIN)/dcell-graph quickstart

app: $(STAMP)
	@$(MIRROR) $(BIN)/dcell-graph app

test: lint
	$(MIRROR) $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(STAMP)
	@for name in $(BENCHES); do echo "== $$name"; $(MIRROR) PYTHONPATH=. $(BIN)/python bench/$$name.py || exit 1; done

campaigns: $(STAMP)
	@for name in $(CAMPAIGNS); do echo "== $$name"; PYTHONPATH=. $(BIN)/python bench/$$name.py || exit 1; done

docs: $(STAMP)
	@$(BIN)/python -m mkdocs build --strict --site-dir site

clean:
	rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .pytest_cache *.egg-info
