package org.socketproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.extension.DeniedException;
import org.socketproxy.extension.ExchangeFacts;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** The embedded proxy with a daemon that answers every request with OK. */
class SocketProxyTest {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(300);

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Map<String, String> CONTAINERS = Map.of("CONTAINERS", "1");

    @TempDir
    Path folder;

    private FakeDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.answering(folder, OK);
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    private SocketProxy.Builder builder() {
        return SocketProxy.builder().daemon(daemon.host());
    }

    private static String ask(SocketProxy proxy, String target) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(proxy.address()).getPort())) {
            return client.request("GET", target).readResponse();
        }
    }

    @Test
    void addressContainsTheActualPort() throws IOException {
        try (SocketProxy proxy = builder().build().start()) {
            assertThat(proxy.address()).matches("tcp://127\\.0\\.0\\.1:[1-9]\\d+");
            assertThat(proxy.addresses()).containsExactly(proxy.address());
            assertThat(proxy.statusPage()).isEmpty();
        }
    }

    @Test
    void severalProxiesRunIndependently() throws IOException {
        try (SocketProxy narrow = builder().build().start();
                SocketProxy wide = builder().policy(CONTAINERS).build().start()) {
            assertThat(ask(narrow, "/containers/json"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("set CONTAINERS=1");
            assertThat(ask(wide, "/containers/json")).isEqualTo(OK);

            narrow.close();

            assertThat(ask(wide, "/containers/json")).isEqualTo(OK);
        }
    }

    @Test
    void addressMayBeAUnixSocket() throws IOException {
        Path socket = folder.resolve("filtered.sock");
        try (SocketProxy proxy = builder()
                .listen("unix://" + socket + "?mode=0600", "tcp://127.0.0.1:0")
                .build()
                .start()) {
            assertThat(proxy.address()).isEqualTo("unix://" + socket);
            assertThat(proxy.addresses().get(1)).startsWith("tcp://127.0.0.1:");
            assertThat(socket).exists();
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void policyAddsVariablesToThePreset() throws IOException {
        try (SocketProxy proxy =
                builder().preset("dozzle").policy(Map.of("IMAGES", "1")).build().start()) {
            assertThat(ask(proxy, "/containers/json")).isEqualTo(OK);
            assertThat(ask(proxy, "/images/json")).isEqualTo(OK);
            assertThat(ask(proxy, "/volumes")).startsWith("HTTP/1.1 403 ");
        }
    }

    /** Denies requests for "second" and records the calls of its lifecycle methods. */
    private static final class NoSecondContainer implements Filter {
        private final List<String> calls = new ArrayList<>();

        @Override
        public void init(FilterConfig config) {
            calls.add("init");
        }

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            if (ExchangeFacts.of(request).target().raw().contains("second")) {
                throw new DeniedException("not the second");
            }
            chain.doFilter(request, response);
        }

        @Override
        public void destroy() {
            calls.add("destroy");
        }
    }

    @Test
    void addedFilterDeniesRequests() throws IOException {
        NoSecondContainer filter = new NoSecondContainer();
        try (SocketProxy proxy =
                builder().policy(CONTAINERS).filter(filter).build().start()) {
            assertThat(ask(proxy, "/containers/first/json")).isEqualTo(OK);
            assertThat(ask(proxy, "/containers/second/json"))
                    .startsWith("HTTP/1.1 403 ")
                    .endsWith("{\"message\":\"socket-proxy: not the second\"}\n");
            assertThat(filter.calls).containsExactly("init");
        }
        assertThat(filter.calls).containsExactly("init", "destroy");
    }

    @Test
    void filtersAreCalledInTheOrderOfTheBuilder() throws IOException {
        List<String> asked = new ArrayList<>();
        Filter first = (request, response, chain) -> {
            asked.add("first");
            chain.doFilter(request, response);
        };
        Filter second = (request, response, chain) -> {
            asked.add("second");
            throw new DeniedException("no");
        };
        try (SocketProxy proxy = builder().filter(first).filter(second).build().start()) {
            assertThat(ask(proxy, "/_ping")).startsWith("HTTP/1.1 403 ");
        }
        assertThat(asked).containsExactly("first", "second");
    }

    @Test
    void logReceivesEachRecordAlsoAfterItHasThrown() throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        try (SocketProxy proxy = builder()
                .log(line -> {
                    lines.add(line);
                    if (line.contains("/_ping")) {
                        throw new IllegalStateException("full");
                    }
                })
                .build()
                .start()) {
            ask(proxy, "/_ping");
            assertThat(lines.poll(300, TimeUnit.SECONDS)).contains(" allow section GET /_ping SystemPing 200 ");
            ask(proxy, "/images/json");
            assertThat(lines.poll(300, TimeUnit.SECONDS))
                    .contains(" deny variable-missing GET /images/json ImageList 403 ")
                    .doesNotContain("\n");
        }
    }

    /** As in a test runner or an application server, whose context class loader does not find the proxy's classes. */
    @Test
    void statusPageIsIndependentOfTheContextClassLoader() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        try (SocketProxy proxy =
                builder().setting("STATUS_LISTEN", "tcp://127.0.0.1:0").build().start()) {
            for (String path :
                    List.of("/", "/status.css", "/status.js", "/metrics", "/suggest", "/policy", "/difference")) {
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create(proxy.statusPage()).resolve(path))
                        .build();
                assertThat(HttpClient.newHttpClient()
                                .send(request, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .as(path)
                        .isEqualTo(200);
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS  | maybe          | CONTAINERS=maybe: use 1, true, yes or on to allow",
                "CONTAINRES  | 1              | CONTAINRES=1: there is no such variable; did you mean CONTAINERS?",
                "SECTION     | 1              | SECTION: there is no such variable or setting",
                "LISTEN      | 127.0.0.1:2375 | LISTEN=127.0.0.1:2375: the scheme is missing; use tcp://127.0.0.1:2375",
                "DOCKER_HOST | ssh://host     | DOCKER_HOST=ssh://host: ",
                "PRESET      | nobody         | PRESET=nobody: use one of "
            })
    void buildReportsInvalidSettings(String name, String value, String sentence) {
        SocketProxy.Builder builder = builder().setting(name, value);

        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence)
                .message()
                .hasLineCount(1);
    }

    @Test
    void buildReportsAllProblemsAtOnce() {
        SocketProxy.Builder builder = builder().listen("nowhere").policy(Map.of("EXEC", "perhaps", "WORLD", "1"));

        assertThatThrownBy(builder::build).message().hasLineCount(3);
    }

    @Test
    void addressInUseIsReportedAndNothingIsLeftRunning() throws IOException {
        try (SocketProxy first = builder().build().start()) {
            Set<Thread> before = proxyThreads();
            SocketProxy second = builder().listen(first.address()).build();

            assertThatThrownBy(second::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(
                            "LISTEN=" + first.address() + ": cannot listen on this address, the port is in use.");

            awaitNoneBut(before);
        }
    }

    @Test
    void failedInitOfAFilterIsReported() {
        Filter broken = new Filter() {
            @Override
            public void init(FilterConfig config) throws ServletException {
                throw new ServletException("set PULL_FROM");
            }

            @Override
            public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) {}
        };
        SocketProxy proxy = builder().filter(broken).build();

        assertThatThrownBy(proxy::start)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(broken.getClass().getName() + " cannot be initialized: ")
                .hasMessageContaining("set PULL_FROM");
    }

    @Test
    void proxyCannotBeStartedTwice() throws IOException {
        SocketProxy proxy = builder().build();
        assertThatThrownBy(proxy::address).isInstanceOf(IllegalStateException.class);
        proxy.start();
        assertThatThrownBy(proxy::start).isInstanceOf(IllegalStateException.class);
        proxy.close();
        assertThatCode(proxy::close).doesNotThrowAnyException();
        assertThatThrownBy(proxy::address).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(proxy::start).isInstanceOf(IllegalStateException.class);

        SocketProxy never = builder().build();
        never.close();
        assertThatThrownBy(never::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingEndsStreamsAndThreads() throws IOException {
        daemon.close();
        Set<Thread> before = proxyThreads(); // threads of other tests
        try (FakeDaemon endless = FakeDaemon.running(folder, peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    peer.readToEnd();
                });
                SocketProxy proxy =
                        SocketProxy.builder().daemon(endless.host()).build().start();
                RawClient client = RawClient.connect(URI.create(proxy.address()).getPort())) {
            assertThat(client.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200 ");
            assertThat(proxyThreads()).isNotEqualTo(before);

            proxy.close();

            client.readToEnd();
            awaitNoneBut(before);
        }
    }

    /** Live threads of the proxies in this JVM. */
    private static Set<Thread> proxyThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .filter(thread -> thread.getName().matches("(proxy|audit-log|Scheduler|HttpClient|Session-|qtp).*"))
                .collect(Collectors.toSet());
    }

    /** Waits, because a thread is still alive for a short time after its work. */
    private static void awaitNoneBut(Set<Thread> before) {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (!before.containsAll(proxyThreads()) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(before).containsAll(proxyThreads());
    }

    @Test
    void systemPropertiesAreNotChanged() throws IOException {
        Properties before = (Properties) System.getProperties().clone();
        try (SocketProxy proxy = builder().policy(CONTAINERS).build().start()) {
            ask(proxy, "/containers/json");
        }
        assertThat(System.getProperties()).isEqualTo(before);
    }

    @Test
    void existingFileIsNotReplacedByTheSocket() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");
        SocketProxy proxy = builder().listen("unix://" + file).build();

        assertThatThrownBy(proxy::start).isInstanceOf(IOException.class).hasMessageContaining(file.toString());
        assertThat(file).hasContent("text");
    }
}
