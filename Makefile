# `make` alone lists the words.

VENV := .venv
BIN := $(VENV)/bin
CLIENTS := $(VENV)/clients
PEERS := seed dpaste pinnwand
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
QUIETLY := --disable-pip-version-check --quiet
PIP := $(BIN)/pip $(QUIETLY)

.PHONY: help run test quick thorough lint format bench peers faults screenshots messages lock clean tools system

help: ## list these words
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 10

run: $(VENV)/site ## serve the site at http://127.0.0.1:8000/ in production mode
	@exec $(BIN)/python manage.py serve

test: lint tools ## install what the tests need, lint, and test on both databases
	SHORT=1 $(BIN)/python -m pytest -n auto --dist worksteal
	SHORT=1 TEST_ENGINE=postgresql $(BIN)/python -m pytest -n auto --dist worksteal \
		-m "not browser"

quick: $(VENV)/dev ## the tests without the browser
	$(BIN)/python -m pytest -n auto -m "not browser"

thorough: lint tools ## all tests on both databases, more questions to the API
	THOROUGH=1 $(BIN)/python -m pytest -n auto --dist worksteal --timeout 1800
	THOROUGH=1 TEST_ENGINE=postgresql $(BIN)/python -m pytest -n auto --dist worksteal \
		--timeout 1800

lint: $(VENV)/dev ## what the linter and the formatter would change
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/dev ## mend what the linter and the formatter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/dev peers ## measure beside others; OPTIONS="--quick --write" goes along
	$(BIN)/python bench/speed.py $(OPTIONS)

# Each prints its figures; as root, for one of them cuts a file system off.
FAULTS := kills burns stopping stalled powercuts soak cluster migrating clocks \
	overload wal
faults: $(VENV)/dev system ## kill, stop, stall and cut off the site: the short forms
	@set -e; for fault in $(FAULTS); do echo "$$fault:"; \
		$(BIN)/python bench/$$fault.py --quick; done

screenshots: $(VENV)/dev system ## take the documents' pictures anew, from real pages
	$(BIN)/python docs/screenshots.py

messages: $(VENV)/dev system ## collect what is to be translated, and compile the catalogs
	$(BIN)/python manage.py makemessages
	$(BIN)/python manage.py compilemessages --ignore $(VENV)

lock: $(VENV)/dev system ## pin anew what requirements*.in and package.json ask for
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header \
		--generate-hashes requirements.in --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header \
		--generate-hashes requirements-dev.in --output-file requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header \
		--generate-hashes requirements-clients.in \
		--output-file requirements-clients.txt
	for peer in $(PEERS); do $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --no-header --generate-hashes \
		requirements-peers-$$peer.in \
		--output-file requirements-peers-$$peer.txt || exit 1; done
	npm install --prefix deploy/clients --package-lock-only --silent \
		--omit-lockfile-registry-resolved

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

# Other pastebins' clients have a place of their own: their versions are not the site's.
# What they run is their own code, never what a package does on being installed by npm.
$(CLIENTS)/done: requirements-clients.txt deploy/clients/package.json \
		deploy/clients/package-lock.json | $(VENV)/site system
	@echo "Installing the clients that the tests run ..."
	@rm -rf $(CLIENTS)
	@$(BIN)/python -m venv $(CLIENTS)
	@$(CLIENTS)/bin/pip $(QUIETLY) install --require-hashes \
		--requirement requirements-clients.txt
	@cp deploy/clients/package.json deploy/clients/package-lock.json $(CLIENTS)
	@npm ci --prefix $(CLIENTS) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

tools: $(VENV)/dev $(CLIENTS)/done

# What the bench compares with, each of them in a place of its own too. dpaste needs a
# compiler.
peers: $(PEERS:%=$(VENV)/peers/%/done)

$(VENV)/peers/%/done: requirements-peers-%.txt | $(VENV)/site
	@deploy/install-test-tools bench
	@echo "Installing $* to compare with ..."
	@rm -rf $(VENV)/peers/$*
	@$(BIN)/python -m venv $(VENV)/peers/$*
	@$(VENV)/peers/$*/bin/pip $(QUIETLY) install --require-hashes \
		--requirement requirements-peers-$*.txt
	@touch $@

# The browser, curl and npm come from the system, as pip cannot install them.
system:
	@deploy/install-test-tools
