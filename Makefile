# Everything that is done with a fresh clone. Needs python3 (3.10 or newer) and make. The tests also
# want programs of the system; `make test` says at the start which are missing, and `make programs`
# installs them.

PYTHON ?= python3
PIP = bin/python -m pip --quiet --disable-pip-version-check
NOX = .venv/bin/nox

.PHONY: help test missing programs servers versions quick fuzz lint docs coverage bench stall torture compare applications demo clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

test: missing $(NOX) ## style, types, packaging, and all tests on SQLAlchemy 1.4, 2.0 and 2.1
	$(NOX)

missing:
	@$(PYTHON) tests/programs.py

programs: ## install the programs of the system that the tests need (as root)
	$(PYTHON) tests/programs.py --install

servers: $(NOX) ## fetch the servers of other versions; make servers ARGS="mysql postgresql:18"
	$(NOX) --session servers -- $(ARGS)

versions: $(NOX) ## what depends on the server, on every version; make versions ARGS=mysql:9.7
	$(NOX) --session versions -- $(ARGS)

quick: $(NOX) ## the tests on SQLAlchemy 2.0 only; make quick ARGS="-k name --database sqlite"
	$(NOX) --session "tests(2.0)" -- $(ARGS)

fuzz: $(NOX) ## generated models, on SQLAlchemy 2.0; make fuzz EXAMPLES=1000 ARGS="--database mariadb"
	AUTOSYNC_EXAMPLES=$(or $(EXAMPLES),500) $(NOX) --session "tests(2.0)" -- tests/drift/test_generated.py $(ARGS)

lint: $(NOX) ## style and types
	$(NOX) --session lint

docs: $(NOX) ## the documentation, in docs/_build/html; warnings are errors
	$(NOX) --session docs -- $(ARGS)

coverage: $(NOX) ## the tests on SQLAlchemy 2.0, and the lines that none of them reaches
	$(NOX) --session coverage -- $(ARGS)

bench: $(NOX) ## measure on 1,000 tables per database
	$(NOX) --session bench -- $(ARGS)

stall: $(NOX) ## measure how long an application waits while its tables are altered
	$(NOX) --session stall -- $(ARGS)

torture: $(NOX) ## races of 32 processes, deaths at every statement, traffic, and what was done
	$(NOX) --session torture -- $(ARGS)

compare: $(NOX) ## count false differences, Alembic's and ours; ARGS=--readme writes them down
	$(NOX) --session compare -- $(ARGS)

applications: $(NOX) ## published applications and their migrations; make applications ARGS=optuna
	$(NOX) --session applications -- $(ARGS)

demo: .venv-demo/installed ## the main job on a SQLite file, in a minute
	.venv-demo/bin/python examples/demo/run.py

clean: ## remove what the other targets made
	rm -rf .venv .venv-demo .nox .coverage* build docs/_build docs/generated *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(NOX):
	$(PYTHON) -m venv .venv
	.venv/$(PIP) install nox

.venv-demo/installed: setup.cfg pyproject.toml $(shell find autosync -name '*.py')
	rm -rf build
	$(PYTHON) -m venv .venv-demo
	.venv-demo/$(PIP) install .
	@touch $@
