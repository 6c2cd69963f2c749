# The menu. Each line is one thing to do; how it is done stands in the script it calls.
# Everything installs what it needs first (packages/install.sh) and says so before it does.

SHELL := /bin/bash
.DEFAULT_GOAL := menu
BUILD := build/release
export CCACHE_BASEDIR := $(CURDIR)

.PHONY: menu
menu: ## Show this menu
	@echo "Teller counts votes. Each of these installs what it needs, and says first what that is; make demo is a good beginning."
	@awk -F':.*## ' '/^# --+ /{sub(/^# -+ /, ""); print "\n" $$0} /^[a-z-]+:.*## / && $$1 != "menu" {printf "  make %-14s %s\n", $$1, $$2}' Makefile

# ------------------------------------------------------------------ See it

.PHONY: demo demo-live
demo: ## Count 13.9 million ballots, with a crash in the middle: one program, nothing else to install
	@tools/build.sh program
	@examples/taiwan-2024/demo.sh

demo-live: ## The same over five minutes, with the live board in your browser
	@packages/install.sh build board
	@tools/build.sh program
	@examples/taiwan-2024/demo.sh --live

# ------------------------------------------------------------------ The servers

.PHONY: stack stack-demo stack-status stack-stop stack-clean
stack: ## Install, secure and start Kafka, Spark, PostgreSQL, Elasticsearch, Streamlit, Superset here
	@packages/install.sh build java stack spark board superset
	@tools/build.sh service
	@stack/stack.sh start
	@echo "Next: make stack-demo counts an election through them; make stack-stop ends them, make stack-clean deletes what they hold"

stack-demo: ## Count the ballots of make demo through the servers: the same table, the same digest
	@packages/install.sh build java stack spark board superset
	@tools/build.sh service
	@examples/taiwan-2024/stack-demo.sh

stack-status: ## Say what runs, and how much memory it takes
	@stack/stack.sh status

stack-stop: ## Stop the servers; what they hold stays
	@stack/stack.sh stop

stack-clean: ## Stop the servers and delete all they hold (a count that is live or a rehearsal: COUNT=its id)
	@stack/stack.sh clean $(foreach id,$(COUNT),--count $(id))

# ------------------------------------------------------------------ Build and test

# A question about the servers (benches/) needs them, and its rivals.
BENCH_INSTALL := $(if $(filter service%,$(QUESTION)),java stack spark rivals)
BENCH_BUILD := $(if $(filter service%,$(QUESTION)),service,program)

.PHONY: program build spark-jar quick test test-long simulate fuzz bench format clean
program: ## Build teller alone, which is all that a count of your own needs
	@tools/build.sh program

build: ## Build the program, the library and the job for Spark, and the unit tests
	@tools/build.sh all

spark-jar: ## Build the Spark job
	@packages/install.sh java
	@spark/build.sh

quick: ## Build, and run the unit tests
	@tests/run.sh quick

test: ## Run every test, the real servers included
	@tests/run.sh all

test-long: ## Run what takes too long for every day: sanitizers, long kill runs, a bare Debian
	@tests/run.sh long

simulate: ## Run the simulation, a new seed after the other until one fails or you stop it
	@tools/build.sh all
	@$(BUILD)/tests/simulation/simulate --first $$(date +%s) --seeds 0

fuzz: ## Fuzz every reader for ten minutes (SECONDS=… for each target)
	@packages/install.sh build unit test
	@cmake --preset fuzz >/dev/null && ninja -C build/fuzz --quiet
	@tests/fuzz/run.sh $(or $(SECONDS),600)

bench: ## Compare Teller with PostgreSQL, Redis, SQLite, DuckDB; on servers with Spark, Kafka Streams (QUESTION=name SIZE=ballots RUNS=n)
	@packages/install.sh build bench $(BENCH_INSTALL)
	@tools/build.sh $(BENCH_BUILD)
	@build/venv/bench/bin/python benches/bench.py $(if $(QUESTION),--question $(QUESTION)) $(if $(SIZE),--size $(SIZE)) $(if $(RUNS),--runs $(RUNS))

format: ## Format C++, Python, shell and Java
	@packages/install.sh test
	@tools/format.sh

clean: ## Delete what was built (not what was counted)
	@rm -rf build spark/target
