# Short names for the project's commands. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test bench lint format lock
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url
# What is written into the head of a compiled file.
export UV_CUSTOM_COMPILE_COMMAND := make lock

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: ## Start the whole product on this machine
	scripts/demo

bench: ## Measure pages and acts at 100,000 reports
	scripts/bench --cities 10 --complaints 100000

test: ## Run every check
	scripts/test

lint: ## Run the checks that need no server
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --check --quiet templates
	$(BIN)/djlint --lint --quiet templates

format: ## Bring code and templates into the project's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates

lock: ## Compile requirements*.in into hash-pinned requirements*.txt
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -c requirements.txt -o requirements-dev.txt
