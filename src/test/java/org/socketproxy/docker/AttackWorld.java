package org.socketproxy.docker;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * A daemon behind a proxy that has two profiles for each attack: one allows exactly its operations, the other has
 * {@code CREATE=safe} too, and that all others trust, so that nothing but {@code CREATE=safe} denies its requests. A client selects
 * its profile by the loopback address to which it connects.
 */
final class AttackWorld implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("\"I[dD]\":\"([0-9a-z]+)\"");
    private static final List<String> TYPES = List.of(".tar application/x-tar", ".yaml application/yaml");

    private final Path folder;
    private final Cli cli;
    private final List<Attack> attacks;
    private final PolicySettings policy;
    private final ProxyUnderTest proxy;
    private final List<RawClient> clients = new ArrayList<>();
    private final Map<String, String> variables = new TreeMap<>();

    /**
     * Starts the proxy.
     *
     * @param socket the daemon's
     * @param environment variables that scripts and requests contain
     */
    AttackWorld(Path folder, Path socket, List<Attack> attacks, Map<String, String> environment)
            throws IOException, InvalidSettingsException {
        this.folder = folder;
        this.attacks = attacks;
        variables.putAll(environment);
        variables.put("WORK", folder.toString());
        variables.put("DOCKER_HOST", "unix://" + socket);
        variables.put("CONTAINER_HOST", "unix://" + socket);
        this.cli = Cli.in(folder, variables);
        Path file = Files.writeString(folder.resolve("policy.yaml"), profiles());
        Map<String, String> settings = Map.of("POLICY", file.toString());
        this.policy = Settings.read(settings, Variables.load()).policy();
        this.proxy = ProxyUnderTest.with(
                socket, Map.of("POLICY", file.toString(), "LISTEN", "tcp://:0", "LOG_LEVEL", "err"));
    }

    private String profiles() {
        StringBuilder policy = new StringBuilder("profiles:\n");
        for (int i = 0; i < attacks.size(); i++) {
            for (boolean isSafe : new boolean[] {false, true}) {
                policy.append("  p").append(i).append(isSafe ? "-safe" : "").append(":\n");
                policy.append("    clients: [{local: ")
                        .append(address(i, isSafe))
                        .append("}]\n");
                policy.append("    variables: {EVENTS: 0}\n    allow: ")
                        .append(attacks.get(i).consequence().operations())
                        .append(isSafe ? "\n    create: safe\n" : "\n");
                String own = isSafe ? safe(i) : "";
                policy.append(IntStream.range(0, attacks.size())
                        .mapToObj(AttackWorld::safe)
                        .filter(name -> !name.equals(own))
                        .collect(joining(", ", "    trusts: [", "]\n")));
            }
        }
        return policy.toString();
    }

    private static String safe(int index) {
        return "p" + index + "-safe";
    }

    /** The policy of the proxy. It is parsed once, because it has thousands of names. */
    PolicySettings policy() {
        return policy;
    }

    /** The name of the profile of an attack in the policy file. */
    String profile(Attack attack, boolean isSafe) {
        return "p" + attacks.indexOf(attack) + (isSafe ? "-safe" : "");
    }

    private static String address(int index, boolean isSafe) {
        return "127." + (isSafe ? 2 : 1) + ".0." + (index + 1);
    }

    /** Runs a script directly on the machine; its lines {@code NAME=value} become variables. Fails if the script fails. */
    void prepare(String script) {
        Cli.Result result = cli.script(script);
        if (result.exitCode() != 0) {
            throw new AssertionError(result.stderr() + result.stdout() + "\n" + script);
        }
        result.stdout()
                .lines()
                .filter(line -> line.matches("[A-Z]+=.*"))
                .forEach(line -> variables.put(line.replaceFirst("=.*", ""), line.replaceFirst("[A-Z]+=", "")));
    }

    /** Returns what a script prints, and its errors; it may fail. */
    String output(String script) {
        Cli.Result result = cli.run("bash", "-c", script);
        return result.stdout() + result.stderr();
    }

    /** Sends the requests of an attack one after the other, up to the first denial; returns the responses. */
    String attack(Attack attack, boolean isSafe) throws IOException {
        String address = address(attacks.indexOf(attack), isSafe);
        variables.put("PROXY", "tcp://" + address + ":" + proxy.port());
        StringBuilder responses = new StringBuilder();
        for (String line : attack.lines("attack")) {
            String request = expanded(line);
            String response = request.startsWith("$ ") ? output(request.substring(2)) : response(address, request);
            responses.append(request).append('\n').append(response).append('\n');
            Files.writeString(folder.resolve("response"), responses.toString(), StandardCharsets.ISO_8859_1);
            if (response.contains("socket-proxy: ")) {
                break;
            }
            Matcher id = ID.matcher(response);
            if (id.find()) {
                variables.put("ID", id.group(1));
            }
        }
        return responses.toString();
    }

    private String expanded(String line) {
        String expanded = line;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            expanded = expanded.replace("$" + variable.getKey(), variable.getValue());
        }
        return expanded;
    }

    /** @param request method, target, and optionally a body or {@code @file}; {@code ATTACH} writes the text to a container */
    private String response(String address, String request) throws IOException {
        boolean isAwaited = !request.startsWith("& ");
        String[] words = request.substring(isAwaited ? 0 : 2).split(" ", 3);
        String content = words.length < 3 ? "" : words[2];
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getByName(address), proxy.port()));
        RawClient client = RawClient.over(socket);
        clients.add(client);
        if (words[0].equals("ATTACH")) {
            return attached(client, words[1], content + "\n");
        }
        byte[] body = content.startsWith("@")
                ? Files.readAllBytes(folder.resolve(content.substring(1)))
                : content.getBytes(StandardCharsets.UTF_8);
        String type = TYPES.stream()
                .filter(known -> content.endsWith(known.split(" ")[0]))
                .map(known -> known.split(" ")[1])
                .collect(joining());
        client.send(words[0] + " " + words[1] + " HTTP/1.1\r\nHost: d\r\nX-Registry-Auth: e30=\r\nContent-Type: "
                + (type.isEmpty() ? "application/json" : type) + "\r\nContent-Length: " + body.length + "\r\n\r\n"
                + new String(body, StandardCharsets.ISO_8859_1));
        if (!isAwaited) {
            return "";
        }
        RawResponse response = client.readAnswer(words[0]);
        return response.head() + response.body();
    }

    /** Writes a text to the input of a container; returns the response to the upgrade. */
    private static String attached(RawClient client, String target, String text) throws IOException {
        boolean isWebSocket = target.contains("/attach/ws");
        client.send((isWebSocket ? "GET " : "POST ") + target + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\n"
                + (isWebSocket
                        ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + "A".repeat(22)
                                + "==\r\n\r\n"
                        : "Upgrade: tcp\r\nContent-Length: 0\r\n\r\n"));
        RawResponse response = client.readAnswer(isWebSocket ? "GET" : "POST");
        client.send(isWebSocket ? frame(text) : text);
        return response.head() + response.body();
    }

    /** Returns a text of up to 125 bytes as the last frame of a message, with a mask of zeros (RFC 6455). */
    private static String frame(String text) {
        return "\u0081" + (char) (0x80 | text.length()) + "\0\0\0\0" + text;
    }

    @Override
    public void close() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        proxy.close();
    }
}
