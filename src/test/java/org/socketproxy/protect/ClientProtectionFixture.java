package org.socketproxy.protect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Daemon with containers and networks of two profiles, for proxies that protect the clients of one profile from the other one. */
abstract class ClientProtectionFixture {
    static final String GUARD = "9a4d" + "0".repeat(60);
    private static final String MISSING = "{\"message\":\"no such object\"}";
    private static final String NETWORKS = "["
            + network("c0ffee", "clients", "172.30.2.0/24")
            + "," + network("c1ffee", "wide-clients", "172.30.2.128/25")
            + "," + network("a995", "apps", "172.30.3.0/24")
            + "," + network("a996", "my-apps", "172.30.5.0/24")
            + "," + network("94", "private", "172.30.4.0/24")
            + "," + network("b41d", "bridge", "172.17.0.0/16") + "]";
    private static final String CONTAINERS = "["
            + container("c11e", "portainer", "clients", "172.30.2.5", "portainer-data")
            + "," + container("db11", "old", "clients", "", "")
            + "," + container("eb", "web", "apps", "172.30.3.7", "cache")
            + "," + container("0d", "db", "apps", "172.30.3.8", "")
            + ","
            + container("5a4e", "sidecar", "none", "", "")
                    .replace("\"Image\"", "\"HostConfig\":{\"NetworkMode\":\"container:" + id("c11e") + "\"},\"Image\"")
            + ","
            + container("1abe", "runner", "apps", "172.30.3.9", "runner-data")
                    .replace(
                            "\"Image\"",
                            "\"Labels\":{\"role\":\"admin\"},\"Config\":{\"Labels\":{\"role\":\"admin\"}},\"Image\"")
            + "," + container(GUARD.substring(0, 4), "guard", "apps", "172.30.3.2", "")
            + "," + container("a9e7", "agent", "none", "", "").replace("/volumes/\"", "/run/proxy\"") + "]";

    @TempDir
    Path folder;

    final Queue<String> targets = new ConcurrentLinkedQueue<>();
    FakeDaemon daemon;
    volatile boolean isDescribed = true;
    /** True if the daemon answers queries for all containers and networks. */
    volatile boolean isListed = true;
    /** Further elements of the lists, each with a comma in front. */
    volatile String furtherNetworks = "";

    volatile String furtherContainers = "";
    volatile String mounts = "";

    static String id(String begin) {
        return begin + "0".repeat(64 - begin.length());
    }

    static String network(String id, String name, String subnet) {
        return "{\"Id\":\"" + id(id) + "\",\"Name\":\"" + name + "\",\"IPAM\":{\"Config\":[{\"Subnet\":\"" + subnet
                + "\"}]}}";
    }

    static String container(String id, String name, String network, String address, String volume) {
        return "{\"Id\":\"" + id(id) + "\",\"Names\":[\"/" + name + "\"],\"Image\":\"image-" + name
                + "\",\"ImageID\":\"sha256:1\",\"NetworkSettings\":{\"Networks\":{\"" + network + "\":{\"IPAddress\":\""
                + address + "\",\"NetworkID\":\"\"}}},\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"" + volume
                + "\",\"Source\":\"/volumes/" + volume + "\",\"Destination\":\"/data\"}]}";
    }

    private static String pod(String container) {
        return "{\"Id\":\"" + id("90d") + "\",\"Name\":\"mine\",\"InfraContainerID\":\"\",\"Containers\":[{\"Id\":\""
                + id(container) + "\"}]}";
    }

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String target = head.split(" ")[1];
                targets.add(target);
                String body = answer(target);
                int status = body.equals(MISSING) ? 404 : body.isEmpty() ? 500 : 200;
                peer.write("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
        });
    }

    private String answer(String target) {
        if (target.equals("/containers/" + GUARD + "/json")) {
            return "{\"Id\":\"" + GUARD
                    + "\",\"Name\":\"/guard\",\"Image\":\"sha256:9\",\"Mounts\":[" + mounts
                    + "],\"NetworkSettings\":{\"Networks\":{"
                    + "\"apps\":{\"NetworkID\":\"" + id("a995") + "\",\"Aliases\":[\"socket-proxy\"]},"
                    + "\"my-apps\":{\"NetworkID\":\"" + id("a996") + "\"}}}}";
        }
        if (target.equals("/containers/huge/json")) {
            return "{\"Id\":\"" + id("fade") + "\",\"Name\":\"/huge\",\"Config\":{\"Labels\":{\"a\":\""
                    + "x".repeat(9 << 20) + "\"}}}";
        }
        String[] parts = target.split("/");
        if (parts.length == 4 && parts[1].equals("containers") && parts[3].equals("json")) {
            return isDescribed ? inspect(parts[2]) : "";
        }
        if (parts.length == 3 && target.startsWith("/networks/")) {
            return isDescribed ? element(NETWORKS, parts[2]) : "";
        }
        return switch (target) {
            case "/networks" -> isDescribed && isListed ? with(NETWORKS, furtherNetworks) : "";
            case "/containers/json?all=1" -> isDescribed && isListed ? with(CONTAINERS, furtherContainers) : "";
            case "/containers/json?all=1&filters=%7B%22volume%22%3A%5B%22cache%22%5D%7D" -> "[" + inList("eb") + "]";
            case "/containers/json?all=1&filters=%7B%22volume%22%3A%5B%22portainer-data%22%5D%7D" ->
                "[" + inList("c11e") + "]";
            case "/v4.0.0/libpod/pods/mine/json" -> pod("eb");
            case "/v4.0.0/libpod/pods/theirs/json" -> pod("c11e");
            case "/volumes/cache", "/volumes/sockets" ->
                "{\"Name\":\"" + target.substring("/volumes/".length()) + "\",\"Driver\":\"local\"}";
            case "/volumes/linked" ->
                "{\"Name\":\"linked\",\"Driver\":\"local\",\"Options\":{\"o\":\"bind\",\"device\":\"/srv/run\"}}";
            default -> "{\"forwarded\":true}";
        };
    }

    private static String with(String list, String further) {
        return list.substring(0, list.length() - 1) + further + "]";
    }

    private static String inList(String reference) {
        return element(CONTAINERS, reference);
    }

    private static String inspect(String reference) {
        String element = element(CONTAINERS, reference);
        return element.replace(
                        "\"Image\":\"",
                        (element.contains("Config") ? "" : "\"Config\":{},")
                                + "\"Image\":\"sha256:1\",\"Reference\":\"")
                .replaceFirst("\"Names\":\\[\"([^\"]*)\"]", "\"Name\":\"$1\"");
    }

    /** Returns the element of a list with a name, or else with an id that begins with the text. */
    private static String element(String list, String reference) {
        List<String> elements = List.of(list.substring(1, list.length() - 1).split(",(?=\\{\"Id\")"));
        return elements.stream()
                .filter(each ->
                        each.contains("\"/" + reference + "\"") || each.contains("\"Name\":\"" + reference + "\""))
                .findFirst()
                .or(() -> elements.stream()
                        .filter(each -> each.startsWith("{\"Id\":\"" + reference))
                        .findFirst())
                .orElse(MISSING);
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    record Row(String request, String body, boolean isDenied) {}

    static List<Row> corpus(String name) {
        try (InputStream lines = Objects.requireNonNull(ClientProtectionFixture.class.getResourceAsStream(name))) {
            return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split("\\s+\\|\\s+"))
                    .map(cells -> new Row(cells[0], cells[1], cells[2].strip().equals("denied")))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String send(ProxyUnderTest proxy, String request, String body) throws IOException {
        String json = body.equals("-") ? "" : body.replace('\'', '"');
        try (RawClient client = proxy.connect()) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + json.length() + "\r\n\r\n" + json);
            RawResponse response = client.readAnswer(request.split(" ")[0]);
            return response.head() + response.body();
        }
    }

    /** Sends a request until the proxy knows its own container. */
    static String sendLater(ProxyUnderTest proxy, String request, String body) throws IOException {
        String response = send(proxy, request, body);
        while (response.contains("the daemon has not described the container of this proxy")) {
            response = send(proxy, request, body);
        }
        return response;
    }
}
