# make demo    builds, makes data, transforms it, shows the tables
# make test    everything that is tested without an outside service
# make test-services   what needs real ones: it starts and stops them
GO            ?= go
BIN           := bin/df360
DEMO_LAKE     ?= demo_lake
KILLS         ?= 500
FUZZTIME      ?= 2m
GOLANGCI      := v2.15.0
CACHE         := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/df360
LINTER        := $(CACHE)/golangci-lint-$(GOLANGCI)-$(shell $(GO) env GOVERSION)/golangci-lint

.PHONY: build demo test test-services crash bench bench-peers lint fmt fuzz clean

build:
	CGO_ENABLED=1 $(GO) build -buildvcs=auto -trimpath -o $(BIN) ./cmd/df360

demo: build
	sh scripts/demo.sh $(BIN) $(DEMO_LAKE)

test:
	CGO_ENABLED=1 $(GO) test -timeout 20m ./...

# Tests against real services on this machine. A test that lacks its service fails
# here; in make test it is skipped.
SERVICES := kafka postgres
test-services:
	scripts/services.sh start $(SERVICES)
	eval "$$(scripts/services.sh env)" && \
	CGO_ENABLED=1 DF360_TEST_NO_SKIP=$$(echo $(SERVICES) | tr ' ' ,) $(GO) test -count=1 -timeout 10m -run Service ./...; \
	status=$$?; scripts/services.sh purge $(SERVICES); exit $$status

# Kills commands at every step of their commits, and KILLS times at random
# instants for each case; compares what is there after the next run.
crash:
	CGO_ENABLED=1 DF360_TEST_KILLS=$(KILLS) $(GO) test -count=1 -timeout 6h -run 'Kill|PowerCut' -v ./cmd/df360 ./lake

# df360 beside its peers, with ratios; BENCH="-rows 2000000" for a quick look.
bench: build
	$(GO) run ./internal/bench -bin $(BIN) $(BENCH)

bench-peers: build
	$(GO) run ./internal/bench -bin $(BIN) -peers $(BENCH)

# Every fuzz test in turn, FUZZTIME each.
fuzz:
	GO="$(GO)" FUZZTIME=$(FUZZTIME) sh scripts/fuzz.sh

lint: $(LINTER)
	$(LINTER) run ./...

fmt: $(LINTER)
	$(LINTER) fmt ./...

# Built once for each version of the linter and of Go, outside of the repository.
$(LINTER):
	GOBIN=$(dir $@) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)

clean:
	rm -rf bin $(DEMO_LAKE)
