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
	-Xswiftc -static-executable -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -disable-reflection-metadata \
	-Xswiftc -Xfrontend -Xswiftc -function-sections \
	-Xlinker --gc-sections -Xlinker --no-eh-frame-hdr -Xswiftc -use-ld=gold -Xlinker --icf=all \
	-Xlinker --wrap=_swift_stdlib_getScalarName \
	-Xlinker --section-ordering-file=.ci/agent-order

.PHONY: help deps test-deps bench-deps run build agent install dist test test-release lint format bench fuzz order size screens docs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

deps: ## install what a build needs (Debian and Ubuntu; says what it will install)
	@.ci/packages libncurses-dev zlib1g-dev libzstd-dev libsqlite3-dev pkg-config

test-deps: deps ## install what the tests need: real peers from the distribution
	@.ci/packages tmux shellcheck sqlite3 prometheus-node-exporter man-db nginx-light \
		apache2-bin haproxy caddy postgresql openssh-server busybox fish tcsh zsh sudo socat openssl python3

bench-deps: test-deps ## install the peers that the benchmark measures beside us
	@.ci/packages htop btop nmon strace sysstat collectd-core goaccess mtail gawk jq \
		monit prometheus prometheus-alertmanager pssh

run: build ## install what is missing, build, and open the dashboard on this machine
	@bin/martlet

build: agent ## bin/martlet and bin/martlet-agent
	$(SWIFT) build -c release --product martlet --scratch-path $(RELEASE_SCRATCH) --static-swift-stdlib
	@mkdir -p bin && cp $(RELEASE_SCRATCH)/release/martlet bin/martlet.new
	@strip bin/martlet.new && mv bin/martlet.new bin/martlet

agent: deps ## bin/martlet-agent alone: static, stripped, no package from elsewhere
	@[ ! .ci/agent-order -nt $(AGENT_SCRATCH)/release/martlet-agent ] || rm -f $(AGENT_SCRATCH)/release/martlet-agent
	MARTLET_SCOPE=light $(SWIFT) build $(AGENT_FLAGS)
	@mkdir -p bin && cp $(AGENT_SCRATCH)/release/martlet-agent bin/martlet-agent.new
	@strip bin/martlet-agent.new && mv bin/martlet-agent.new bin/martlet-agent

# What is built already is installed as it is: root may have no toolchain, and should leave no files in a checkout.
bin/martlet bin/martlet-agent:
	$(MAKE) build

install: bin/martlet bin/martlet-agent ## copy bin's programs, their man pages and completions below PREFIX (default /usr/local)
	@.ci/install "$(DESTDIR)$(PREFIX)"

dist: build ## dist/martlet-VERSION-ARCH.tar.gz: the programs, Agents and documents
	@.ci/dist

test: test-deps agent ## every test, from unit to end to end (installs what it needs)
	$(SWIFT) build --build-tests
	# Those that talk with a hub or in a terminal come by themselves, so that nothing else takes their two threads.
	MARTLET_AGENT="$(CURDIR)/bin/martlet-agent" $(SWIFT) test --skip-build --skip HubTests --skip MartletTests --skip EndToEndTests
	$(SWIFT) test --skip-build --filter HubTests --filter MartletTests --skip 'killed during alerts'
	# Kills hubs of its own by the millisecond, 200 times.
	$(SWIFT) test --skip-build --filter 'killed during alerts'
	$(SWIFT) test --skip-build --filter EndToEndTests --skip 'Hosts in networks' --skip 'Hosts with little'
	# These have networks and roots of their own, and links that are given seconds.
	$(SWIFT) test --skip-build --no-parallel --filter 'Hosts in networks' --filter 'Hosts with little'

test-release: test-deps build ## the tests end to end again, on the optimized programs of bin
	$(SWIFT) build --build-tests
	MARTLET_PROGRAMS="$(CURDIR)/bin" $(SWIFT) test --skip-build --filter MartletTests
	MARTLET_PROGRAMS="$(CURDIR)/bin" $(SWIFT) test --skip-build --filter EndToEndTests --skip 'Hosts in networks' --skip 'Hosts with little'

lint: ## formatting and shell scripts
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks
	@if command -v shellcheck >/dev/null; then .ci/shell-scripts | xargs shellcheck; else echo "shellcheck is missing: make test-deps"; fi

format: ## lay the Swift sources out
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks

bench: bench-deps build ## our figures beside the peers', as a table
	$(SWIFT) build -c release --product martlet-bench --scratch-path $(RELEASE_SCRATCH) --static-swift-stdlib
	$(RELEASE_SCRATCH)/release/martlet-bench --programs bin

fuzz: ## every fuzz target for FUZZ_SECONDS (default 20) each, with libFuzzer
	@.ci/fuzz $(FUZZ_SECONDS) $(FUZZ_SCRATCH)

order: agent ## .ci/agent-order anew: which functions a tick calls, for the linker (needs valgrind)
	@.ci/order-agent $(AGENT_SCRATCH)/release/martlet-agent

size: agent ## the agent's size, by section
	@ls -l bin/martlet-agent && size bin/martlet-agent

screens: build ## docs/screens: the live screens, taken from tmux, some of a real nginx
	@.ci/screens

clean: ## remove what was built
	rm -rf .build $(AGENT_SCRATCH) $(RELEASE_SCRATCH) $(FUZZ_SCRATCH) bin dist
