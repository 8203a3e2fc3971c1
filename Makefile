# Zhengling: `make run`, `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# An activated environment elsewhere must never be pruned by our sync.
unexport VIRTUAL_ENV

$(UV): requirements/uv.lock
	@python="$$(sh tools/find-python)" && "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@touch $@

# The test environment holds everything the running one does, so either stamp satisfies `make run`.
$(VENV)/.run: requirements/run.lock pyproject.toml | $(UV)
	@if [ ! -e $(VENV)/.test ] || [ requirements/run.lock -nt $(VENV)/.test ]; then \
	  $(MAKE) --no-print-directory sync LOCK=requirements/run.lock; fi
	@touch $@

$(VENV)/.test: requirements/test.lock pyproject.toml | $(UV)
	@$(MAKE) --no-print-directory sync LOCK=requirements/test.lock
	@touch $(VENV)/.run $@

.PHONY: sync
sync:
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(LOCK)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .

.PHONY: run
run: $(VENV)/.run ## Start Zhengling on 127.0.0.1:8000 (PORT, DATABASE_URL, GAZETTE honoured); Ctrl-C stops it
	@exec $(BIN)/zhengling run

.PHONY: test
test: $(VENV)/.test ## Every check and test, the way CI runs them
	@$(BIN)/python tools/check.py all

.PHONY: check
check: $(VENV)/.test ## The fast gate: style, types, contracts, strings, docs, law
	@$(BIN)/python tools/check.py fast

.PHONY: setup
setup: $(VENV)/.test ## Only build the environment

.PHONY: lock
lock: $(UV) ## Renew the hash-pinned locks from pyproject.toml (no addresses are written)
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements/run.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --group dev -o requirements/test.lock

.PHONY: format
format: $(VENV)/.test ## Format the code
	@$(BIN)/ruff check --quiet --fix src tools tests; $(BIN)/ruff format --quiet src tools tests

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort
