# Everything that one does with this repository. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help up test check contracts bench verify chaos chaos-points fuzz compose-check screenshots format clean lock environment portal

VENV := .venv/bin
# `make clean` also works where the environment is broken or gone
PYTHON = $(firstword $(wildcard $(VENV)/python) python3)
SERVICES := gateway identity payments notify
UV_COMPILE := $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
CACHES := .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): /  make \1\t/p' Makefile | expand -t 24

environment:
	@sh deploy/local/bootstrap.sh

portal:
	@sh deploy/local/bootstrap.sh inbox assets

## up: run the whole portal here, until Ctrl-C; the second start keeps the data
up: portal
	@$(VENV)/python -m deploy.local up

## test: check, then every test; needs nothing started before
test: portal
	@$(VENV)/python -m deploy.local install --with-browser
	@$(MAKE) --no-print-directory check
	@$(VENV)/python -m pytest -p tests.e2e.one_stack_at_a_time -n 2

## check: lint, format, types, the rules of imports, the Dockerfile
check: environment
	@$(VENV)/ruff check --quiet
	@$(VENV)/ruff format --quiet --check
	@$(VENV)/mypy --no-error-summary .
	@said=$$($(VENV)/lint-imports 2>&1) || { echo "$$said"; exit 1; }
	@$(VENV)/hadolint deploy/Dockerfile

## contracts: write the events' schemas, documents and catalog anew from their classes
contracts: environment
	@$(VENV)/python -m deploy.contracts

## verify: the invariants of the running portal, across its services
verify: environment
	@$(VENV)/python -m tests.chaos.verify

## chaos: kill, freeze and cut everything under members who pay, then verify (KILLS=200 SEED= ROUNDS=0); a quarter of an hour
chaos: portal
	@$(VENV)/python -m deploy.local install
	@$(VENV)/python -m tests.chaos.run --kills $(or $(KILLS),200) --rounds $(or $(ROUNDS),0) $(if $(SEED),--seed $(SEED))

## chaos-points: let a process die at every crash point (TIMES=20), then verify; half an hour
chaos-points: portal
	@$(VENV)/python -m deploy.local install
	@$(VENV)/python -m tests.chaos.crash_points --times $(or $(TIMES),20) $(if $(SEED),--seed $(SEED))

## fuzz: requests by the thousand from the API document, right and wrong ones (REQUESTS=20000 NUMBER=1); half an hour
fuzz: portal
	@$(VENV)/python -m deploy.local install
	@$(VENV)/python -m tests.fuzz --requests $(or $(REQUESTS),20000) --number $(or $(NUMBER),1)

## compose-check: build and start docker-compose.yml, and make a first visit there; needs Docker, takes minutes
compose-check: environment
	@$(VENV)/python -m pytest -rs tests/e2e/compose_check.py

## bench: what the portal can do, beside the least that a durable payment costs; about three minutes
bench: portal
	@$(VENV)/python -m deploy.local install --with-load
	@$(VENV)/python -m tests.bench

## screenshots: every page as a picture, into .local/screenshots
screenshots: portal
	@$(VENV)/python -m deploy.local install --with-browser
	@$(VENV)/python -m tests.browser.screenshots

## format: lay the code out as `check` wants it
format: environment
	@$(VENV)/ruff check --quiet --fix-only
	@$(VENV)/ruff format --quiet

## clean: stop the portal and remove all that was made here, its data too
clean:
	@$(PYTHON) -m deploy.local clean
	@if [ -d .venv ]; then echo "Removing the environment"; fi
	@rm -rf .venv $(CACHES) deploy/local/inbox/node_modules services/gateway/assets/node_modules services/gateway/static* \
		examples/subscriber/.venv examples/subscriber/events.sqlite*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

## lock: make the hashed locks again from the dependency lists
lock: environment
	@$(UV_COMPILE) --output-file requirements-dev.txt requirements-dev.in
	@$(UV_COMPILE) --constraints requirements-dev.txt \
		--output-file examples/subscriber/requirements.txt examples/subscriber/requirements.in
	@for service in $(SERVICES); do \
		$(UV_COMPILE) --constraints requirements-dev.txt \
			--output-file services/$$service/requirements.txt services/$$service/requirements.in || exit 1; \
	done
