# The menu. Each line is one thing to do; how it is done stands in the script it calls.
# Everything installs what it needs first (packages/install.sh) and says so before it does.

SHELL := /bin/bash
.DEFAULT_GOAL := menu
BUILD := build/release
export CCACHE_BASEDIR := $(CURDIR)

.PHONY: menu
menu: ## Show this menu
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

# ------------------------------------------------------------------ see it

.PHONY: demo demo-live
demo: ## Count Taiwan's presidential election of 2024 on this machine (embedded form)
	@$(MAKE) --no-print-directory build
	@examples/taiwan-2024/demo.sh

demo-live: ## The same, paced over five minutes, with the live board open
	@packages/install.sh build board
	@$(MAKE) --no-print-directory build
	@examples/taiwan-2024/demo.sh --live

# ------------------------------------------------------------------ the servers

.PHONY: stack stack-demo stack-status stack-stop stack-clean
stack: ## Kafka, Spark, PostgreSQL, Elasticsearch, Streamlit, Superset: install, secure, start here
	@packages/install.sh build stack spark board superset
	@$(MAKE) --no-print-directory build spark-jar
	@stack/stack.sh start

stack-demo: ## The same election through the servers: same table, same digest
	@packages/install.sh build stack spark board superset
	@$(MAKE) --no-print-directory build spark-jar
	@examples/taiwan-2024/stack-demo.sh

stack-status: ## What runs, and how much memory it takes
	@stack/stack.sh status

stack-stop: ## Stop the servers; what they hold stays
	@stack/stack.sh stop

stack-clean: ## Stop the servers and delete all they hold
	@stack/stack.sh clean

# ------------------------------------------------------------------ build and test

.PHONY: build spark-jar quick test test-long simulate fuzz format clean
build: ## Build the program, the library for Spark and the unit tests
	@packages/install.sh build
	@[ -f $(BUILD)/build.ninja ] || cmake --preset release >/dev/null
	@[ -x $(BUILD)/teller ] || echo "Building: five to ten minutes on two cores, the first time"
	@ninja -C $(BUILD) $$([ -t 2 ] || echo --quiet)

spark-jar: ## Build the Spark job
	@packages/install.sh build spark
	@spark/build.sh

quick: ## Build and unit tests
	@packages/install.sh build
	@tests/run.sh quick

test: ## Every test, the real servers included
	@tests/run.sh all

test-long: ## What takes too long for every day: sanitizers, long kill runs
	@tests/run.sh long

simulate: ## The simulation, a new seed after the other until one fails or you stop it
	@$(MAKE) --no-print-directory build
	@$(BUILD)/tests/simulation/simulate --first $$(date +%s) --seeds 0

fuzz: ## Fuzz every reader for ten minutes (SECONDS=… for each target)
	@packages/install.sh build test
	@cmake --preset fuzz >/dev/null && ninja -C build/fuzz --quiet
	@tests/fuzz/run.sh $(or $(SECONDS),600)

format: ## Format C++, Python, shell and Java
	@packages/install.sh test
	@tools/format.sh

clean: ## Delete what was built (not what was counted)
	@rm -rf build spark/target
