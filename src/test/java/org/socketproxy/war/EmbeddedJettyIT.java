package org.socketproxy.war;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** The WAR in a program that embeds Jetty, with a separate class loader. */
@Tag("thorough")
class EmbeddedJettyIT extends WarBehaviour {
    @Override
    DeployedWar deploy(Path folder, Map<String, String> environment, Map<String, String> parameters) {
        return DeployedWar.embedded(folder, environment, parameters);
    }

    /** Jetty's default. */
    @Override
    int statusOfAnEscapedSlash() {
        return 400;
    }
}
