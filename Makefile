# The verbs of this repository. Each sets up what it needs in .venv, once.

PYTHON ?= python3.11
BIN := .venv/bin
UV := uv==0.13.9
SERVE := $(BIN)/$(shell sed -n 's/^web: //p' Procfile)
# Models are opened in children that may write no file: each would compile scikit-learn by itself.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run web pipeline test check fix bench bench-web package run-s3 screenshots lock vendor clean

help:  ## Say what each verb does
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: .venv/.pipeline  ## Profile, train and publish the wine example, then serve it (PORT, 8050)
	ARTIFACTS_URL="$${ARTIFACTS_URL:-.cellar/artifacts}" $(BIN)/python -m pipeline run
	ARTIFACTS_URL="$${ARTIFACTS_URL:-.cellar/artifacts}" $(SERVE)

web: .venv/.web  ## Serve the release that is committed in data/artifacts
	$(SERVE)

pipeline: .venv/.pipeline  ## Profile, train and publish into data/artifacts (or ARTIFACTS_URL)
	$(BIN)/python -m pipeline run

test: .venv/.dev  ## Run all tests, those in a real browser too
	$(BIN)/python -m scripts.browser
	$(BIN)/python -m scripts.emulators
	$(BIN)/python -m scripts.postgres
	$(BIN)/python -m pytest --numprocesses=3 --dist=loadfile

check: .venv/.dev  ## Check format, lint, types, import contracts and spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

fix: .venv/.dev  ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.dev  ## Measure speed and memory, print ratios, write docs/performance.md
	$(BIN)/python -m tests.bench --out docs/performance.json --write docs/performance.md

bench-web: .venv/.dev  ## Measure the Predict page in a browser against others, into the same page
	$(BIN)/python -m scripts.browser
	$(BIN)/python -m tests.bench --only web --out docs/performance.json --write docs/performance.md

package: .venv/.pipeline  ## Write cellar-lab.zip, the program as spark-submit takes it
	$(BIN)/python -m pipeline.workers cellar-lab.zip

run-s3: .venv/.dev  ## Publish to a bucket on this machine, load the model from it and serve
	$(BIN)/python -m scripts.run_s3

screenshots: .venv/.dev  ## Take the pictures of every page again
	$(BIN)/python -m scripts.browser
	$(BIN)/python -m scripts.screenshots

lock: .venv/.dev  ## Resolve pyproject.toml again into the three requirements files
	scripts/lock.sh

vendor:  ## Fetch the browser files that the app and its tests carry, from npm
	scripts/vendor.sh

clean:  ## Remove what these verbs made, but not the committed artifacts
	rm -rf .venv .cellar .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without uv: python3.11 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt

.venv/bin/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)

.venv/.web: requirements.txt | .venv/bin/uv
	$(BIN)/uv pip install --python .venv -r $<
	touch $@

.venv/.pipeline: requirements-pipeline.txt .venv/.web
	$(BIN)/uv pip install --python .venv -r $<
	touch $@

.venv/.dev: requirements-dev.txt .venv/.pipeline
	$(BIN)/uv pip install --python .venv -r $<
	touch $@
