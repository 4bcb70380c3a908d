# Every target works on a fresh machine with Python 3.11+, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test plays lint bench lock schema docs openapi clean

# GitHub's own description of its REST interface (https://github.com/octokit/openapi). A new version: change both.
OPENAPI_VERSION := 23.0.2
OPENAPI_SHA256 := 71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c
OPENAPI := var/github-openapi/$(OPENAPI_VERSION).json

help:  ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run  ## Set up, then run the whole flow once against the sandbox (GATEWAY=stripe|paypal: there; ARGS="--open" keeps the page up)
	@$(BIN)/closeout demo --gateway $(or $(GATEWAY),http) $(ARGS)

setup: $(VENV)/.dev  ## Set up the environment for development (.venv)
	@echo "Ready: $(BIN)/closeout --help"

test: $(VENV)/.dev  ## Set up, then run the tests (ARGS="-k name" selects)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

plays: $(VENV)/.dev  ## Draw random plays at length, new ones each time (PLAYS=10 times as many as the tests do)
	@env -u CI PLAYS=$(or $(PLAYS),10) $(BIN)/python -m pytest -n auto tests/releases/test_machine.py tests/releases/test_machine_bank.py $(ARGS)

lint: $(VENV)/.dev  ## Check style and types (ruff, mypy --strict), and the Dockerfile (hadolint)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/hadolint Dockerfile

bench: $(VENV)/.dev  ## Run the benchmarks (ratios within one run; not part of the tests)
	@$(BIN)/python -m tests.bench $(ARGS)

schema: $(VENV)/.run  ## Write config/closeout.schema.json from the models
	@$(BIN)/closeout schema > config/closeout.schema.json

docs: schema  ## Write that, docs/contract.md and docs/commands.md from the models and the commands
	@$(BIN)/closeout schema --markdown > docs/contract.md
	@$(BIN)/python -m app.cli.manual > docs/commands.md

openapi: $(OPENAPI)  ## Fetch GitHub's description of its interface; the tests compare with it (needs npm)

lock: $(VENV)/.dev  ## Resolve the ranges of pyproject.toml into the hash-pinned requirements files
	@$(PIP) install --quiet uv
	@compile="$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url"; \
	export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	$$compile -o requirements.txt pyproject.toml && \
	$$compile -o requirements-build.txt -c requirements.txt --group build && \
	$$compile -o requirements-dev.txt -c requirements.txt --group dev

$(OPENAPI):
	@rm -rf $(@D) && mkdir -p $(@D)/package
	@cd $(@D)/package && npm pack --silent @octokit/openapi@$(OPENAPI_VERSION) >/dev/null && \
	  echo "$(OPENAPI_SHA256)  octokit-openapi-$(OPENAPI_VERSION).tgz" | sha256sum --check --quiet && \
	  tar --extract --gzip --strip-components=2 --file octokit-openapi-*.tgz package/generated/api.github.com.json
	@mv $(@D)/package/api.github.com.json $@ && rm -r $(@D)/package

clean:  ## Remove the environment and everything that was generated
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis var build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Closeout needs Python 3.11 or newer, this is %s. Name another one: make PYTHON=/path/to/python3.12" % sys.version.split()[0])'
	@echo "Creating $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.txt requirements-build.txt pyproject.toml
	@echo "Installing the locked dependencies (once; about half a minute) ..." >&2
	@$(PIP) install --quiet --progress-bar on --require-hashes -r requirements.txt -r requirements-build.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing the tools for development ..." >&2
	@$(PIP) install --quiet --progress-bar on --require-hashes -r requirements-dev.txt
	@touch $@
