package org.socketproxy.war;

import java.nio.file.Path;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Somebody else's program with a Jetty in it that deploys our WAR: a plain server, and a {@link WebAppContext} with a
 * class loader of its own. It prints the port that it listens on.
 */
public final class WarHost {
    private WarHost() {}

    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        WebAppContext application = new WebAppContext(Path.of(arguments[0]).toString(), "/");
        application.setThrowUnavailableOnStartupException(true);
        server.setHandler(application);
        server.start();
        System.out.println("port " + connector.getLocalPort());
        server.join();
    }
}
