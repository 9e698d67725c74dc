package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;

/** Judges published ports: of a container by {@code HostPort} or {@code host_port}, of a service by {@code PublishedPort}. */
enum PortsCheck implements FieldRule {
    /** A map from ports of the container to arrays of ports of the host. dockerd opens a port for an empty array too, at the start. */
    CONTAINER {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            ((JsonObject) value).members().forEach((port, bindings) -> {
                if (bindings.isZero()) {
                    checkPort(judgement, "", path.member(port));
                } else if (bindings instanceof JsonArray array) {
                    checkAll(judgement, array.elements(), path.member(port), "HostPort");
                }
            });
        }
    },
    /** An array of ports. */
    SERVICE {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            checkAll(judgement, ((JsonArray) value).elements(), path, "PublishedPort");
        }
    },
    /** An array of ports in the body of Podman's own API: {@code range} ports from {@code host_port} on. */
    LIBPOD {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            List<JsonValue> ports = ((JsonArray) value).elements();
            for (int i = 0; i < ports.size(); i++) {
                checkPort(
                        judgement,
                        range(number(ports.get(i), "host_port"), number(ports.get(i), "range")),
                        path.element(i));
            }
        }

        private static String number(JsonValue port, String member) {
            return port instanceof JsonObject object && object.members().get(member) instanceof JsonNumber number
                    ? number.text()
                    : "0";
        }

        /** Returns the range as text; empty if Podman chooses the port, or the numbers are none of ports. */
        private static String range(String first, String count) {
            boolean isOne = count.equals("0") || count.equals("1");
            if (isOne || !isPort(first) || !isPort(count)) {
                return isOne && isPort(first) && !first.equals("0") ? first : "";
            }
            return first + "-" + (Integer.parseInt(first) + Integer.parseInt(count) - 1);
        }
    };

    private static final int LAST_PORT = 65535;

    /** Each element opens a port, also an empty one: the daemon then chooses the port. */
    private static void checkAll(BodyValidation judgement, List<JsonValue> ports, FieldPath path, String member) {
        for (int i = 0; i < ports.size(); i++) {
            checkPort(judgement, text(ports.get(i), member), path.element(i));
        }
    }

    private static void checkPort(BodyValidation judgement, String port, FieldPath path) {
        if (!isAllowed(judgement.permissions().arguments(CreatePermission.PORTS), port)) {
            boolean isPlain = range(port) != null;
            judgement.deny(
                    path,
                    isPlain ? "opens port " + port + " of the host" : "opens a port of the host",
                    CreatePermission.PORTS,
                    isPlain ? port : null);
        }
    }

    private static String text(JsonValue port, String member) {
        if (port instanceof JsonObject object && object.members().get(member) instanceof JsonNumber number) {
            return number.isZero() ? "" : number.text();
        }
        return BodyValidation.string(port, member);
    }

    private static boolean isAllowed(@Nullable Set<String> ranges, String port) {
        if (ranges == null) {
            return false;
        }
        int[] wanted = range(port);
        return ranges.isEmpty()
                || wanted != null
                        && ranges.stream().anyMatch(text -> {
                            int[] allowed = range(text);
                            return allowed != null && allowed[0] <= wanted[0] && wanted[1] <= allowed[1];
                        });
    }

    /** Parses {@code 8080} or {@code 8000-8999}; returns null for anything else. */
    static int @Nullable [] range(String text) {
        String[] ends = text.split("-", -1);
        if (ends.length > 2 || !isPort(ends[0]) || !isPort(ends[ends.length - 1])) {
            return null;
        }
        int first = Integer.parseInt(ends[0]);
        int last = Integer.parseInt(ends[ends.length - 1]);
        return first <= last && first >= 1 && last <= LAST_PORT ? new int[] {first, last} : null;
    }

    private static boolean isPort(String text) {
        return !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
