# make run    set up and open the dashboard (embedded SQLite, generated sample data)
# make test   set up and run everything: lint, types, unit, both databases, Chromium
# make check  the quick tier: lint, types, unit tests but the slow ones (under a minute once set up)
# Both set-ups write to .venv and var/ in this folder; `make test` also installs Debian's
# chromium through apt-get when no Chromium is found and you are root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export MPLBACKEND := Agg
.DEFAULT_GOAL := help
.PHONY: help run test check lint types unit browser lock build clean

help:
	@sed -n '1,3s/^# //p' Makefile

run: $(VENV)/.runtime
	$(BIN)/kindred run

test: $(VENV)/.development browser
	$(MAKE) -s lint types
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.development
	@$(MAKE) -s -j2 lint types unit

lint:
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types:
	$(BIN)/mypy --no-error-summary

unit:
	$(BIN)/python -m pytest -q --numprocesses 2 -m "not slow" db segmentation dashboard tests/unit tests/architecture

# What the pages' tests drive. Chrome or Chromium under any of its usual names will do.
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's chromium for the browser tests"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "No Chromium found: the browser tests will be skipped. Install one (Debian: apt-get install chromium)."; fi

# A virtual environment, on Debian also where python3-venv is missing and you are root.
$(VENV)/.base:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Kindred needs Python 3.11 or newer; found $$($(PYTHON) --version). Name another: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Debian's python3-venv" && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null && \
	  $(PYTHON) -m venv --clear $(VENV); } || \
	  { echo "Python's venv module is missing; install it (Debian: apt-get install python3-venv)"; exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.base requirements.lock pyproject.toml
	@echo "Installing what Kindred runs on into $(VENV) (requirements.lock)"
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.base requirements-dev.lock pyproject.toml
	@echo "Installing what Kindred runs on and is tested with into $(VENV) (requirements-dev.lock)"
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.runtime

# New versions within the bounds of pyproject.toml. Needs `uv` (pip install uv).
lock:
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --all-extras --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

build: $(VENV)/.development
	$(BIN)/python -m build --no-isolation --wheel

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
