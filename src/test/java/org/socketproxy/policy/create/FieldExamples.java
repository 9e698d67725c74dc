package org.socketproxy.policy.create;

import java.util.Map;
import java.util.stream.Stream;
import org.socketproxy.policy.create.FieldTable.Row;
import org.socketproxy.policy.value.ValueRule;

/** Examples of values for the rows of {@code create-fields.tsv}, as JSON text. */
final class FieldExamples {
    private static final FieldTable TABLE = FieldTable.load();

    /** A value for each check that it denies. */
    private static final Map<String, String> HARMFUL = Map.ofEntries(
            Map.entry("binds", "[\"/:/host\"]"),
            Map.entry("mounts", "[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/h\"}]"),
            Map.entry("capabilities", "[\"SYS_ADMIN\"]"),
            Map.entry("devices", "[{\"PathOnHost\":\"/dev/sda\"}]"),
            Map.entry("device-rules", "[\"b *:* rwm\"]"),
            Map.entry("libpod-device-rules", "[{\"allow\":true,\"type\":\"a\",\"access\":\"rwm\"}]"),
            Map.entry("libpod-labels", "[\"disable\"]"),
            Map.entry("libpod-apparmor", "\"unconfined\""),
            Map.entry("libpod-seccomp", "\"unconfined\""),
            Map.entry("device-requests", "[{\"Count\":-1}]"),
            Map.entry("environment", "[\"*\"]"),
            Map.entry("extra-hosts", "[\"x:host-gateway\"]"),
            Map.entry("libpod-annotations", "{\"a\":\"b\"}"),
            Map.entry("log-driver", "{\"Type\":\"syslog\"}"),
            Map.entry("masked-paths", "[]"),
            Map.entry("readonly-paths", "[]"),
            Map.entry("network-mode", "\"host\""),
            Map.entry("pid-mode", "\"host\""),
            Map.entry("ipc-mode", "\"host\""),
            Map.entry("uts-mode", "\"host\""),
            Map.entry("userns-mode", "\"host\""),
            Map.entry("cgroupns-mode", "\"host\""),
            Map.entry("network-name", "\"host\""),
            Map.entry("network-names", "{\"host\":{}}"),
            Map.entry("service-network", "\"p5pzt8w2bd1yo9ktk5fl0q2wz\""),
            Map.entry("network-driver", "\"macvlan\""),
            Map.entry("ports", "{\"80/tcp\":[{\"HostPort\":\"80\"}]}"),
            Map.entry("service-ports", "[{\"TargetPort\":80}]"),
            Map.entry("runtime", "\"x\""),
            Map.entry("security-options", "[\"seccomp=unconfined\"]"),
            Map.entry("sysctls", "{\"kernel.x\":\"1\"}"),
            Map.entry("ulimits", "[{\"Name\":\"rtprio\",\"Soft\":99,\"Hard\":99}]"),
            Map.entry("volume", "{\"DriverOpts\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}"),
            Map.entry("driver-config", "{\"Options\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}"),
            Map.entry("volume-driver", "\"x\""),
            Map.entry("volume-targets", "{\"/:/host\":{}}"),
            Map.entry("image", "\"evil/x\""),
            Map.entry("container-name", "\"aaaaaaaaaaaa\""),
            Map.entry("timezone", "\"../../../etc/shadow\""),
            Map.entry("libpod-image", "\"dir:/x\""),
            Map.entry("libpod-pod", "\"new:x\""),
            Map.entry("libpod-pidns", "{\"nsmode\":\"host\"}"),
            Map.entry("libpod-ipcns", "{\"nsmode\":\"host\"}"),
            Map.entry("libpod-utsns", "{\"nsmode\":\"host\"}"),
            Map.entry("libpod-cgroupns", "{\"nsmode\":\"host\"}"),
            Map.entry("libpod-netns", "{\"nsmode\":\"host\"}"),
            Map.entry("libpod-userns", "{\"userns\":{\"nsmode\":\"host\"}}"),
            Map.entry("libpod-mounts", "[{\"type\":\"bind\",\"source\":\"/\",\"destination\":\"/h\"}]"),
            Map.entry("libpod-volumes", "[{\"Name\":\"v\",\"Options\":[\"O\",\"upperdir=/\"]}]"),
            Map.entry("libpod-overlays", "[{\"source\":\"/\",\"destination\":\"/h\"}]"),
            Map.entry("libpod-devices", "[{\"path\":\"/dev/sda\"}]"),
            Map.entry("libpod-ports", "[{\"host_port\":80,\"container_port\":80}]"),
            Map.entry("libpod-ulimits", "[{\"type\":\"rtprio\",\"soft\":99,\"hard\":99}]"),
            Map.entry("service-mounts", "[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/h\"}]"),
            Map.entry("new-volume", "\"socket-proxy-bind_srv\""),
            Map.entry("libpod-volume", "{\"Options\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}"));

    private FieldExamples() {}

    /** Returns a value of the type of a row, which the row denies if it denies any. */
    static String value(Row row) {
        if (firstRule(row).startsWith("check:")) {
            String harmful = HARMFUL.get(firstRule(row).substring("check:".length()));
            return switch (row.path()) {
                case "TaskTemplate.LogDriver" -> harmful.replace("Type", "Name");
                case "log_configuration" -> harmful.replace("Type", "driver");
                default -> harmful;
            };
        }
        return switch (row.type()) {
            case "string" -> row.path().endsWith("Mounts[].Type") ? "\"volume\"" : text(row);
            case "integer", "number" -> number(row);
            case "boolean" -> "true";
            case "array", "string|array" -> row.path().endsWith("[].Options") ? "[[\"exec\"]]" : array(row);
            case "map" ->
                firstRule(row).startsWith("keys:")
                        ? "{\"x\":\"1\"}"
                        : row.rule().contains("key:int:") ? "{\"1\":null}" : "{\"x\":null}";
            case "any" -> "{\"x\":{\"y\":1}}";
            default -> firstRule(row).equals("zero") ? "{\"x\":1}" : "{}";
        };
    }

    static String firstRule(Row row) {
        return row.rules().get(0);
    }

    /** Returns a text that the value rules of a row allow. */
    private static String text(Row row) {
        return Stream.of(
                        "x",
                        "/x",
                        "1",
                        "1k",
                        "1m",
                        "30s",
                        "tcp",
                        "host",
                        "no",
                        "any",
                        "pause",
                        "stop-first",
                        "vip",
                        "blocking")
                .filter(text -> row.rules().stream()
                        .filter(rule -> !rule.matches("(zero|one-of|check|sum).*"))
                        .allMatch(rule -> ValueRule.of(rule).problem(text) == null))
                .map(text -> "\"" + text + "\"")
                .findFirst()
                .orElseThrow(() -> new AssertionError("no example for " + row.rule()));
    }

    private static String number(Row row) {
        if (firstRule(row).equals("not-negative")) {
            return "-1";
        }
        return row.rule().contains("nanos:") ? "1000000000" : row.rule().matches("bytes:.*1k.*") ? "1024" : "1";
    }

    private static String array(Row row) {
        if (row.rule().contains("each:int:")) {
            return "[1]";
        }
        return TABLE.rows().stream().anyMatch(other -> other.path().startsWith(row.path() + "[]")) ? "[{}]" : "[\"x\"]";
    }
}
