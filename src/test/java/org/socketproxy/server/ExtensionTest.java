package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.api.Operation;
import org.socketproxy.proxy.ErrorReply;
import org.socketproxy.proxy.PermissionFilter;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Filters of others, found by {@code ServiceLoader}, behind the permission filter and before the daemon. */
class ExtensionTest {
    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();

    /** Notes each operation that it sees, and denies pulls. */
    public static final class NoPull extends HttpFilter {
        private static final long serialVersionUID = 1;

        @Override
        protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            Operation operation = (Operation) request.getAttribute(PermissionFilter.OPERATION);
            SEEN.add(operation.id());
            if (operation.id().equals("ImageCreate")) {
                new ErrorReply(403, "no pulls today").answer(request, response);
            } else {
                chain.doFilter(request, response);
            }
        }
    }

    @TempDir
    Path folder;

    @Test
    void anExtensionSeesOnlyWhatIsAllowedAndMayDenyMore() throws Exception {
        Path services = Files.createDirectories(folder.resolve("extension/META-INF/services"));
        Files.writeString(services.resolve("jakarta.servlet.Filter"), NoPull.class.getName() + "\n");
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader extension = new URLClassLoader(
                        new URL[] {folder.resolve("extension/").toUri().toURL()}, before);
                FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
            Thread.currentThread().setContextClassLoader(extension);
            try (ProxyUnderTest proxy = ProxyUnderTest.allowing(daemon.socket(), "IMAGES", "POST");
                    RawClient client = proxy.connect()) {
                assertThat(client.request("GET", "/images/json").readResponse()).endsWith("OK");
                assertThat(client.request("GET", "/containers/json").readResponse())
                        .startsWith("HTTP/1.1 403 ")
                        .contains("set CONTAINERS=1");
                client.send("POST /images/create?fromImage=a HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}");
                assertThat(client.readResponse()).endsWith("{\"message\":\"socket-proxy: no pulls today\"}\n");
                assertThat(SEEN).containsExactly("ImageList", "ImageCreate");
                assertThat(daemon.takeHead()).startsWith("GET /images/json ");
                assertThat(daemon.isUntouched()).isTrue();
            } finally {
                Thread.currentThread().setContextClassLoader(before);
            }
        }
    }
}
