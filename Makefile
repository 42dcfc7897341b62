# Everything a newcomer needs is `make demo` and `make test`; both make their own environment in .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
PACKAGES := contracts chassis services/customer services/visits services/promotion services/analytics gateway cli
STAMP := .venv/.installed
UV_BOOTSTRAP := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/terrain/uv
UV := $(shell command -v uv 2>/dev/null || echo $(UV_BOOTSTRAP)/bin/uv)
EXPORT := $(UV) export --quiet --frozen --no-emit-workspace --no-header --no-annotate
ARGS ?=
SCHEDULES ?= 10

.PHONY: help demo test check format lock bench faults install

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

demo: install ## Start everything with demo data; options in ARGS="--demo medium --detach --port 8090"
	@exec $(BIN)/terrain up --demo $(ARGS)

test: install ## Run every test that needs no containers
	PATH="$(dir $(UV)):$$PATH" $(BIN)/pytest $(PYTEST_ARGS)

check: install ## Format check, lint, types, import rules, quick tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -q -m "not stack and not system and not faults"

format: install ## Format and sort imports
	$(BIN)/ruff check -q --select I --fix .
	$(BIN)/ruff format .

bench: install ## Measure our path against raw limits
	$(BIN)/python -m benchmarks $(ARGS)

faults: install ## Run SCHEDULES=N seeded fault schedules
	SCHEDULES=$(SCHEDULES) $(BIN)/pytest -m faults tests/faults $(PYTEST_ARGS)

lock: $(UV) ## Write the hashed locks, one per distribution and one for development
	$(UV) lock
	@$(foreach path,$(PACKAGES),$(EXPORT) --package terrain-$(notdir $(path)) --no-default-groups \
	  --output-file $(path)/requirements.lock >/dev/null;)
	@$(EXPORT) --output-file requirements.lock >/dev/null
	@$(EXPORT) --only-group build --output-file deploy/docker/build.lock >/dev/null

install: $(STAMP)

# Everything from the hashed lock, then our own packages without their dependencies. hatchling and editables, which build
# them, are in the lock too, so nothing unpinned is ever fetched.
$(STAMP): requirements.lock $(addsuffix /pyproject.toml,$(PACKAGES)) | $(UV)
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --python '>=3.11' .venv
	@echo "installing the pinned environment into .venv"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix --editable ./,$(PACKAGES))
	@touch $(STAMP)

# Only when no uv is on the PATH.
$(UV_BOOTSTRAP)/bin/uv:
	@echo "installing uv into $(UV_BOOTSTRAP)"
	@python3 -m venv $(UV_BOOTSTRAP)
	@$(UV_BOOTSTRAP)/bin/pip install --quiet 'uv>=0.9'
