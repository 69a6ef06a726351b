# Everything is built once, in one configuration: release.
SWIFT ?= swift
LEPTON := .build/release/lepton
SOURCES = find Sources Snippets Tests Fuzz Package.swift -name '*.swift' ! -name '*.pb.swift' -print0

.DEFAULT_GOAL := help
.PHONY: help demo test conform build snippets docs bench fuzz lint format clean dependencies

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## train on embedded data, compress, measure, report; then read a drawn digit
	@sh scripts/demo.sh $(LEPTON)

# Not --build-tests, which would also build the compiler of SwiftProtobuf.
test: build snippets ## build and run every test
	$(SWIFT) build -c release --product leptonPackageTests
	$(SWIFT) test -c release --skip-build
	sh scripts/conform.sh $(LEPTON)

conform: build ## ONNX's own cases for single operators
	sh scripts/conform.sh $(LEPTON)

snippets: dependencies ## compile the examples of the documentation
	@for file in Snippets/*.swift; do \
	  $(SWIFT) build -c release --target "$$(basename "$$file" .swift)" || exit 1; \
	done

docs: dependencies ## the documentation as a web site: .build/docs
	$(SWIFT) package --allow-writing-to-directory .build/docs generate-documentation \
	  --target Lepton --output-path .build/docs --transform-for-static-hosting

build: dependencies ## the command line tool: .build/release/lepton
	$(SWIFT) build -c release --product lepton

bench: build ## training and inference beside PyTorch and ONNX Runtime, where they are installed
	LEPTON=$(LEPTON) sh scripts/bench.sh

fuzz: ## change files at random for a minute each and read them (SECONDS=60)
	@sh Fuzz/fuzz.sh $(or $(SECONDS),60)

lint: ## check the format
	@$(SOURCES) | xargs -0 $(SWIFT) format lint --strict --parallel
	@echo "the format is right"

format: ## mend the format
	@$(SOURCES) | xargs -0 $(SWIFT) format --in-place --parallel

dependencies: ## install what is missing from the distribution
	@sh scripts/install-dependencies.sh

clean: ## remove what was built
	rm -rf .build
