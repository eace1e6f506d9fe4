# What a person and CI run here; `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Extra arguments for pytest: make test ARGS="-k windows"
ARGS ?=
# How many processes share the tests, a file of tests to each at a time; where they need it, each has a Spark session and a
# broker of its own, about 5 GB.
WORKERS ?= 2
SHARED := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
LOCKED := $(PIP) --require-hashes

# A virtual environment holds the path it was made at, and the jars lie in the user's cache, so the stamps
# name both: in a copied checkout, or for another user, what a stamp says is done again.
PLACE := $(shell pwd | cksum | cut -d ' ' -f 1)
CACHE := $(shell printf '%s' "$${XDG_CACHE_HOME:-$${HOME:-}}" | cksum | cut -d ' ' -f 1)
INSTALLED := .venv/installed-$(PLACE)
READY := .venv/ready-$(PLACE)-$(CACHE)

UV := uv==0.13.9
RESOLVE := pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate
COMPILE := $(RESOLVE) --universal --python-version 3.10
# Images have one system and one Python, so that nothing in their locks depends on who builds them.
COMPILE_IMAGE := $(RESOLVE) --python-platform linux --python-version 3.11
CLOUDS := --extra aws --extra gcp --extra azure

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
SPARK_IMAGE := build/images/featurestore-spark-$(VERSION).tar
LAUNCHER_IMAGE := build/images/featurestore-launcher-$(VERSION).tar
PACKED := pyproject.toml images/build.sh $(wildcard requirements/*.lock) \
	$(shell find featurestore sparkjobs pipelines manifests -type f -not -name '*.pyc' -not -path '*/rendered/*')

CLUSTER := $(or $(CLUSTER_DIR),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/featurestore/cluster)

.PHONY: help setup demo emulators test test-fast test-stores test-images test-cluster images check docs manifests pipelines format lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything, a Java 17 if there is none, and the jars

# Begins anew each time: an installation that was killed half-way cannot be told from a whole one.
$(INSTALLED): requirements/build.lock requirements/dev.lock requirements/java.lock
	@rm -rf .venv
	@python=; \
	for name in python3.11 python3.12 python3.10 python3; do \
		if "$$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' \
			2>/dev/null; then python="$$name"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.10, 3.11 or 3.12 with its venv module is needed and was not found on PATH." \
			"Install one (on Debian: python3 and python3-venv) and run make setup again." >&2; exit 1; \
	fi; \
	echo "Making .venv with $$($$python --version)."; \
	"$$python" -m venv .venv
	@echo "Installing the locked packages; this takes a minute."
	@$(LOCKED) --requirement requirements/build.lock
	@$(LOCKED) --no-build-isolation --requirement requirements/dev.lock
	@touch $@

$(READY): $(INSTALLED) pyproject.toml featurestore/jars.lock
	@rm -rf .venv/lib/python*/site-packages/featurestore-*.dist-info
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from featurestore.java import find_java; find_java()' 2>/dev/null || \
		{ echo "No Java 17 on this machine; installing one into .venv."; \
		$(LOCKED) --requirement requirements/java.lock; }
	@$(BIN)/python -m featurestore.jars
	@touch $@
	@echo "Ready."

demo: setup ## Run the clickstream story from events to predictions
	@$(BIN)/featurestore demo

test: setup ## Run every test but those that build images or need a cluster
	@$(BIN)/pytest -m "not image and not cluster and not stores" $(SHARED) $(ARGS)

test-fast: setup ## Run the tests that start neither Spark nor a broker
	@$(BIN)/pytest -m "not spark and not kafka and not image and not cluster and not stores" $(SHARED) $(ARGS)

test-stores: setup ## Run the story of sixty users on every kind of store
	@$(BIN)/pytest tests/integration/test_stores.py -m stores $(ARGS)

test-images: setup $(SPARK_IMAGE) ## Build the images and run what is in them
	@$(BIN)/pytest tests/images -m image --spark-image $(SPARK_IMAGE) $(ARGS)

# One that runs already is used and stays. Where none can be started, the tests say what is missing.
test-cluster: setup $(SPARK_IMAGE) ## Run the tests that need a cluster, on one of this machine's own
	@export CLUSTER_DIR="$(CLUSTER)" KUBECONFIG="$(CLUSTER)/admin.kubeconfig" \
	    PATH="$$PATH:$(CLUSTER)/bin"; \
	[ -e "$$KUBECONFIG" ] || trap kind/processes/down.sh EXIT; \
	{ kind/processes/up.sh && kind/processes/services.sh up; } || echo "No cluster runs; the tests say so."; \
	$(BIN)/pytest tests -m cluster --spark-image $(SPARK_IMAGE) $(ARGS)

emulators: setup ## Have object stores run on this machine: profiles minio, gcs-emulator and azurite
	@$(BIN)/featurestore dev emulators up

images: setup $(SPARK_IMAGE) $(LAUNCHER_IMAGE) ## Build the images into build/images

$(SPARK_IMAGE): $(PACKED) $(wildcard images/spark/*) | $(READY)
	@images/build.sh spark $@

$(LAUNCHER_IMAGE): $(PACKED) $(wildcard images/launcher/*) | $(READY)
	@images/build.sh launcher $@

check: setup ## Formatting, lint, types, import contracts, one-place rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest --quiet tests/architecture

docs: setup ## Write the pages that are made from the code
	@$(BIN)/python -m featurestore.report_schema docs
	@$(BIN)/python -m featurestore.errors_page docs
	@$(BIN)/python -m pipelines.rules_page docs

manifests: setup ## Render the jobs of the example, and a team, for every profile of a cluster
	@for profile in aws azure gcp kind onprem; do \
	    $(BIN)/featurestore manifests render --all --profile $$profile \
	        --output manifests/sparkapplication/rendered/$$profile > /dev/null; \
	    $(BIN)/featurestore team add growth --profile $$profile --cpu 48 --memory 200g --executors 10 \
	        > manifests/team/rendered/$$profile.yaml; \
	done

pipelines: setup ## Compile the pipelines
	@$(BIN)/python -m pipelines.compiled_pipelines pipelines/compiled

format: setup ## Format the code and mend what lint can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# Each lock is resolved under the largest one, so that a package has one version in all of them.
lock: ## Resolve requirements/*.lock again from pyproject.toml (all Pythons and systems, with hashes)
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	for name in python3.11 python3.12 python3.10 python3; do \
		"$$name" -m venv "$$folder" 2>/dev/null && break; \
	done; \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check '$(UV)'; \
	"$$folder/bin/uv" $(COMPILE) pyproject.toml --extra dev --group build --upgrade -o requirements/dev.lock; \
	set -- --constraint requirements/dev.lock; \
	"$$folder/bin/uv" $(COMPILE) pyproject.toml --extra demo "$$@" -o requirements/runtime.lock; \
	"$$folder/bin/uv" $(COMPILE) pyproject.toml --extra java "$$@" -o requirements/java.lock; \
	"$$folder/bin/uv" $(COMPILE) --group build "$$@" -o requirements/build.lock; \
	"$$folder/bin/uv" $(COMPILE_IMAGE) pyproject.toml --extra spark --extra kafka --extra report $(CLOUDS) "$$@" \
	    -o requirements/image.lock; \
	"$$folder/bin/uv" $(COMPILE_IMAGE) pyproject.toml --extra pipelines $(CLOUDS) "$$@" -o requirements/launcher.lock
	@git --no-pager diff --stat -- requirements

clean: ## Remove .venv and the caches here; lakes and fetched jars stay
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
