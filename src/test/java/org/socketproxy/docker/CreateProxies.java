package org.socketproxy.docker;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;

/** Proxies with every variable on and {@code CREATE=safe}, one for each set of further settings. */
final class CreateProxies implements AutoCloseable {
    private final Path socket;
    private final Map<String, ProxyUnderTest> proxies = new HashMap<>();

    /** @param socket the daemon's */
    CreateProxies(Path socket) {
        this.socket = socket;
    }

    /** @param settings separated by blanks; {@code -} for none */
    ProxyUnderTest with(String settings) {
        return proxies.computeIfAbsent(settings, key -> {
            Map<String, String> environment = new HashMap<>();
            for (Variable variable : Variables.load().all()) {
                environment.put(variable.name(), "1");
            }
            environment.put("CREATE", "safe");
            for (String setting : key.equals("-") ? new String[0] : key.split(" ")) {
                environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1].replace("<20>", " "));
            }
            return ProxyUnderTest.with(socket, environment);
        });
    }

    /** A runner of programs whose Docker is the proxy. */
    Cli cli(Path folder, String settings) {
        return Cli.in(
                folder,
                Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + with(settings).port()));
    }

    @Override
    public void close() {
        proxies.values().forEach(ProxyUnderTest::close);
    }
}
