# Each target is one command that also works without make.
.PHONY: help run check thorough fix test fuzz messages values bench judge classes scale soak suites applications drift image footprint deb mutants vulnerabilities checksums release publish

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: ## build if needed, then run
	./socket-proxy

check: ## run all checks, and the tests without the tag thorough
	mvn -B verify

thorough: ## run all checks and all tests
	mvn -B verify -Pthorough

fix: ## format the sources
	mvn -q spotless:apply

test: ## run the unit tests
	mvn -B test

fuzz: ## fuzz each target for MINUTES (default 5): make fuzz MINUTES=1 TARGET=MaskFuzzTest
	mvn -q -B test-compile
	src/test/fuzz/run $(or $(MINUTES),5) $(TARGET)

messages: ## fuzz the messages of builds, and archives, on a dockerd for MINUTES each (default 60), beginning with SEED; needs root
	mvn -B verify -Dit.test='MessageFuzzIT,ArchiveFuzzIT' -Dtest=none -Dfuzz.minutes=$(or $(MINUTES),60) -Dfuzz.seed=$(or $(SEED),1)

values: ## fuzz the allowed values on a dockerd for MINUTES (default 60), beginning with SEED: make values MINUTES=600 SEED=2; needs root
	mvn -B verify -Dit.test=ValueFuzzIT -Dtest=none -Dvalues.minutes=$(or $(MINUTES),60) -Dvalues.seed=$(or $(SEED),1)

mutants: ## change the classes of PACKAGE (default: config, dockerapi, filter and policy, for hours) and list changes that no test finds
	mvn -B -Pmutation $(if $(PACKAGE),-DtargetClasses='org.socketproxy.$(PACKAGE).*') test-compile org.pitest:pitest-maven:mutationCoverage

bench: ## compare with HAProxy and with no proxy (15 minutes); a shorter run: make bench BENCH='--rounds 1 --only rates'
	mvn -q -B -DskipTests package
	bench/run $(BENCH)

judge: ## measure the time of one policy decision (JMH)
	mvn -q -B -Pbenchmark -DskipTests test-compile exec:exec

classes: ## count the classes that a request enters, its dispatches and its requests at the daemon; -v lists them: make classes CLASSES=-v
	mvn -q -B -DskipTests package
	java bench/EnteredClasses.java target/docker-socket-proxy.jar $(CLASSES)

scale: ## measure many objects, profiles, clients and streams (7 minutes); one part: make scale SCALE=streams
	mvn -q -B -DskipTests package
	bench/scale $(SCALE)

soak: ## run docker-socket-proxy:local under mixed traffic: make soak HOURS=24; needs root and dockerd
	bench/soak/run --hours $(or $(HOURS),1) $(SOAK)

suites: ## run tests of moby, docker/cli, Compose, buildx and docker-java with and without the proxy, and compare their results; needs root, dockerd and Go: make suites SUITES='--dockerd FILE --only cli-image'
	mvn -q -B -DskipTests package
	bench/suites/run $(SUITES)

applications: ## run applications that use the Docker API with and without the proxy, and compare what they show; needs root and dockerd: make applications APPLICATIONS='--only prometheus --install'
	mvn -q -B -DskipTests package
	bench/applications/run $(APPLICATIONS)

drift: ## print the rows that the tables lack for a daemon: make drift SOURCES="moby podman", checkouts of their sources
	mvn -q -B test-compile org.codehaus.mojo:exec-maven-plugin:3.6.4:java -Dexec.classpathScope=test \
	  -Dexec.mainClass=org.socketproxy.drift.Drift -Dexec.args="$(SOURCES)"

image: ## build docker-socket-proxy:local; OFFLINE=1 uses base images made from Debian packages and needs root
ifdef OFFLINE
	src/test/image/build docker-socket-proxy:local
else
	docker build --tag docker-socket-proxy:local .
endif

deb: ## build target/docker-socket-proxy_VERSION_all.deb
	mvn -q -B -DskipTests package
	src/deb/build

vulnerabilities: ## ask osv.dev for known vulnerabilities of the libraries; needs the internet
	mvn -q -B -DskipTests package
	src/release/vulnerabilities

checksums: ## record the checksums of all libraries and plugins in .mvn/checksums.sha256, after a change of a version
	rm -f .mvn/checksums.sha256
	mvn -q -B verify -Pthorough -Dtest=LinksTest -DskipITs -Daether.artifactResolver.postProcessor.trustedChecksums.record=true

release: ## build the files of the tag of this commit into target/release, twice, with equal bytes; IMAGE=0: without the image
	src/release/build

publish: ## build the release of the tag of this commit and push its image, signed: make publish REGISTRY=ghcr.io/OWNER/NAME; DRY_RUN=1 pushes nothing
	src/release/publish $(if $(DRY_RUN),--dry-run) $(REGISTRY)

footprint: ## measure start time, memory and size of docker-socket-proxy:local
	src/test/image/footprint docker-socket-proxy:local
