package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A request enters no class of a feature that is off. */
@Tag("thorough")
class EnteredClassesTest {
    /** Packages that only features use, and the classes in them without which no request is forwarded. */
    private static final String FEATURES =
            "org\\.socketproxy\\.(archive|config|decide|filter\\.extension|json|lease|policy\\.(build|create|mask|scope|self|value)|protect|shadow|tls|tunnel|yaml)\\..*";

    private static final Set<String> ALWAYS =
            Set.of("org.socketproxy.decide.Steps", "org.socketproxy.policy.scope.ScopedRequest");

    @Test
    void plainGetEntersNoClassOfAFeature() throws Exception {
        Process bench = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "bench/EnteredClasses.java",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "-v",
                        "plain GET")
                .redirectErrorStream(true)
                .start();
        List<String> output = new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();

        assertThat(bench.waitFor()).as(String.join("\n", output)).isZero();
        List<String> entered = output.stream()
                .filter(line -> line.startsWith("    "))
                .map(line -> line.strip().split(" ")[0])
                .toList();
        assertThat(entered).contains("org.socketproxy.decide.Steps", "org.socketproxy.forward.DockerProxyServlet");
        assertThat(entered.stream().filter(type -> type.matches(FEATURES))).containsExactlyInAnyOrderElementsOf(ALWAYS);
    }
}
