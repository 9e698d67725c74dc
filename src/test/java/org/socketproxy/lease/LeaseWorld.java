package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.ConfigurationReloader;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Notices;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;

/** A proxy with a template of leases, and its control socket. */
final class LeaseWorld implements AutoCloseable {
    static final String TEMPLATES = """
            profiles: {}
            leases:
              agent:
                open: [{uid: 0}]
                for: 1h
                at-once: 100
                projects: [PROJECTS]
                rights:
                  variables:
                    {CONTAINERS: 1, IMAGES: 1, NETWORKS: 1, VOLUMES: 1, BUILD: 1, GRPC: 1, SESSION: 1, COMMIT: 1, EXEC: 1,
                     EVENTS: 1, ALLOW_LOGS: 1, POST: 1}
                  create: safe
                  targets: {images: {reference: "**"}}
              egress:
                open: [{uid: 0}]
                at-once: 5
                network: {egress: [egress:3128]}
                rights:
                  variables:
                    {CONTAINERS: 1, IMAGES: 1, NETWORKS: 1, BUILD: 1, GRPC: 1, SESSION: 1, EXEC: 1, POST: 1, ALLOW_LOGS: 1}
                  create: safe
                  targets: {images: {reference: "**"}}
              missing:
                open: [{uid: 0}]
                network: {egress: [missing:3128]}
                rights: {variables: {CONTAINERS: 1, POST: 1}, create: safe}
              box:
                open: [{uid: 0}]
                at-once: 2
                projects: [PROJECTS]
                rights:
                  variables: {CONTAINERS: 1, POST: 1, ALLOW_LOGS: 1}
                  create: {rules: safe, require: [memory, pids]}
                  targets: {images: {reference: "**"}}
              ports:
                open: [{uid: 0}]
                network: {publish: loopback}
                rights: {variables: {CONTAINERS: 1, NETWORKS: 1, POST: 1}, create: safe, targets: {images: {reference: "**"}}}
              asking:
                open: [{uid: 1000}]
                at-once: 5
                projects: [PROJECTS]
                ask: [ports, images, "binds:ro"]
                approve: [{uid: 1001}]
                hold: 2s
                network: {publish: loopback}
                rights:
                  variables: {CONTAINERS: 1, NETWORKS: 1, IMAGES: 1, EXEC: 1, POST: 1, ALLOW_LOGS: 1}
                  create: safe
              one: {open: [{uid: 0}], for: 1s, rights: {variables: {CONTAINERS: 1, POST: 1}, create: safe}}
              other: {open: [{uid: 1000}], rights: {variables: {CONTAINERS: 1, POST: 1}, create: safe}}
            """;

    final Path folder;
    final Path leases;
    final Path policy;
    final List<String> records = new CopyOnWriteArrayList<>();
    private final Map<String, String> environment;
    private ProxyUnderTest proxy;

    /** @param folder short, because the path of a socket is short */
    LeaseWorld(Path folder, Path daemon) throws IOException {
        this.folder = folder;
        this.leases = folder.resolve("leases");
        this.policy = folder.resolve("policy.yaml");
        this.environment = environment(folder, daemon);
        start();
    }

    /** Writes the policy with the templates into a folder, and returns the settings of a proxy that uses it. */
    static Map<String, String> environment(Path folder, Path daemon) throws IOException {
        Path policy = Files.writeString(
                folder.resolve("policy.yaml"),
                TEMPLATES.replace(
                        "PROJECTS", folder.toRealPath().resolve("projects").toString()));
        return Map.of(
                "SOCKET_PATH",
                daemon.toString(),
                "ENV_FILE",
                Files.writeString(folder.resolve("env"), "POLICY=" + policy + "\n")
                        .toString(),
                "LEASES",
                folder.resolve("leases").toString(),
                "STATUS_LISTEN",
                "tcp://127.0.0.1:0",
                "LOG_LEVEL",
                "info");
    }

    void start() {
        proxy = ProxyUnderTest.recording(environment, records::add);
    }

    /** Applies a configuration without a policy file. */
    void reloadWithoutPolicy() throws Exception {
        ConfigurationReloader reloader = new ConfigurationReloader(
                environment,
                ConfigurationFiles.load(environment),
                Variables.load(),
                proxy.server().configuration(),
                proxy.server().exchanges(),
                proxy.server().profiles(),
                proxy.server().auditLog(),
                Notices.to(OutputStream.nullOutputStream()));
        Files.writeString(folder.resolve("env"), "EVENTS=0\n");
        reloader.reload();
        assertThat(proxy.server().configuration().settings().policy().isOfFile())
                .isFalse();
    }

    ProxyUnderTest proxy() {
        return proxy;
    }

    Path control() {
        return leases.resolve("control.sock");
    }

    /** A lease that is open until its connection closes. */
    record Opened(ControlClient holder, JsonObject facts) implements AutoCloseable {
        String id() {
            return facts.text("lease");
        }

        String socket() {
            return facts.text("socket");
        }

        @Override
        public void close() throws IOException {
            holder.close();
        }
    }

    Opened open(String query) throws IOException {
        return open(control(), query);
    }

    static Opened open(Path control, String query) throws IOException {
        ControlClient holder = ControlClient.send(control, "POST", "/leases?" + query);
        JsonObject facts = holder.object();
        assertThat(holder.status()).as(facts.text("message")).isEqualTo(200);
        return new Opened(holder, facts);
    }

    /** Returns the status and the message of a request to the control socket. */
    String ask(String method, String target) throws IOException {
        try (ControlClient client = ControlClient.send(control(), method, target)) {
            return client.status() + " " + client.object().text("message");
        }
    }

    List<JsonObject> list() throws IOException {
        return list(control());
    }

    static List<JsonObject> list(Path control) throws IOException {
        try (ControlClient client = ControlClient.send(control, "GET", "/leases")) {
            return client.next() instanceof JsonArray array
                    ? array.elements().stream().map(JsonObject.class::cast).toList()
                    : List.of();
        }
    }

    /** Returns the name of the network that the proxy has made for a lease. */
    static String network(Opened lease) {
        return "lease-" + lease.id();
    }

    /** Waits until no lease of a template is left. */
    void awaitNoLease(String template) throws Exception {
        ProcessResources.await(() -> {
            try {
                return list().stream().noneMatch(lease -> lease.text("template").equals(template));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    /** Waits until nothing of a lease is left. */
    void awaitEnd(String id) throws Exception {
        ProcessResources.await(() -> {
            try {
                return list().stream().noneMatch(lease -> lease.text("lease").equals(id));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        assertThat(leases.resolve(id)).doesNotExist();
        assertThat(leases.resolve(id + ".lease")).doesNotExist();
    }

    /** Runs a script as a client of a lease. */
    Cli.Result run(Opened lease, String script) {
        return Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + lease.socket())).script(script);
    }

    String succeeding(Opened lease, String script) {
        Cli.Result result = run(lease, script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout();
    }

    @Override
    public void close() {
        proxy.close();
    }
}
