package org.socketproxy.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.RawClient;

/** Tests the identity of clients behind a listener of another server, such as the one of the web application. */
class ForeignClientTest {
    private final Server server = new Server();

    /** Answers with the facts of the client. */
    private static final class Facts extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Client client = Client.of(request);
            String facts = client.address() + " " + client.remote() + " " + client.local() + " " + client.listener();
            Content.Sink.write(response, true, facts, callback);
            return true;
        }
    }

    @BeforeEach
    void start() throws Exception {
        HttpConfiguration trusting = new HttpConfiguration();
        trusting.addCustomizer(new ForwardedRequestCustomizer());
        HttpConnectionFactory http = new HttpConnectionFactory();
        server.addConnector(new ServerConnector(server, http));
        server.addConnector(new ServerConnector(server, new HttpConnectionFactory(trusting)));
        server.addConnector(new ServerConnector(
                server, new ProxyConnectionFactory(http.getProtocol()), new HttpConnectionFactory()));
        server.setHandler(new Facts());
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Connector, first line, header, facts
                "0 |                                          | X-Forwarded-For: 10.0.0.1 | 127.0.0.1 127.0.0.1 127.0.0.1 null",
                "0 |                                          | Forwarded: for=10.0.0.1   | 127.0.0.1 127.0.0.1 127.0.0.1 null",
                "1 |                                          | X-Plain: 1                | 127.0.0.1 127.0.0.1 127.0.0.1 null",
                "1 |                                          | X-Forwarded-For: 10.0.0.1 | 10.0.0.1 null null null",
                "1 |                                          | Forwarded: for=10.0.0.1   | 10.0.0.1 null null null",
                "1 |                                          | X-Forwarded-For: 127.0.0.1 | 127.0.0.1 null null null",
                "2 | PROXY TCP4 10.0.0.1 10.0.0.2 1000 2000   | X-Plain: 1                | 10.0.0.1 null null null",
                "2 | PROXY TCP4 127.0.0.1 127.0.0.1 1000 2000 | X-Plain: 1                | 127.0.0.1 null null null",
                "2 | PROXY UNKNOWN                            | X-Plain: 1                | 127.0.0.1 127.0.0.1 127.0.0.1 null",
            })
    void addressFromAHeaderOrAProxyLineIsForLogsOnly(int connector, String line, String header, String facts)
            throws Exception {
        int port = ((ServerConnector) server.getConnectors()[connector]).getLocalPort();
        try (RawClient client = RawClient.connect(port)) {
            client.send((line == null ? "" : line + "\r\n") + "GET / HTTP/1.1\r\nHost: d\r\n" + header
                    + "\r\nConnection: close\r\n\r\n");
            assertThat(client.readToEnd()).endsWith("\r\n\r\n" + facts);
        }
    }
}
