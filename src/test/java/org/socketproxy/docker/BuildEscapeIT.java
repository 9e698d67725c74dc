package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.testing.GrpcCalls.BUILD_ID;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.frame;
import static org.socketproxy.testing.GrpcCalls.message;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.GrpcCalls.Result;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/**
 * Ways around the labels and rules of a profile, by raw gRPC calls: each one takes effect on a real dockerd directly, and is denied or
 * without effect through the proxy. The daemon fetches the Dockerfiles from an HTTP server, so that no session is necessary.
 */
@TestInstance(Lifecycle.PER_CLASS)
class BuildEscapeIT {
    private static final String CONTROL = "moby.buildkit.v1.Control/";
    private static final String BRIDGE = "moby.buildkit.v1.frontend.LLBBridge/";
    private static final String CONFIG = "containerimage.config";
    private static final String OWN_CONFIG =
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Labels\":{\"own\":\"1\"}},\"rootfs\":{\"type\":\"layers\"}}";
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 127.0.0.1}]
                variables: {BUILD: 1, SESSION: 1, GRPC: 1, POST: 1}
                create: {rules: safe, allow: [build-remote]}
                targets: {label: owner=ci, images: {label: owner=ci, reference: escape-it/**}}
              dev:
                clients: [{network: 127.0.0.2}]
                variables: {BUILD: 1, SESSION: 1, GRPC: 1, POST: 1}
                create: {rules: safe, allow: [build-remote]}
                targets: {label: owner=dev, images: {label: owner=dev, reference: escape-it/**}}
              safe:
                clients: [{network: 127.0.0.3}]
                variables: {BUILD: 1, SESSION: 1, GRPC: 1, POST: 1}
                create: {rules: safe, allow: [build-remote]}
              strict:
                clients: [{network: 127.0.0.4}]
                variables: {BUILD: 1, SESSION: 1, GRPC: 1, POST: 1}
                create: {rules: safe}
            otherwise: deny
            """;
    private static final String CI = "127.0.0.1";
    private static final String DEV = "127.0.0.2";
    private static final String SAFE = "127.0.0.3";
    private static final String STRICT = "127.0.0.4";
    /** Fields of LLBBridgeSolve for the form of the result. */
    private static final byte[] FORM = message(field(5, 1), field(6, 1));

    private static final int OK = 0;
    private static final int INVALID = 3;
    private static final int DENIED = 7;

    @TempDir
    static Path folder;

    private final Map<String, String> files = new ConcurrentHashMap<>();
    private RealDocker docker;
    private ProxyUnderTest proxy;
    private HttpServer web;

    @BeforeAll
    void start() throws IOException {
        docker = RealDocker.get();
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        proxy = ProxyUnderTest.with(
                docker.socket(), Map.of("POLICY", policy.toString(), "PROTECT", "images:label:keep=1"));
        web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/", exchange -> {
            byte[] file = files.getOrDefault(exchange.getRequestURI().getPath().substring(1), "")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, file.length);
            exchange.getResponseBody().write(file);
            exchange.close();
        });
        web.start();
    }

    @AfterAll
    void stop() {
        if (web != null) {
            web.stop(0);
            proxy.close();
            docker.cli(folder, Map.of())
                    .script(
                            "docker images -q 'escape-it/*' | sort -u | xargs -r docker rmi -f; docker builder prune -af");
        }
    }

    /** A build that one client runs as buildx does: Solve of the exporter, Solve of the frontend, Return of the result. */
    private final class Build implements AutoCloseable {
        private final GrpcCalls calls;
        private final String ref = UUID.randomUUID().toString();
        private int solve;

        /** @param client address at the proxy; empty for the daemon itself */
        Build(String client) throws IOException {
            calls = client.isEmpty()
                    ? GrpcCalls.upgrade(RawClient.connect(docker.socket()))
                    : GrpcCalls.connect(proxy.port(), client);
        }

        Build begin(byte[]... fields) {
            solve = calls.begin(CONTROL + "Solve", frame(message(field(1, ref), message(fields))));
            return this;
        }

        Result bridge(String method, byte[] request) {
            return calls.call(BRIDGE + method, request, BUILD_ID, ref);
        }

        /** Solves a Dockerfile, and returns the response with the result. */
        Result dockerfile(String text, Map<String, String> options) {
            bridge("Ping", new byte[0]);
            return bridge("Solve", message(field(2, "dockerfile.v0"), field(3, options(text, options)), FORM));
        }

        Result end() {
            return calls.end(solve);
        }

        @Override
        public void close() throws IOException {
            calls.close();
        }
    }

    private Map<String, String> options(String dockerfile, Map<String, String> options) {
        String name = UUID.randomUUID().toString();
        files.put(name, dockerfile);
        Map<String, String> all = new LinkedHashMap<>(options);
        all.put("context", url(name));
        return all;
    }

    private String url(String file) {
        return "http://127.0.0.1:" + web.getAddress().getPort() + "/" + file;
    }

    private static byte[] image(String name, Map<String, String> further) {
        Map<String, String> attributes = new LinkedHashMap<>(further);
        attributes.put("name", "escape-it/" + name);
        return field(13, message(field(1, "moby"), field(2, attributes)));
    }

    /** The field {@code result} of a response to LLBBridgeSolve, as the field of LLBBridgeReturn. */
    private static byte[] result(Result solved) {
        assertThat(solved.code()).as(solved.toString()).isEqualTo(OK);
        byte[] result = solved.message();
        result[0] = 1 << 3 | 2;
        return result;
    }

    private String inspect(String image, String format) {
        Cli.Result result = docker.cli(folder, Map.of())
                .run("docker", "image", "inspect", "--format", format, "escape-it/" + image);
        return result.stdout().strip();
    }

    private String labels(String image) {
        return inspect(image, "{{json .Config.Labels}}");
    }

    /** Builds an image as an honest client. */
    private Result build(String client, String name, String dockerfile, Map<String, String> options)
            throws IOException {
        try (Build build = new Build(client).begin(image(name, Map.of()))) {
            Result solved = build.dockerfile(dockerfile, options);
            if (solved.code() == OK) {
                build.bridge("Return", result(solved));
                return build.end();
            }
            return solved;
        }
    }

    @Test
    void imageHasTheLabelsOfTheProfileAndNotThoseOfTheClient() throws IOException {
        String dockerfile = "FROM busybox:local\nLABEL owner=dev a=b\n";
        Map<String, String> options = Map.of("label:owner", "dev", "label:c", "d");

        assertThat(build("", "direct", dockerfile, options).code()).isEqualTo(OK);
        assertThat(build(CI, "labels", dockerfile, options).code()).isEqualTo(OK);
        assertThat(labels("direct")).isEqualTo("{\"a\":\"b\",\"c\":\"d\",\"owner\":\"dev\"}");
        assertThat(labels("labels")).isEqualTo("{\"a\":\"b\",\"c\":\"d\",\"owner\":\"ci\"}");
    }

    @Test
    void imageOfTheShortFormHasTheLabelsOfTheProfile() throws IOException {
        try (Build build = new Build(CI)
                .begin(
                        image("short", Map.of()),
                        field(6, "dockerfile.v0"),
                        field(7, options("FROM busybox:local\n", Map.of("label:owner", "dev"))))) {
            assertThat(build.end().code()).isEqualTo(OK);
        }
        assertThat(labels("short")).isEqualTo("{\"owner\":\"ci\"}");
    }

    @Test
    void otherResultThanTheDaemonsIsDenied() throws IOException {
        for (String client : new String[] {"", CI, SAFE}) {
            String name = "return" + client.replace('.', '-');
            try (Build build = new Build(client).begin(image(name, Map.of()))) {
                Result solved = build.dockerfile("FROM busybox:local\n", Map.of());
                String ref = solvedRef(solved);
                Result returned = build.bridge(
                        "Return", field(1, message(field(3, field(1, ref)), field(10, Map.of(CONFIG, OWN_CONFIG)))));
                if (client.isEmpty()) {
                    assertThat(returned.code()).isEqualTo(OK);
                    assertThat(build.end().code()).isEqualTo(OK);
                    assertThat(labels(name)).isEqualTo("{\"own\":\"1\"}");
                } else {
                    assertThat(returned.code()).as(returned.toString()).isEqualTo(DENIED);
                    assertThat(labels(name)).isEmpty();
                }
            }
        }
    }

    /** The id of the result: field 1 of field 3 of the field 3 of the response. */
    private static String solvedRef(Result solved) {
        assertThat(solved.code()).as(solved.toString()).isEqualTo(OK);
        String text = new String(solved.message(), StandardCharsets.ISO_8859_1);
        int id = text.indexOf("\n\u0019");
        assertThat(id).isPositive();
        return text.substring(id + 2, id + 2 + 0x19);
    }

    /** The image store of containerd uses it, that of dockerd 26.1 does not. */
    @Test
    void configurationInTheAttributesOfTheOutputIsDenied() throws IOException {
        try (Build build = new Build("").begin(image("config", Map.of(CONFIG, OWN_CONFIG)))) {
            build.bridge("Return", result(build.dockerfile("FROM busybox:local\nLABEL a=b\n", Map.of())));
            assertThat(build.end().code()).isEqualTo(OK);
        }
        for (String client : new String[] {CI, SAFE}) {
            String name = "config" + client.replace('.', '-');
            try (Build build = new Build(client).begin(image(name, Map.of(CONFIG, OWN_CONFIG)))) {
                assertThat(build.end().code()).isEqualTo(DENIED);
            }
        }
    }

    @Test
    void nameOfAProtectedImageIsDenied() throws IOException {
        assertThat(build("", "keep", "FROM busybox:local\nLABEL keep=1\n", Map.of())
                        .code())
                .isEqualTo(OK);
        for (String client : new String[] {CI, SAFE}) {
            try (Build build = new Build(client).begin(image("other,escape-it/keep", Map.of()))) {
                Result denied = build.end();
                assertThat(denied.code()).as(denied.toString()).isEqualTo(DENIED);
                assertThat(denied.text()).contains("it acts on an image that PROTECT selects");
            }
        }
    }

    @Test
    void stepsOfTheClientAreDenied() throws Exception {
        for (String client : new String[] {"", CI, SAFE}) {
            String name = "steps" + client.replace('.', '-');
            try (Build build = new Build(client)
                    .begin(
                            image(name, Map.of()),
                            field(2, definition("docker-image://docker.io/library/busybox:local")))) {
                assertThat(build.end().code()).isEqualTo(client.isEmpty() ? OK : DENIED);
            }
            try (Build build = new Build(client).begin(image(name, Map.of()))) {
                build.bridge("Ping", new byte[0]);
                Result solved = build.bridge(
                        "Solve", message(field(1, definition("docker-image://docker.io/library/busybox:local")), FORM));
                assertThat(solved.code()).isEqualTo(client.isEmpty() ? OK : DENIED);
            }
        }
        assertThat(labels("steps")).isEqualTo("null");
    }

    /** Returns a definition with one source and the operation that names it as the result. */
    private static byte[] definition(String source) throws NoSuchAlgorithmException {
        byte[] op = field(3, field(1, source));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(op);
        byte[] last = field(1, field(1, "sha256:" + HexFormat.of().formatHex(digest)));
        return message(field(1, op), field(1, last));
    }

    /** The image is no frontend, so a build that uses it fails. */
    @Test
    void frontendOfTheDockerfileIsIgnored() throws IOException {
        String dockerfile = "# syntax=busybox:local\nFROM busybox:local\n";

        assertThat(build("", "syntax", dockerfile, Map.of()).code()).isNotEqualTo(OK);
        assertThat(build(CI, "syntax", dockerfile, Map.of()).code()).isEqualTo(OK);
        assertThat(build(SAFE, "syntax", dockerfile, Map.of("build-arg:BUILDKIT_SYNTAX", "busybox:local"))
                        .code())
                .isEqualTo(OK);
    }

    @Test
    void networkOfTheHostIsDenied() throws IOException {
        String dockerfile = "FROM busybox:local\nRUN --network=host true\n";
        for (String client : new String[] {"", SAFE}) {
            try (Build build = new Build(client).begin(field(9, "network.host"))) {
                Result solved = client.isEmpty() ? build.dockerfile(dockerfile, Map.of()) : build.end();
                assertThat(solved.code()).as(solved.toString()).isEqualTo(client.isEmpty() ? OK : DENIED);
            }
        }
        assertThat(build(SAFE, "network", dockerfile, Map.of()).text()).contains("network.host");
    }

    @Test
    void urlsOfTheDockerfileAreDenied() throws IOException {
        String url = url("secret");
        files.put("secret", "secret");
        String dockerfile = "FROM scratch\nADD " + url + " /secret\n";

        assertThat(build("", "url", dockerfile, Map.of()).code()).isEqualTo(OK);
        assertThat(build(SAFE, "url", dockerfile, Map.of()).code()).isEqualTo(OK);
        try (Build build = new Build(STRICT).begin(field(6, "dockerfile.v0"), field(7, Map.of("context", url)))) {
            assertThat(build.end().text()).contains("create: {allow: [build-remote]} would");
        }
        try (Build build = new Build(STRICT).begin()) {
            assertThat(build.dockerfile(dockerfile, Map.of()).code()).isEqualTo(DENIED);
        }
    }

    @Test
    void messagesThatTwoReadersCouldReadDifferentlyAreRefused() throws IOException {
        byte[] twice = message(field(6, ""), field(6, "gateway.v0"));
        for (byte[] fields : new byte[][] {twice, field(99, "x")}) {
            try (Build build = new Build(SAFE).begin(fields)) {
                assertThat(build.end().code()).isEqualTo(INVALID);
            }
        }
        try (Build build = new Build(SAFE)) {
            byte[] solve = field(1, build.ref);
            int two = build.calls.begin(CONTROL + "Solve", message(frame(solve), frame(solve)));
            byte[] compressed = frame(solve);
            compressed[0] = 1;
            int flagged = build.calls.begin(CONTROL + "Solve", compressed);

            assertThat(build.calls.end(two).code()).isEqualTo(INVALID);
            assertThat(build.calls.end(flagged).code()).isEqualTo(INVALID);
        }
    }

    @Test
    void stepsOfAnotherProfileAreNotTakenFromTheCache() throws IOException {
        String dockerfile = "FROM busybox:local\nRUN --network=none cat /proc/sys/kernel/random/uuid > /x\n";
        for (String client : new String[] {CI, DEV}) {
            for (String name : new String[] {"one", "two"}) {
                Result built = build(client, "cache-" + client + name, dockerfile, Map.of());
                assertThat(built.code()).as(built.toString()).isEqualTo(OK);
            }
        }
        String layers = "{{json .RootFS.Layers}}";
        assertThat(inspect("cache-" + CI + "one", layers)).isEqualTo(inspect("cache-" + CI + "two", layers));
        assertThat(inspect("cache-" + CI + "one", layers)).isNotEqualTo(inspect("cache-" + DEV + "one", layers));
    }

    @Test
    void cacheMountsAreThoseOfTheProfile() throws IOException {
        String write = "FROM busybox:local\nRUN --network=none --mount=type=cache,target=/c,id=escape echo ci > /c/x\n";
        String read = "FROM busybox:local\nRUN --network=none --mount=type=cache,target=/c,id=escape cp /c/x /x\n";

        assertThat(build(CI, "mount-write", write, Map.of()).code()).isEqualTo(OK);
        assertThat(build(CI, "mount-own", read, Map.of()).code()).isEqualTo(OK);
        assertThat(build(DEV, "mount-other", read, Map.of("build-arg:BUILDKIT_CACHE_MOUNT_NS", "ci"))
                        .code())
                .isNotEqualTo(OK);
    }
}
