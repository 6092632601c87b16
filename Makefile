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

.PHONY: help setup compile artifacts demo test up lint fmt kubo clean

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
