# `make` alone lists the words.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: help run test quick lint format bench lock clean tools

help: ## list these words
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 10

run: $(VENV)/site ## serve the site at http://127.0.0.1:8000/ in production mode
	@exec $(BIN)/python manage.py serve

test: lint tools ## install what the tests need, lint, and run all tests
	$(BIN)/python -m pytest -n auto

quick: $(VENV)/dev ## the tests without the browser
	$(BIN)/python -m pytest -n auto -m "not browser"

lint: $(VENV)/dev ## what the linter and the formatter would change
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/dev ## mend what the linter and the formatter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/dev ## measure: figures as ratios within one run
	$(BIN)/python bench/doors.py

lock: $(VENV)/dev ## pin anew what requirements*.in ask for, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header \
		--generate-hashes requirements.in --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header \
		--generate-hashes requirements-dev.in --output-file requirements-dev.txt

clean: ## forget the virtual environment
	rm -rf $(VENV)

# The stamps are older than their lists only when the lists changed.
$(VENV)/site: requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing the pinned requirements ..."
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

$(VENV)/dev: $(VENV)/site requirements-dev.txt
	@echo "Installing what the tests and the linter need ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@

# The browser and curl come from the system, which pip cannot install.
tools: $(VENV)/dev
	@deploy/install-test-tools
