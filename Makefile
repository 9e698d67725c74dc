# Each target is one command, so that make is never the only way.
.PHONY: help run check fix test bench judge image footprint

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: ## build if needed, and run
	./socket-proxy

check: ## everything that a change must pass
	mvn -B verify

fix: ## format the sources
	mvn -q spotless:apply

test: ## the quick tests alone
	mvn -B test

bench: ## compare with HAProxy and with no proxy, in a quarter of an hour; for less: make bench BENCH='--rounds 1 --only rates'
	mvn -q -B -DskipTests package
	bench/run $(BENCH)

judge: ## measure what judging a request costs
	mvn -q -B -Pbenchmark -DskipTests test-compile exec:exec

image: ## build docker-socket-proxy:local; with OFFLINE=1 on bases made from Debian's packages, as root
ifdef OFFLINE
	src/test/image/build docker-socket-proxy:local
else
	docker build --tag docker-socket-proxy:local .
endif

footprint: ## measure start, memory and size of docker-socket-proxy:local
	src/test/image/footprint docker-socket-proxy:local
