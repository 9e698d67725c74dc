package org.socketproxy.docker;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.Scenario;

/** Command-line clients produce the same output and exit code through the proxy as with the daemon. */
class ClientsIT {
    private static SideBySide sideBySide;

    @BeforeAll
    static void start() {
        sideBySide = SideBySide.start(RealDocker.get());
    }

    @AfterAll
    static void stop() {
        if (sideBySide != null) {
            sideBySide.close();
        }
    }

    static Stream<Scenario> containers() {
        return Corpus.sample(Scenario.read(ClientsIT.class, "containers.txt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void containers(Scenario scenario) {
        sideBySide.play(scenario);
    }

    static Stream<Scenario> names() {
        return Corpus.sample(Scenario.read(ClientsIT.class, "names.txt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void names(Scenario scenario) {
        sideBySide.play(scenario);
    }

    static Stream<Scenario> streams() {
        return Corpus.sample(Scenario.read(ClientsIT.class, "streams.txt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void streams(Scenario scenario) {
        sideBySide.play(scenario);
    }

    static Stream<Scenario> images() {
        return Corpus.sample(Scenario.read(ClientsIT.class, "images.txt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void images(Scenario scenario) {
        sideBySide.play(scenario);
    }

    static Stream<Scenario> builds() {
        return Scenario.read(ClientsIT.class, "builds.txt");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    @Tag("thorough")
    void builds(Scenario scenario) {
        sideBySide.play(scenario);
    }

    static Stream<Scenario> compose() {
        return Scenario.read(ClientsIT.class, "compose.txt");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    @Tag("thorough")
    void compose(Scenario scenario) {
        sideBySide.play(scenario);
    }

    static Stream<Scenario> versions() {
        return Corpus.sample(Scenario.read(ClientsIT.class, "versions.txt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void versions(Scenario scenario) {
        sideBySide.play(scenario);
    }
}
