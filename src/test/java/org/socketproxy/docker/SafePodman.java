package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealPodman;

/**
 * A real Podman with a proxy in front of it, which has {@code CREATE=safe} and allows all operations. FOLDER in lines and settings is a
 * folder of the host with a file, {@code host-file}, and a folder that {@code BINDS} allows, {@code data}.
 */
final class SafePodman implements AutoCloseable {
    private final RealPodman podman = RealPodman.get();
    private final Path folder;
    private final ProxyUnderTest proxy;

    /** @param createAllow value of {@code CREATE_ALLOW} */
    SafePodman(Path folder, String createAllow) throws Exception {
        this.folder = folder;
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/public"), "public\n");
        Files.writeString(folder.resolve("host-file"), "host-secret\n");
        Map<String, String> environment = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            environment.put(variable.name(), "1");
        }
        environment.putAll(Map.of("CREATE", "safe", "CREATE_ALLOW", createAllow, "BINDS", folder + "/data:ro"));
        this.proxy = ProxyUnderTest.with(podman.socket(), environment);
    }

    /** Runs a line that must work, without the proxy. */
    void make(String line) {
        Cli.Result made = direct(line);
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    Cli.Result direct(String line) {
        return run(line, Map.of());
    }

    Cli.Result throughProxy(String line) {
        return run(line, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
    }

    private Cli.Result run(String line, Map<String, String> environment) {
        return podman.cli(folder, environment).script(line.replace("FOLDER", folder.toString()));
    }

    /** Sends a POST request without a body through the proxy, and returns the response. */
    String post(String target) throws IOException {
        return post(target, "");
    }

    /** The same with a body of JSON, or none. */
    String post(String target, String json) throws IOException {
        try (RawClient client = proxy.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
                    + (json.isEmpty() ? "" : "Content-Type: application/json\r\n") + "Content-Length: "
                    + json.length() + "\r\n\r\n" + json);
            return client.readToEnd();
        }
    }

    @Override
    public void close() {
        proxy.close();
    }
}
