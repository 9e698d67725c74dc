package org.socketproxy.war;

import java.nio.file.Path;
import java.util.Arrays;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A program with an embedded Jetty that deploys the WAR in a {@link WebAppContext} with a separate class loader. It has
 * connectors for HTTP/1.1, for HTTP/1.1 and HTTP/2, and for HTTP/1.1 with the PROXY protocol. Arguments: the WAR, and context
 * parameters as {@code NAME=value}.
 */
public final class WarHost {
    private WarHost() {}

    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setIdleTimeout(DeployedWar.IDLE_TIMEOUT_MILLIS);
        server.addConnector(connector);
        HttpConnectionFactory http = new HttpConnectionFactory();
        add(server, http, new HTTP2CServerConnectionFactory(http.getHttpConfiguration()));
        add(server, new ProxyConnectionFactory(), http);
        WebAppContext application = new WebAppContext(Path.of(arguments[0]).toString(), "/");
        Arrays.stream(arguments)
                .skip(1)
                .map(parameter -> parameter.split("=", 2))
                .forEach(parameter -> application.setInitParameter(parameter[0], parameter[1]));
        server.setHandler(application);
        server.setStopAtShutdown(true);
        server.start();
        server.join();
    }

    private static void add(Server server, ConnectionFactory... protocols) {
        ServerConnector connector = new ServerConnector(server, protocols);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
    }
}
