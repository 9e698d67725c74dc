package org.socketproxy.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * A row of a table of operations on objects of other owners.
 *
 * @param kind kind of the object, or a dash
 * @param statuses one of them is expected; empty if the row names no object and says nothing
 */
record TargetRow(String kind, String method, String target, String body, String statuses, String compared) {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    static TargetRow parse(String line) {
        String[] cells = (line + " | | ").split(" \\| ?");
        String[] request = cells[1].split(" ");
        String[] expected = (cells.length > 3 ? cells[3] : "").split(" ");
        String body = cells.length > 2 && !cells[2].equals("-") ? cells[2] : "";
        if (expected.length > 1 && !List.of("daemon", "taken").contains(expected[1])) {
            throw new IllegalArgumentException("The word after the status is not daemon or taken: " + line);
        }
        return new TargetRow(
                cells[0], request[0], request[1], body, expected[0], expected.length > 1 ? expected[1] : "");
    }

    Operation operation() {
        try {
            return CATALOGUE.find(method, RequestTarget.parse(target)).orElseThrow(() -> new AssertionError(this));
        } catch (BadTargetException wrong) {
            throw new AssertionError(target, wrong);
        }
    }

    /** Sends the request for an object. */
    RawResponse send(RawClient client, Owner owner, String name) throws IOException {
        String sent = body.replace("OWN", owner.word()).replace("NAME", name);
        String path = target.replace("OWN", owner.word()).replace("NAME", name);
        String upgrade = target.contains("/attach/ws")
                ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                : "";
        try (client) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: d\r\n" + upgrade
                    + (sent.isEmpty() ? "" : "Content-Type: application/json\r\n") + "Content-Length: "
                    + sent.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + sent);
            return client.readAnswer(method);
        }
    }

    /** A name of the same form that no object has. */
    static String missing(String name, String owner) {
        if (name.contains(owner)) {
            return name.replace(owner, "missing");
        }
        // Digits and letters stay digits and letters, so that an id remains an id.
        return name.chars()
                .skip(name.startsWith("sha256:") ? "sha256:".length() : 0)
                .mapToObj(each -> each == '9' ? "0" : each == 'f' ? "a" : Character.toString(each + 1))
                .collect(Collectors.joining("", name.startsWith("sha256:") ? "sha256:" : "", ""));
    }

    /** The response with one text for the name and the missing one; advice names an image without its tag. */
    static String withoutNames(RawResponse response, String name, String missing) {
        String text = comparable(response);
        for (String each : List.of(name, untagged(name), missing, untagged(missing))) {
            text = text.replace(each, "NAME");
        }
        return text;
    }

    private static String untagged(String name) {
        return name.startsWith("sha256:") ? name : name.replaceFirst(":[^/:]*$", "");
    }

    /** The response without the headers that say when it was made and how long it is. */
    static String comparable(RawResponse response) {
        return response.head().replaceAll("(?i)\r\n(Date|Content-Length): [^\r]*", "") + response.body();
    }

    @Override
    public String toString() {
        return method + " " + target + " " + body;
    }
}
