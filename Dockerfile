# Builds the sidecar image: docker build -t docker-socket-proxy:local .
# BUILD_IMAGE needs a JDK 25 and Maven. RUNTIME_IMAGE needs the C library of that JDK's platform (glibc).
ARG BUILD_IMAGE=docker.io/library/maven:3.9-eclipse-temurin-25
ARG RUNTIME_IMAGE=gcr.io/distroless/base-nossl-debian12:latest

FROM ${BUILD_IMAGE} AS build-base
RUN mkdir -p /root/.m2/repository \
    && if ! command -v gcc >/dev/null || ! command -v objcopy >/dev/null; then \
         apt-get update -q && apt-get install -q -y --no-install-recommends gcc libc6-dev binutils; \
       fi

FROM build-base AS build
WORKDIR /src
COPY pom.xml LICENSE NOTICE ./
COPY .mvn .mvn
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2/repository,from=build-base,source=/root/.m2/repository \
    # Without Error Prone, which changes no class, and the WAR: a sixth of the processor time.
    mvn -q -B -DskipTests -Dspotless.check.skip=true -Derror.prone= -Dfail.on.warning=false -Dmaven.war.skip=true package

COPY src/image src/image
# Additional JDK modules for extensions, comma-separated, such as java.sql,java.net.http.
ARG MORE_MODULES=
# Time of the files, in seconds. With the same time, sources, base images and class list, two builds give equal bytes.
ARG SOURCE_DATE_EPOCH=
WORKDIR /opt/socket-proxy
RUN /src/src/image/lay-out . "$(dirname "$(dirname "$(realpath "$(command -v jlink)")")")" \
    && cp /src/LICENSE /src/NOTICE /src/target/docker-socket-proxy-sbom.json . \
    # Some JDK builds link libz, libstdc++ or libgcc_s, which minimal base images lack.
    && ldd runtime/lib/server/libjvm.so runtime/lib/libjli.so runtime/lib/libzip.so \
       | awk '$1 ~ /^lib(z|stdc[+][+]|gcc_s)[.]so/ { print $3 }' | sort -u >/tmp/libraries \
    && while read -r library; do cp -L "$library" runtime/lib/; done </tmp/libraries
ARG RUNTIME_IMAGE
RUN gcc -std=c17 -D_GNU_SOURCE -O2 -s -static -Wall -Wextra -Werror -o start /src/src/image/start.c \
    && gcc -std=c17 -D_GNU_SOURCE -O2 -s -static -Wall -Wextra -Werror -o health /src/src/image/health.c \
    && jdk=$(dirname "$(dirname "$(realpath "$(command -v jlink)")")") \
    && "$jdk/bin/java" /src/src/image/CompleteSbom.java . "$jdk" "$RUNTIME_IMAGE" $(cat /tmp/libraries) \
    && chmod -R go=u-w . \
    && mv classes.list / \
    # An empty extensions folder: the proxy refuses to start if EXTENSIONS names a missing folder.
    && mkdir -p /image/opt /image/etc/socket-proxy/extensions \
    && cp -a /opt/socket-proxy /image/opt \
    && if [ -n "$SOURCE_DATE_EPOCH" ]; then find /image -exec touch --no-dereference "--date=@$SOURCE_DATE_EPOCH" {} +; fi

# The classes of the class-data archive: docker build --target class-list --output FOLDER .
FROM scratch AS class-list
COPY --from=build /classes.list /

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Docker Socket Proxy" \
      org.opencontainers.image.description="Forwards only permitted Docker API requests to the daemon's socket" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /image /
# A single malloc arena saves memory and costs no throughput here; see docs/evidence/footprint.md.
ENV LISTEN=tcp://:2375 STATUS_LISTEN=tcp://:8375 EXTENSIONS=/etc/socket-proxy/extensions MALLOC_ARENA_MAX=1
EXPOSE 2375 8375
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --start-interval=1s --retries=3 CMD ["/opt/socket-proxy/health"]
# The entry point reads the group of the daemon's socket as root, then drops root: see src/image/start.c.
USER 0:0
ENTRYPOINT ["/opt/socket-proxy/start"]
