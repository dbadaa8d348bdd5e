# make run    start Sluice (console and gateway on one port)
# make test   every check and test; CI=true installs the test tools and allows nothing left out
# make drills every drill whole (an hour and more); figures to bench/results

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := run
.PHONY: run test drills test-tools lint types coverage clean

run: $(VENV)/.runtime
	$(PY) -m console

test: $(VENV)/.development
ifeq ($(CI),true)
	scripts/test-tools install
else
	scripts/test-tools check
endif
	$(MAKE) --no-print-directory lint types
	$(PY) -m pytest

drills: $(VENV)/.development
	$(PY) -m bench.drills

# The real servers and the browser that the tests use: redis-server, prometheus, chromium.
test-tools:
	scripts/test-tools install

lint: $(VENV)/.development
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.development
	$(PY) -m mypy

coverage: $(VENV)/.development
	$(PY) -m pytest --cov --cov-report=term

clean:
	rm -rf $(VENV) .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	scripts/make-venv "$(PYTHON)" "$(VENV)"

$(VENV)/.runtime: requirements.txt | $(PY)
	@echo "Installing what Sluice needs (about a minute) ..."
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	$(PIP) -r requirements-dev.txt
	@touch $@
