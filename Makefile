# Debian 12 with a Swift 6.3 toolchain is all that is needed; `make setup` installs the rest.

SWIFT ?= swift
PACKAGES = libcurl4-openssl-dev libssl-dev libsqlite3-dev pkg-config
# What the tests start beside the service: a mail server in a virtual environment, a disk of their own to fill.
TEST_PACKAGES = python3 python3-venv python3-yaml openssl procps util-linux
# What the benches measure beside: smtp-sink and smtp-source. No mail server of it is set up or started.
BENCH_PACKAGES = postfix
# With Swift's own libraries inside, the program needs none but those of the system.
RELEASE = $(SWIFT) build -c release --static-swift-stdlib
TORTURE_ROUNDS ?= 1000
# Tests that run at once: each has servers and files of its own, and two cores carry no more.
WIDTH = --experimental-maximum-parallelization-width 8

.PHONY: help setup setup-tests build demo test check lint torture bench clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: ## Install the Debian packages that are missing
	@deploy/install-packages $(PACKAGES)

setup-tests: setup
	@deploy/install-packages $(TEST_PACKAGES)

build: setup ## Build the program: .build/release/sluice
	$(RELEASE) --product sluice

demo: build ## Run everything beside a simulated Lago, no settings needed
	.build/release/sluice demo

# The kill test loads both cores for half a minute, so it runs after the others, not among them.
test: setup-tests ## Run every test
	$(SWIFT) test $(WIDTH) --skip TortureTests
	$(SWIFT) test --skip-build --filter TortureTests

lint: ## Check the form of the sources
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks Plugins

check: setup-tests lint ## What a change has to pass: form, warnings as errors, tests
	$(SWIFT) build --build-tests -Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error
	$(SWIFT) test -Xswiftc -warnings-as-errors $(WIDTH) --skip TortureTests
	$(SWIFT) test -Xswiftc -warnings-as-errors --skip-build --filter TortureTests

torture: setup-tests ## Kill the server under load a thousand times
	TORTURE_ROUNDS=$(TORTURE_ROUNDS) $(SWIFT) test --filter TortureTests

bench: setup ## Measure against the budgets, all in one run
	@deploy/install-packages $(BENCH_PACKAGES)
	BENCHMARKS=1 $(RELEASE) --product sluice
	BENCHMARKS=1 $(RELEASE) --product sluice-bench
	.build/release/sluice-bench

clean: ## Remove what was built
	rm -rf .build .build-*
