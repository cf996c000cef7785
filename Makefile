# Every command of the project; each sets up what it needs, and is quick when nothing has changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := api benchmarks bladifqalbi collectors dashboard store tests
COLLECT := $(BIN)/pybabel extract --project bladifqalbi --version 0.1 \
  --copyright-holder "Bladi wall" --add-location=file --sort-by-file --width 100
DOMAINS := api:messages api:widget dashboard:messages
MERGE := -N --ignore-pot-creation-date --width 100
# Twice quiet: of how an old pip builds langdetect nobody need read.
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes

.PHONY: help demo test check fmt run bench words widget budget lock clean
help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 8

demo: $(VENV)/.run ## Harvest six stand-in platforms and show the wall (ARGS=--once: one cycle)
	@$(BIN)/python -u -m tests.platforms.demo $(ARGS)

test: $(VENV)/.dev $(VENV)/.browser ## Run all tests, on SQLite and PostgreSQL (ARGS=... for pytest)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/.dev ## Lint, types, layers, dependencies, words
	@echo "check: lint";         $(BIN)/ruff check $(CODE)
	@echo "check: format";       $(BIN)/ruff format --check --quiet $(CODE)
	@echo "check: types";        $(BIN)/mypy
	@echo "check: layers";       $(BIN)/lint-imports --no-logo
	@echo "check: dependencies"; $(BIN)/deptry . --no-ansi
	@echo "check: words";        for one in $(DOMAINS); do folder=$${one%:*}; domain=$${one#*:}; \
	  { $(COLLECT) -F api/$$domain.toml -o $(VENV)/words.pot $$folder 2>$(VENV)/words.log && \
	  $(BIN)/pybabel update --check $(MERGE) -d $$folder/locales -D $$domain -i $(VENV)/words.pot 2>>$(VENV)/words.log; } || \
	  { cat $(VENV)/words.log; echo "check: run make words, and translate what is new"; exit 1; }; done
	@echo "check: widget";       $(BIN)/python -m api.widget.build --check || \
	  { echo "check: run make widget, and commit what it made"; exit 1; }

fmt: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff check --fix $(CODE); $(BIN)/ruff format $(CODE)

run: $(VENV)/.run ## Run the service with config.yaml
	@$(BIN)/bladifqalbi run

bench: $(VENV)/.dev ## Measure tagger, pictures, desk and ingest() beside their baselines (takes long)
	@$(BIN)/python -m benchmarks.language
	@$(BIN)/python -m benchmarks.media
	@$(BIN)/python -m benchmarks.looks
	@$(BIN)/python -m benchmarks.desk
	@$(BIN)/python -m benchmarks.ingest $(ARGS)

words: $(VENV)/.dev ## Collect new visible words into the five catalogues
	@for one in $(DOMAINS); do folder=$${one%:*}; domain=$${one#*:}; \
	  $(COLLECT) -F api/$$domain.toml -o $$folder/locales/$$domain.pot $$folder && \
	  $(BIN)/pybabel update $(MERGE) -d $$folder/locales -D $$domain -i $$folder/locales/$$domain.pot || exit 1; done

budget: $(VENV)/.dev $(VENV)/.browser ## Weigh the widget, measure its pages (ARGS=--bytes: weigh only)
	@[ -n "$(filter --bytes,$(ARGS))" ] || [ -d tests/widget/lighthouse/node_modules ] || .ci/lighthouse
	@$(BIN)/python -m tests.widget.budget $(ARGS)

widget: $(VENV)/.dev ## Make the widget's script and style of their sources
	@$(BIN)/python -m api.widget.build

lock: $(VENV)/.dev ## Pin and hash all dependencies anew (needs uv)
	@for kind in build dev; do \
	  out=requirements.lock; [ $$kind = dev ] && out=requirements-dev.lock; \
	  uv pip compile pyproject.toml --group $$kind --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-annotate --no-header --quiet --output-file $$out \
	    --exclude-newer "$$(date -u -d '7 days ago' +%Y-%m-%dT00:00:00Z)" || exit 1; \
	done

clean: ## Remove what the commands above have made
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis tests/widget/lighthouse/node_modules

$(VENV)/bin/python:
	@PYTHON="$(PYTHON)" .ci/virtual-environment $(VENV)

# The project itself is linked, not copied: a change in the code needs no set-up.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "setup: installing what the service needs (about a minute, once)"
	@$(PIP) -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "setup: installing what tests and checks need (about a minute, once)"
	@$(PIP) -r requirements-dev.lock
	@touch $@

$(VENV)/.browser: .ci/browser | $(VENV)/.dev
	@.ci/browser
	@touch $@
