# The project's commands. Needed: GNU make and Python 3.11 or 3.12 (Node 20 is brought where absent).
# No environment variable is needed; everything made lands in .venv, node_modules, .build and build.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first interpreter that really runs and is 3.11 or 3.12 (a version manager's shim may not run).
# Override it with: make setup PYTHON=/path/to/python3.12
PYTHON ?= $(shell for name in python3.12 python3.11 python3 python /usr/bin/python3; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
	>/dev/null 2>&1 && { echo "$$name"; break; }; done)

# The real programs come first: npm's wrappers lose exit codes and child processes.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/build/bin:$(PATH)
export APE_DATA_FOLDER := $(CURDIR)/build/ape
export SOLCX_BINARY_PATH := $(CURDIR)/build/solc
export PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS := no
# Keeps every tool from writing into a home folder that may be absent or somebody else's.
export XDG_CACHE_HOME := $(CURDIR)/build/cache
export npm_config_cache := $(CURDIR)/build/npm-cache

.PHONY: help setup compile artifacts demo test bench soak invariants up lint slither fmt gas kubo clean

help: ## say what each command does
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: ## prepare this machine: .venv, Node packages, compiler (what is done is not done again)
ifeq ($(PYTHON),)
	@echo "setup: no Python 3.11 or 3.12 with the venv module was found."
	@echo "  Debian or Ubuntu: sudo apt-get install python3 python3-venv"
	@echo "  elsewhere: install Python 3.12, or name one: make setup PYTHON=/path/to/python3.12"
	@exit 1
else
	@$(PYTHON) scripts/toolchain/setup.py
endif

SOLIDITY := $(shell find contracts -name '*.sol' 2>/dev/null)

compile: setup build/.compiled ## compile the contracts with Ape (again only after a change)

build/.compiled: $(SOLIDITY) ape-config.yaml package-lock.json | setup
	@echo "compile: contracts …"
	@# Ape compiles what changed, not what imports it: hence --force.
	@.venv/bin/ape compile --force --verbosity WARNING >build/compile.log 2>&1 || { \
		sed -n '/ERROR/,$$p' build/compile.log; \
		echo "compile: failed; mend the source named above (whole output: build/compile.log)"; exit 1; }
	@touch $@

artifacts: setup ## write ABI and bytecode of the contracts to dao_backend/chain/artifacts
	@.venv/bin/python scripts/export_abi.py

# KEEPERS=5 THRESHOLD=3 runs so many keepers as processes of their own, here and in `up`.
COMMITTEE = $(if $(KEEPERS),--keepers $(KEEPERS)) $(if $(THRESHOLD),--threshold $(THRESHOLD))

demo: compile ## run the twelve steps on real input; DATA=PATH takes your own folder; KEEPERS=5 THRESHOLD=3
	@.venv/bin/ddao demo $(if $(DATA),--data "$(DATA)") $(COMMITTEE)

up: compile ## start chain, keepers, API and pages at 127.0.0.1; Ctrl-C stops everything
	@.venv/bin/ddao up $(COMMITTEE)

# The contracts have a run of their own: Ape's plugin, which they need, may set the fixtures
# of other modules up again in mid-story, so everything else runs without it.
test: compile ## run every test; ARGS="tests/core -x" narrows it
ifdef ARGS
	@.venv/bin/python -m pytest $(ARGS)
else
	@.venv/bin/python -m pytest -n 2 --dist loadfile tests/contracts
	@.venv/bin/python -m pytest -p no:ape_test -n 2 --dist loadfile tests --ignore=tests/contracts
	@.venv/bin/python -m scripts.invariants --short
endif

soak: compile ## kill, cut off and deceive keepers at full length: what `make test` plays some rounds of
	@DDAO_SOAK=1 .venv/bin/python -m pytest -p no:ape_test tests/keepers

invariants: setup ## hold the contracts' invariants through 250,000 random calls and more (5 to 10 minutes)
	@.venv/bin/python -m scripts.invariants

gas: compile ## measure every operation's gas beside its ceiling; fails above one
	@.venv/bin/python -m scripts.gas

bench: setup ## measure speed and memory at 10^5 contributions; FULL=1: 10^6; ONLY=row,row
	@FULL="$(FULL)" ONLY="$(ONLY)" .venv/bin/python -m scripts.bench

lint: setup ## run every linter and format check
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@build/bin/forge fmt --check
	@build/bin/node node_modules/solhint/solhint.js --disc --noPoster --max-warnings 0 'contracts/**/*.sol'

slither: setup ## read the contracts for known faults; fails on one without a reason
	@.venv/bin/python -m scripts.toolchain.slither

fmt: setup ## format Python and Solidity
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .
	@build/bin/forge fmt

kubo: setup ## build the pinned IPFS node with Go, so that storage tests meet a real one
	@.venv/bin/python scripts/toolchain/kubo.py

clean: ## remove everything that was made (.venv and node_modules too)
	rm -rf .venv node_modules build dist .build out cache .hypothesis .pytest_cache .mypy_cache .ruff_cache
