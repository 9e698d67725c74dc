package org.socketproxy.war;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The WAR in an unpacked Jetty with the modules {@code http} and {@code ee10-deploy}. */
class JettyHomeIT extends WarBehaviour {
    @Override
    DeployedWar deploy(Path folder, Map<String, String> environment, Map<String, String> parameters)
            throws IOException {
        return DeployedWar.inJettyHome(folder, environment, parameters);
    }

    /** From the daemon, since this server is told to leave targets alone. */
    @Override
    int statusOfAnEscapedSlash() {
        return 404;
    }
}
