import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the proxy against a fake daemon, sends typical requests and stops the proxy, so that the JVM records the loaded
 * classes for the class-data archive. Used only by the image build. Exits with 1 on an unexpected response, because an
 * archive from a broken run is useless.
 *
 * <p>Arguments: the command that starts the proxy.
 */
public final class Training {
    private static final String JSON = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
            + "\r\n3\r\n{}\n\r\n0\r\n\r\n";
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
            + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    private static final String ECHOED = "echoed";
    private static final int PROXY = freePort();
    private static final int STATUS = freePort();
    private static final long TIMEOUT_SECONDS = 60;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Training() {}

    public static void main(String[] command) throws Exception {
        Path socket = Files.createTempDirectory("training").resolve("docker.sock");
        try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            daemon.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofPlatform().daemon().start(() -> accept(daemon));
            ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
            builder.environment().clear();
            builder.environment().putAll(Map.of(
                    "SOCKET_PATH", socket.toString(),
                    "LISTEN", "tcp://127.0.0.1:" + PROXY,
                    "STATUS_LISTEN", "tcp://127.0.0.1:" + STATUS,
                    "CONTAINERS", "1",
                    "POST", "1",
                    "EXEC", "1"));
            Process proxy = builder.start();
            try {
                awaitListening(proxy);
                train();
            } finally {
                proxy.destroy();
                if (!proxy.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    proxy.destroyForcibly();
                    throw new IllegalStateException("The proxy did not stop");
                }
            }
        }
    }

    private static void train() throws Exception {
        for (int round = 0; round < 20; round++) {
            expect(200, "GET", PROXY, "/v1.45/containers/json?all=1", null);
            expect(200, "GET", PROXY, "/events", null);
            expect(200, "HEAD", PROXY, "/_ping", null);
            expect(200, "POST", PROXY, "/containers/create?name=c", "{\"Image\":\"busybox\"}");
            expect(403, "GET", PROXY, "/images/json", null);
            expect(403, "GET", PROXY, "/no/such/operation", null);
            expect(400, "GET", PROXY, "/containers/%2e%2e/json", null);
            expect(200, "GET", STATUS, "/", null);
            expect(200, "GET", STATUS, "/status.css", null);
            expect(404, "GET", STATUS, "/nothing", null);
            hijack("/containers/c/attach?stream=1&stdin=1&stdout=1");
            hijack("/exec/e/start");
        }
    }

    private static void expect(int status, String method, int port, String target, String body) throws Exception {
        HttpRequest.BodyPublisher publisher =
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                .method(method, publisher)
                .build();
        HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != status) {
            throw new IllegalStateException(method + " " + target + " returned " + response.statusCode() + " instead of "
                    + status + ": " + response.body());
        }
    }

    /** Hijacks a connection, sends bytes and expects the daemon's echo. */
    private static void hijack(String target) throws IOException {
        String body = "{}";
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), PROXY))) {
            write(channel, "POST " + target + " HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
                    + "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            readUntil(channel, "\r\n\r\n");
            write(channel, ECHOED);
            readUntil(channel, ECHOED);
            channel.shutdownOutput();
            readUntil(channel, null);
        }
    }

    private static void awaitListening(Process proxy) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        List<Integer> closedPorts = new ArrayList<>(List.of(PROXY, STATUS));
        while (!closedPorts.isEmpty()) {
            try (SocketChannel connection =
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), closedPorts.get(0)))) {
                closedPorts.remove(0);
            } catch (IOException notYet) {
                if (!proxy.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException("The proxy does not listen", notYet);
                }
                proxy.waitFor(20, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Chooses a free port, because a build container may share the host's network. */
    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void accept(ServerSocketChannel daemon) {
        try {
            while (true) {
                SocketChannel channel = daemon.accept();
                Thread.ofPlatform().daemon().start(() -> serve(channel));
            }
        } catch (IOException closed) {
            // main() closed the listener
        }
    }

    /** Responds to requests in sequence, and echoes the bytes of a hijacked connection. */
    private static void serve(SocketChannel channel) {
        try (channel) {
            while (true) {
                String head = readUntil(channel, "\r\n\r\n");
                if (head.isEmpty()) {
                    return;
                }
                if (head.contains("Upgrade: tcp")) {
                    write(channel, UPGRADED);
                    echo(channel);
                    return;
                }
                if (head.startsWith("POST") && !head.endsWith("}")) {
                    readUntil(channel, "}");
                }
                write(channel, head.startsWith("HEAD") ? JSON.substring(0, JSON.length() - 2) : response(head));
            }
        } catch (IOException gone) {
            // the proxy closed the connection
        }
    }

    private static String response(String head) {
        return head.startsWith("GET /events") ? CHUNKED : JSON;
    }

    private static void echo(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1024);
        while (channel.read(buffer) >= 0) {
            String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1);
            if (text.contains(ECHOED)) { // the bytes before it are the request body
                write(channel, ECHOED);
            }
            buffer.clear();
        }
        channel.shutdownOutput();
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Reads until the received bytes contain {@code text}; null reads to the end of the stream. */
    private static String readUntil(SocketChannel channel, String text) throws IOException {
        StringBuilder all = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.allocate(8192);
        while ((text == null || all.indexOf(text) < 0) && channel.read(buffer.clear()) >= 0) {
            all.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1));
        }
        return all.toString();
    }
}
