# Everything a person or CI runs. `make run` and `make test` need nothing but Python >= 3.10.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check format lint types reference screenshots benchmark clean

run: $(VENV)/.runtime ## start the dashboard
	$(BIN)/python -m streamlit run dashboard.py

test: $(VENV)/.dev ## run all tests
	$(BIN)/python -m pytest

check: format lint types test ## exactly what CI runs

format: $(VENV)/.dev ## is everything formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev ## rules of style and safety
	$(BIN)/ruff check .

types: $(VENV)/.dev ## strict types of the core
	$(BIN)/mypy

reference: $(VENV)/.runtime ## train the default specification anew into examples/reference-run
	$(BIN)/python -m examples.make_reference

screenshots: $(VENV)/.dev ## photograph the real app for the README
	$(BIN)/python -m examples.make_screenshots

benchmark: $(VENV)/.runtime ## measure training against a plain loop; the machine should be idle
	$(BIN)/python -m benchmarks.training

clean: ## remove what make made; runs stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.runtime: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements-cluster.txt requirements-tensorboard.txt requirements.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@
