package org.socketproxy.filter.extension;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.annotation.Priority;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.extension.DeniedException;
import org.socketproxy.extension.ExchangeFacts;
import org.socketproxy.testing.CompiledJar;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests extensions on the class path and in a folder, between the permission filter and the daemon. */
class ExtensionTest {
    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();

    /** Records each operation, and denies pulls. */
    public static final class NoPull extends HttpFilter {
        private static final long serialVersionUID = 1;

        @Override
        protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            ExchangeFacts.Operation operation = ExchangeFacts.of(request).operation();
            SEEN.add(operation.id());
            if (operation.id().equals("ImageCreate")) {
                throw new DeniedException("no pulls today");
            }
            chain.doFilter(request, response);
        }

        @Override
        public void init() {
            SEEN.add("init " + getFilterName());
        }

        @Override
        public void destroy() {
            SEEN.add("destroy");
        }
    }

    /** Has the highest priority. */
    @Priority(1)
    public static final class First implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            SEEN.add("first");
            request.setAttribute("seen", "by the first");
            chain.doFilter(request, response);
        }
    }

    @TempDir
    Path folder;

    @Test
    void classPathExtensionSeesAllowedRequestsAndDenies() throws Exception {
        SEEN.clear();
        Path services = Files.createDirectories(folder.resolve("extension/META-INF/services"));
        Files.writeString(
                services.resolve("jakarta.servlet.Filter"),
                NoPull.class.getName() + "\n" + First.class.getName() + "\n");
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
                        .contains("CONTAINERS=1 alone: root on the host");
                client.send("POST /images/create?fromImage=a HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}");
                assertThat(client.readResponse()).endsWith("{\"message\":\"socket-proxy: no pulls today\"}\n");
                assertThat(daemon.takeHead()).startsWith("GET /images/json ");
                assertThat(daemon.isUntouched()).isTrue();
            } finally {
                Thread.currentThread().setContextClassLoader(before);
            }
        }
        assertThat(SEEN)
                .containsExactly(
                        "init " + NoPull.class.getName(), "first", "ImageList", "first", "ImageCreate", "destroy");
    }

    @Test
    void auditLogAndStatusPageNameDenyingExtension() throws Exception {
        String source = """
                package a;
                import jakarta.servlet.*;
                import org.socketproxy.extension.*;
                public final class Rule implements Filter {
                    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                            throws java.io.IOException, ServletException {
                        switch (ExchangeFacts.of(request).operation().id()) {
                            case "ImageList" -> throw new DeniedException("no images");
                            case "SystemInfo" -> throw new IllegalStateException("broken");
                            default -> chain.doFilter(request, response);
                        }
                    }
                }
                """;
        CompiledJar.of(source).naming("a.Rule").writeTo(folder.resolve("extensions/rule.jar"));
        Map<String, String> environment = Map.of(
                "EXTENSIONS", folder.resolve("extensions").toString(),
                "STATUS_LISTEN", "tcp://127.0.0.1:0",
                "LOG_LEVEL", "info",
                "IMAGES", "1",
                "MODE", "learn");
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream stdout = System.out;
        System.setOut(new PrintStream(log, true, StandardCharsets.UTF_8));
        String page;
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), environment);
                RawClient client = proxy.connect()) {
            assertThat(client.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(client.request("GET", "/images/json").readResponse()).startsWith("HTTP/1.1 403 ");
            assertThat(client.request("GET", "/info").readResponse()).startsWith("HTTP/1.1 500 ");
            assertThat(client.request("GET", "/networks").readResponse()).startsWith("HTTP/1.1 200 ");
            client.shutdownOutput();
            assertThat(client.readToEnd()).isEmpty();
            page = read(proxy.statusPage());
        } finally {
            System.setOut(stdout);
        }

        assertThat(log.toString(StandardCharsets.UTF_8).lines())
                .satisfiesExactly(
                        learning -> assertThat(learning).contains(" policy learn-on by MODE=learn until "),
                        ping -> assertThat(ping).contains(" allow section ").contains("/2B seq="),
                        images -> assertThat(images)
                                .contains(" deny extension ", " ImageList 403 ")
                                .contains("B a.Rule seq="),
                        info -> assertThat(info)
                                .contains(" deny extension-failed ", " SystemInfo 500 ")
                                .contains("B a.Rule seq="),
                        networks -> assertThat(networks)
                                .contains(" learn variable-missing ")
                                .contains("/2B set=\"NETWORKS=1\" seq="));
        assertThat(page)
                .contains("<dt>Extensions</dt><dd>a.Rule</dd>")
                .contains("The extension a.Rule denied it, and no variable changes that.")
                .contains("The extension a.Rule failed, so the proxy denied the request;");
    }

    private static String read(String address) throws IOException {
        try (var in = new URL(address).openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
