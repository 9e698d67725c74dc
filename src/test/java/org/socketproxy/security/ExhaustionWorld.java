package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.GrpcCalls;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * A proxy with a profile for each kind of client, in front of a daemon in which every object exists and belongs to all profiles. The
 * first number of an address behind 127 is the profile.
 */
final class ExhaustionWorld implements AutoCloseable {
    static final String INNOCENT = "127.2.0.1";
    /** A full id. */
    static final String OBJECT = "a".repeat(64);

    private static final String POLICY = """
            profiles:
              hostile:
                clients: [{network: 127.1.0.0/16}]
                variables: {POST: 1, CONTAINERS: 1, EXEC: 1, VOLUMES: 1, IMAGES: 1, ALLOW_ARCHIVE: 1}
                create: safe
                targets: {label: hostile=1}
              innocent:
                clients: [{network: 127.2.0.0/16}]
                variables: {POST: 1, CONTAINERS: 1, EXEC: 1, VOLUMES: 1}
                create: safe
                targets: {label: innocent=1}
              updater:
                clients: [{network: 127.3.0.0/16}]
                variables: {POST: 1, CONTAINERS: 1}
                create: {rules: safe, allow: [recreate], images: [registry.local/**]}
              plain:
                clients: [{network: 127.4.0.0/16}]
                variables: {POST: 1, CONTAINERS: 1, BUILD: 1}
              rated:
                clients: [{network: 127.5.0.0/16}]
                variables: {CONTAINERS: 1}
                max: {requests: 1/m, burst: 3}
            """;
    /** Judges only the bodies of one profile, and asks the daemon nothing about the requests of the others. */
    private static final String TRIED = """
            profiles:
              plain:
                clients: [{network: 127.4.0.0/16}]
                variables: {POST: 1, CONTAINERS: 1, BUILD: 1}
                create: safe
              all:
                clients: [{network: 127.0.0.0/8}]
                variables: {POST: 1, CONTAINERS: 1, EXEC: 1, VOLUMES: 1, IMAGES: 1, ALLOW_ARCHIVE: 1}
            """;
    /** Connections of a flood, so that it does not wait for the turns of a loaded machine. */
    private static final int FLOODING = 16;
    /** Requests that are sent at once on a connection. */
    private static final int PIPELINED = 20;

    private static final String LARGE = "x".repeat(9 << 20);

    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private final List<String> removals = new ArrayList<>();
    private final List<RawClient> open = new ArrayList<>();
    private final FakeDaemon daemon;
    private final ProxyProcess proxy;
    private volatile CountDownLatch volumes = new CountDownLatch(0);
    private volatile CountDownLatch output = new CountDownLatch(0);

    private ExhaustionWorld(Path folder) throws IOException {
        daemon = FakeDaemon.running(folder, this::serve);
        Path pipe = folder.resolve("output");
        assertThat(Cli.in(folder, Map.of()).run("mkfifo", pipe.toString()).exitCode())
                .isZero();
        Path log = Files.createFile(folder.resolve("log"));
        Thread reader = new Thread(() -> copy(pipe, log), "output");
        reader.setDaemon(true);
        reader.start();
        proxy = ProxyProcess.startBy(
                "exec \"$@\" >" + pipe,
                log,
                daemon.socket(),
                Map.of(
                        "POLICY",
                        Files.writeString(folder.resolve("policy.yaml"), POLICY).toString(),
                        "SHADOW_POLICY",
                        Files.writeString(folder.resolve("tried.yaml"), TRIED).toString(),
                        "LOG_REPEATS",
                        "collapse",
                        "MAX_CONNECTIONS_PER_CLIENT",
                        "200",
                        "HEADER_TIMEOUT",
                        "60s"));
    }

    static ExhaustionWorld start(Path folder) throws IOException {
        return new ExhaustionWorld(folder);
    }

    /** Copies the standard output of the proxy while the test lets it. */
    private void copy(Path pipe, Path log) {
        try (InputStream in = Files.newInputStream(pipe);
                OutputStream out = Files.newOutputStream(log)) {
            byte[] bytes = new byte[1 << 16];
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                out.write(bytes, 0, read);
                output.await();
            }
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    /** The test does not read the standard output of the proxy before {@link #release}. */
    void stopReadingOutput() {
        output = new CountDownLatch(1);
    }

    /** Volumes whose names begin with {@code held} are not removed until {@link #letRemove}. */
    void holdRemovals() {
        volumes = new CountDownLatch(1);
    }

    void letRemove() {
        volumes.countDown();
    }

    /** Ends the attack of a row. */
    void release() throws IOException {
        output.countDown();
        volumes.countDown();
        for (RawClient client : open) {
            client.close();
        }
        open.clear();
    }

    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            String request = head.substring(0, head.indexOf(" HTTP/"));
            asked.merge(request, 1, Integer::sum);
            if (request.startsWith("GET /events")) {
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while (true) {
                    peer.write("4000\r\n" + "x".repeat(0x4000) + "\r\n");
                    asked.merge("written", 1, Integer::sum);
                }
            }
            if (request.startsWith("PUT ")) {
                peer.readToEnd();
                return;
            }
            if (request.startsWith("DELETE /volumes/")) {
                remove(request);
            }
            peer.write(answer(request));
        }
    }

    private void remove(String request) throws IOException {
        synchronized (removals) {
            removals.add(request);
        }
        if (request.contains("held")) {
            try {
                volumes.await();
            } catch (InterruptedException stopped) {
                throw new IOException(stopped);
            }
        }
    }

    private static String answer(String request) {
        String path = request.substring(request.indexOf('/')).replaceFirst("\\?.*", "");
        if (path.startsWith("/v1.30/")) {
            return json(400, "{'message':'client version 1.30 is too old'}");
        } else if (path.contains("/libpod/")) {
            return json(404, "{'message':'page not found'}");
        } else if (request.startsWith("DELETE ")) {
            return "HTTP/1.1 204 No Content\r\n\r\n";
        } else if (request.startsWith("POST ")) {
            return json(path.endsWith("/create") || path.endsWith("/exec") ? 201 : 200, "{'Id':'" + OBJECT + "'}");
        }
        String[] parts = path.split("/");
        boolean isObject = parts.length > 2 && !parts[2].equals("json");
        return json(200, isObject ? object(parts[1], parts[2]) : described(path));
    }

    private static String described(String path) {
        return switch (path) {
            case "/info" -> "{'ServerVersion':'26.1.5','MemTotal':1000000000}";
            case "/version" -> "{'Version':'26.1.5','ApiVersion':'1.45','MinAPIVersion':'1.44'}";
            case "/volumes" -> "{'Volumes':[]}";
            default -> "[]";
        };
    }

    private static String object(String kind, String name) {
        String id = name.length() == 64
                ? name
                : String.format("%08x", name.hashCode()).repeat(8);
        String labels = "'Labels':{'hostile':'1','innocent':'1'}";
        return switch (kind) {
            case "containers" ->
                "{'Id':'" + id + "','Name':'/" + name + "','Image':'sha256:" + OBJECT + "','State':{'Running':true},"
                        + "'Config':{'Image':'registry.local/app:1'," + labels + "},'Mounts':[],"
                        + "'HostConfig':{'NetworkMode':'none','Privileged':" + name.startsWith("strong")
                        + "},'NetworkSettings':{'Networks':{}}" + (name.equals("huge") ? ",'x':'" + LARGE + "'" : "")
                        + "}";
            case "exec" -> "{'ID':'" + id + "','ContainerID':'" + id + "','ProcessConfig':{'privileged':false}}";
            case "images" -> "{'Id':'sha256:" + OBJECT + "','RepoTags':['" + name + "'],'Config':{" + labels + "}}";
            default -> "{'Id':'" + id + "','Name':'" + name + "','Driver':'local'," + labels + "}";
        };
    }

    private static String json(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body.replace('\'', '"');
    }

    /** Returns how often the daemon has got a request. */
    int asked(String request) {
        return asked.getOrDefault(request, 0);
    }

    /** Returns the removals of volumes in the order in which the daemon got them. */
    List<String> removals() {
        synchronized (removals) {
            return List.copyOf(removals);
        }
    }

    /** Connects a client until the end of the row. */
    RawClient connect(String client) throws IOException {
        RawClient connected = GrpcCalls.wire(proxy.port(), client);
        open.add(connected);
        return connected;
    }

    /** Waits for the first answer to one of the connections; returns its head. */
    String firstAnswer() throws Exception {
        List<RawClient> answered = new ArrayList<>();
        await("an answer", () -> {
            open.stream().filter(ExhaustionWorld::isAnswered).forEach(answered::add);
            return !answered.isEmpty();
        });
        return answered.get(0).readHead();
    }

    private static boolean isAnswered(RawClient client) {
        try {
            return client.input().available() > 0;
        } catch (IOException closed) {
            return false;
        }
    }

    /** Connects to the status page until the end of the row. */
    RawClient connectToPage(String client) throws IOException {
        RawClient connected = GrpcCalls.wire(URI.create(proxy.statusPage()).getPort(), client);
        open.add(connected);
        return connected;
    }

    /** Returns a request with a JSON body, in which apostrophes are quotes. */
    static String request(String line, String body) {
        String type = body.isEmpty() ? "" : "Content-Type: application/json\r\n";
        return line + " HTTP/1.1\r\nHost: d\r\n" + type + "Content-Length: " + body.length() + "\r\n\r\n"
                + body.replace('\'', '"');
    }

    /** Sends a request on a new connection. */
    RawResponse ask(String client, String line, String body) throws IOException {
        try (RawClient connected = GrpcCalls.wire(proxy.port(), client)) {
            return connected.send(request(line, body)).readAnswer(line.substring(0, line.indexOf(' ')));
        }
    }

    /**
     * Sends requests without a body on several connections, many at a time, after the answer to the first; returns the number of
     * answers by status.
     */
    Map<Integer, Integer> flood(String client, int number, IntFunction<String> line) throws Exception {
        Map<Integer, Integer> statuses = new ConcurrentHashMap<>();
        flood(client, 0, 1, line, statuses);
        ExecutorService threads = Executors.newFixedThreadPool(FLOODING);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int thread = 0; thread < FLOODING; thread++) {
                int first = thread + 1;
                parts.add(threads.submit(() -> {
                    flood(client, first, number, line, statuses);
                    return null;
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return statuses;
    }

    private void flood(String client, int first, int number, IntFunction<String> line, Map<Integer, Integer> statuses)
            throws IOException {
        try (RawClient connected = GrpcCalls.wire(proxy.port(), client)) {
            for (int begin = first; begin < number; begin += PIPELINED * FLOODING) {
                int end = Math.min(number, begin + PIPELINED * FLOODING);
                StringBuilder batch = new StringBuilder();
                for (int i = begin; i < end; i += FLOODING) {
                    batch.append(request(line.apply(i), ""));
                }
                connected.send(batch.toString());
                for (int i = begin; i < end; i += FLOODING) {
                    String method = line.apply(i).replaceFirst(" .*", "");
                    statuses.merge(connected.readAnswer(method).status(), 1, Integer::sum);
                }
            }
        }
    }

    /** Returns a metric of the proxy, or 0 without it. */
    double metric(String nameAndLabels) {
        try {
            return ProxyProcess.metric(proxy.statusPage(), "socket_proxy_" + nameAndLabels);
        } catch (NoSuchElementException absent) {
            return 0;
        }
    }

    /** Returns the status page of a profile. */
    String page(String profile) throws IOException {
        try (InputStream page =
                URI.create(proxy.statusPage() + "?profile=" + profile).toURL().openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    String log() {
        return proxy.stdout();
    }

    String messages() {
        return proxy.stderr();
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        assertThat(ProcessResources.await(condition)).as(what).isTrue();
    }

    /** Another client creates, enters, lists and removes containers, each time on a new connection. */
    void assertInnocentWorks() throws IOException {
        assertStatus(201, "POST /containers/create", "{'Image':'app:1','HostConfig':{'NetworkMode':'none'}}");
        assertStatus(201, "POST /containers/" + OBJECT + "/exec", "{'Cmd':['true']}");
        assertStatus(200, "GET /containers/json", "");
        assertStatus(204, "DELETE /volumes/own", "");
        assertStatus(204, "DELETE /containers/" + OBJECT, "");
    }

    private void assertStatus(int status, String line, String body) throws IOException {
        RawResponse answer = ask(INNOCENT, line, body);
        assertThat(answer.status()).as(line + ": " + answer.body()).isEqualTo(status);
    }

    @Override
    public void close() throws IOException {
        release();
        proxy.close();
        daemon.close();
    }
}
