# Every target works in a fresh clone; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
STACK ?= dev
REQUIREMENTS := requirements.txt requirements-dev.txt
# The stamp's name has the hash of what the environment was made from, so a checkout that changes
# a pin gets a new environment, and one that only touches the files does not.
STAMP := .venv/made-from-$(shell cat $(REQUIREMENTS) 2>/dev/null | sha256sum | cut -c1-16)

.PHONY: help venv tools lab-tools demo describe up verify report test unit lint format lab-up lab-down examples kernels kubean release package \
	bench bench-check test-profile

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(STAMP) ## Create .venv from the pinned requirements

$(STAMP): | $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "make: '$(PYTHON)' is not Python 3.11 or newer with venv and ensurepip: install python3 and python3-venv, or choose another: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "making .venv from $(REQUIREMENTS)"
	@exec 9<requirements.txt; flock 9; \
	  if [ ! -e $(STAMP) ]; then \
	    [ -x $(PY) ] && $(PY) -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv; \
	    $(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt; \
	    rm -f .venv/made-from-*; touch $(STAMP); \
	  fi

tools: venv ## Build every program that the project, its lab and its tests run (cached)
	@$(PY) -m tools build

lab-tools: venv ## Build what the lab and the demo run (cached)
	@$(PY) -m lab prepare & layers=$$!; $(PY) -m tools build --lab; wait $$layers

lab-up: lab-tools ## Start the lab that Pulumi.dev.yaml describes
	@$(PY) -m lab up --stack dev

lab-down: venv ## Remove the lab, leaving nothing behind
	@$(PY) -m lab down

demo: lab-tools ## Start the lab, join the mesh with pulumi up and prove it; the lab stays up
	@$(PY) -m lab up --stack dev
	@$(PY) -m demo
	@echo
	@echo "The lab stays up. Look around:  $(PY) -m lab exec -- kubectl --kubeconfig .lab/dev/cluster01.kubeconfig get pods -A"
	@echo "                  Pulumi on it: $(PY) -m demo pulumi preview"
	@echo "                  Prove again:  make verify"
	@echo "                  Show again:   make report"
	@echo "                  Take it down: make lab-down"

describe: venv ## Write the stack file of existing clusters (STACK=name, CLUSTERS="FILE[:CONTEXT] ...")
	@$(PY) -m mesh describe --stack $(STACK) $(CLUSTERS)

up: venv ## Run pulumi up, also after one that was killed (STACK=name, UP="more words")
	@$(if $(filter dev,$(STACK)),$(PY) -m demo pulumi up $(UP),$(PY) -m mesh unlock --stack $(STACK) && pulumi up --stack $(STACK) $(UP))

verify: venv ## Prove the mesh again, without an update (STACK=name; dev is the lab's)
	@$(if $(filter dev,$(STACK)),$(PY) -m demo verify,$(PY) -m mesh verify --stack $(STACK))

report: venv ## Report on the mesh: a page, JSON, Markdown (STACK=name; dev is the lab's)
	@$(if $(filter dev,$(STACK)),$(PY) -m demo report,$(PY) -m mesh report --stack $(STACK))

lint: venv ## Run formatter, linter and type checker without changing anything
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

format: venv ## Fix what the formatter and the linter can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

unit: venv ## Run the tests that need no root, no toolchain and no lab (a minute)
	@$(PYTEST) -q tests/unit

examples: venv tools ## Preview every stack file under examples/
	@$(PYTEST) tests/engine/test_examples.py

kernels: venv tools ## Test step 1 alone: kernels of EL nodes upgraded over a real sshd (root)
	@$(PYTEST) tests/nodes

kubean: venv tools ## Test step 2 alone: clusters made through a real API server and a stand-in for Kubean (root)
	@$(PYTEST) tests/engine/test_kubean.py tests/engine/test_kubean_mesh.py

release: venv tools ## Test Cilium as the program's own Helm release: engine and lab (root)
	@$(PYTEST) tests/engine/test_release.py tests/lab/test_release.py

package: venv tools ## Test the Pulumi package alone: its schema, a mesh in YAML, an SDK
	@$(PYTEST) tests/components/test_package.py tests/engine/test_package.py

# Without names it begins with a cold demo, which must find nothing built.
bench: venv $(if $(BENCH),tools) ## Benchmark against other ways: hours, on a quiet machine (root; BENCH="names --repeats 5")
	@$(PY) -m bench $(BENCH)

test-profile: venv tools ## Run the tests and write where their CPU time goes to docs/testing.md (root)
	@$(PY) -m tests.costs $(TESTS)

bench-check: venv tools ## Compare counts (Helm upgrades, API writes, Commands, resources) with the baseline
	@$(PY) -m bench --check

test: lint tools ## Run everything: linters, then all tests, the lab's too
	@$(PYTEST) -n $$(nproc) --dist loadgroup --no-loadscope-reorder tests
