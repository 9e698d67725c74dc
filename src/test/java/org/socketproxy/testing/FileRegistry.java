package org.socketproxy.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * An image registry that keeps blobs and manifests in a folder, and the requests in its file {@code registry.log}. It answers
 * pull, push and search of the registry API over TLS or plain HTTP, without authentication of clients.
 */
public final class FileRegistry implements AutoCloseable {
    private static final Pattern UPLOAD = Pattern.compile("/v2/.+/blobs/uploads/(\\d*)");
    private static final Pattern BLOB = Pattern.compile("/v2/.+/blobs/(sha256:[0-9a-f]{64})");
    private static final Pattern MANIFEST = Pattern.compile("/v2/(.+)/manifests/([\\w.:-]+)");
    private static final Pattern DIGEST = Pattern.compile("digest=(sha256(?::|%3A)[0-9a-f]{64})");

    private final Path folder;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, String> types = new ConcurrentHashMap<>();
    private final AtomicInteger uploads = new AtomicInteger();

    private FileRegistry(Path folder, HttpServer server) throws IOException {
        this.folder = folder;
        this.server = server;
        Files.createFile(folder.resolve("registry.log"));
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    /** Starts a registry with TLS on all addresses of this machine. */
    public static FileRegistry in(Path folder) throws IOException, GeneralSecurityException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(0), 0);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(
                Certificates.in(folder).server("registry", "ca").keyStore("registry"),
                Certificates.PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return new FileRegistry(folder, server);
    }

    /** Starts a registry with plain HTTP on the loopback address: some clients use no TLS there. */
    public static FileRegistry plainIn(Path folder) throws IOException {
        return new FileRegistry(
                folder, HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    }

    public int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            log(exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n");
            Matcher upload = UPLOAD.matcher(path);
            Matcher blob = BLOB.matcher(path);
            Matcher manifest = MANIFEST.matcher(path);
            if (upload.matches()) {
                upload(exchange, upload.group(1));
            } else if (blob.matches()) {
                send(exchange, folder.resolve(blob.group(1)), "application/octet-stream");
            } else if (manifest.matches()) {
                manifest(exchange, manifest.group(1).replace('/', '_'), manifest.group(2));
            } else {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                send(exchange, 200, "{\"results\":[]}".getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private synchronized void log(String line) throws IOException {
        Files.writeString(folder.resolve("registry.log"), line, StandardOpenOption.APPEND);
    }

    private void upload(HttpExchange exchange, String id) throws IOException {
        String number = id.isEmpty() ? String.valueOf(uploads.incrementAndGet()) : id;
        Path file = folder.resolve("upload-" + number);
        Files.write(
                file, exchange.getRequestBody().readAllBytes(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        Matcher digest = DIGEST.matcher(String.valueOf(exchange.getRequestURI().getRawQuery()));
        boolean isComplete = digest.find();
        if (isComplete) {
            exchange.getResponseHeaders()
                    .set("Docker-Content-Digest", digest.group(1).replace("%3A", ":"));
            Files.move(
                    file,
                    folder.resolve(digest.group(1).replace("%3A", ":")),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        }
        exchange.getResponseHeaders().set("Range", "0-" + Math.max(0, Files.exists(file) ? Files.size(file) - 1 : 0));
        exchange.getResponseHeaders()
                .set("Location", exchange.getRequestURI().getPath().replaceFirst("uploads/.*", "uploads/") + number);
        send(exchange, isComplete ? 201 : 202, new byte[0]);
    }

    private void manifest(HttpExchange exchange, String name, String reference) throws IOException {
        if (exchange.getRequestMethod().equals("PUT")) {
            byte[] manifest = exchange.getRequestBody().readAllBytes();
            for (String stored : List.of(reference, digest(manifest))) {
                Files.write(folder.resolve(name + "@" + stored), manifest);
                types.put(name + "@" + stored, exchange.getRequestHeaders().getFirst("Content-Type"));
            }
            exchange.getResponseHeaders().set("Docker-Content-Digest", digest(manifest));
            send(exchange, 201, new byte[0]);
            return;
        }
        String stored = name + "@" + reference;
        send(exchange, folder.resolve(stored), types.getOrDefault(stored, "application/json"));
    }

    private static void send(HttpExchange exchange, Path file, String type) throws IOException {
        if (!Files.exists(file)) {
            send(exchange, 404, "{}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        byte[] content = Files.readAllBytes(file);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest(content));
        send(exchange, 200, content);
    }

    private static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(content);
        }
    }

    private static String digest(byte[] content) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
