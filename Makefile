# The commands of everyday work. "make" alone lists them.
# ARGS narrows a command down: make test ARGS='-run Form ./form/...'

ARGS     ?= ./...
FUZZTIME ?= 10s

.PHONY: help test lint bench gobench fuzz build chat

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

test: bin/testbed ## Run all tests with the race detector; installs PostgreSQL and Chromium where missing
	@scripts/setup.sh $$(bin/testbed -missing)
	bin/testbed go test -race $(ARGS)

lint: ## Check the layout (gofmt), go vet and golangci-lint
	@files=$$(gofmt -l .) && test -z "$$files" || { echo "gofmt -w these files:"; echo "$$files"; exit 1; }
	go vet ./...
	go tool -modfile=tools/go.mod golangci-lint run

bench: ## Compare with a server written by hand, see docs/benchmarks.md
	go run ./internal/benchmarks

gobench: bin/testbed ## Run the benchmarks of the packages
	bin/testbed go test -run '^$$' -bench . -benchmem $(ARGS)

fuzz: bin/testbed ## Run each fuzz target for FUZZTIME (10s)
	bin/testbed scripts/fuzz.sh $(FUZZTIME)

build: ## Build bin/conga
	go build -o bin/conga ./cmd/conga

chat: ## Run the example chat
	go run ./examples/chat

# Go knows better than make whether there is anything to build.
.PHONY: bin/testbed
bin/testbed:
	@go build -o $@ ./internal/testbed
