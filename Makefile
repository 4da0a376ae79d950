# make demo    builds, makes data, transforms it, shows the tables
# make test    everything that is tested without an outside service
GO            ?= go
BIN           := bin/df360
DEMO_LAKE     ?= demo_lake
CRASH_KILLS   ?= 3000
FUZZTIME      ?= 2m
GOLANGCI      := v2.15.0
CACHE         := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/df360
LINTER        := $(CACHE)/golangci-lint-$(GOLANGCI)-$(shell $(GO) env GOVERSION)/golangci-lint

.PHONY: build demo test lint fmt fuzz clean

build:
	CGO_ENABLED=1 $(GO) build -buildvcs=auto -trimpath -o $(BIN) ./cmd/df360

demo: build
	sh scripts/demo.sh $(BIN) $(DEMO_LAKE)

test:
	CGO_ENABLED=1 $(GO) test ./...

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
