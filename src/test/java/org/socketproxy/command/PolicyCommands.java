package org.socketproxy.command;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands with a policy file. */
abstract class PolicyCommands {
    static final String POLICY = """
            profiles:
              reader:
                clients: [{network: 10.0.0.0/8}]
                variables: {CONTAINERS: 1}
              ci:
                clients: [{uid: 1000, listener: ci}, {certificate: {cn: "runner-*"}}]
                variables: {IMAGES: 1, POST: 1}
                allow: [ContainerWait]
              unreachable: {}
            """;

    @TempDir
    Path folder;

    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void write() throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), POLICY);
    }

    int run(String... arguments) {
        return run(Map.of("POLICY", folder.resolve("policy.yaml").toString()), arguments);
    }

    int run(Map<String, String> more, String... arguments) {
        Map<String, String> environment = new HashMap<>(more);
        environment.putIfAbsent("LISTEN", "unix:///run/ci.sock?name=ci");
        environment.put("SOCKET_PATH", folder.resolve("none.sock").toString());
        return new CommandLine(
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(arguments);
    }

    String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
