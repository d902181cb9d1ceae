# Martlet's tasks. Each target is one line that also works by hand; `make help` lists them.
SHELL := /bin/sh
PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
# One scratch folder a kind of build, so that none throws away what another has built.
AGENT_SCRATCH := .build-agent
RELEASE_SCRATCH := .build-release
FUZZ_SCRATCH := .build-fuzz
FUZZ_SECONDS ?= 20
AGENT_FLAGS := -c release --product martlet-agent --scratch-path $(AGENT_SCRATCH) --static-swift-stdlib \
	-Xswiftc -static-executable -Xswiftc -Osize -Xlinker --gc-sections

.PHONY: help deps test-deps bench-deps run build agent install dist test lint format bench fuzz size screens docs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

deps: ## install what a build needs (Debian and Ubuntu; says what it will install)
	.ci/packages libncurses-dev pkg-config

test-deps: deps ## install what the tests need: real peers from the distribution
	@.ci/packages tmux shellcheck prometheus-node-exporter man-db

bench-deps: test-deps ## install the peers that the benchmark measures beside us
	@.ci/packages htop btop nmon strace

run: build ## install what is missing, build, and open the dashboard on this machine
	@bin/martlet

build: agent ## bin/martlet and bin/martlet-agent
	$(SWIFT) build -c release --product martlet --scratch-path $(RELEASE_SCRATCH) --static-swift-stdlib
	@mkdir -p bin && cp $(RELEASE_SCRATCH)/release/martlet bin/martlet.new && mv bin/martlet.new bin/martlet

agent: deps ## bin/martlet-agent alone: static, stripped, no package from elsewhere
	MARTLET_SCOPE=light $(SWIFT) build $(AGENT_FLAGS)
	@mkdir -p bin && cp $(AGENT_SCRATCH)/release/martlet-agent bin/martlet-agent.new
	@strip bin/martlet-agent.new && mv bin/martlet-agent.new bin/martlet-agent

clean: ## remove what was built
	rm -rf .build $(AGENT_SCRATCH) $(RELEASE_SCRATCH) $(FUZZ_SCRATCH) bin dist
