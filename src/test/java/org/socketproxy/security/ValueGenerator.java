package org.socketproxy.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.policy.create.FieldTable;

/**
 * Generates bodies and queries in which some fields have values that a daemon could interpret or allocate memory for:
 * templates, regular expressions, huge numbers, long and repeated text. The fields are the rows of {@code create-fields.tsv}.
 */
final class ValueGenerator {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Valid bodies; the generated values are added to them. */
    private static final Map<String, String> BASES = Map.of(
            "ContainerCreate",
                    "{\"Image\":\"busybox:local\",\"Cmd\":[\"sh\",\"-c\",\"echo a; sleep 1\"],\"HostConfig\":{}}",
            "ContainerExec", "{\"Cmd\":[\"true\"],\"AttachStdout\":true}",
            "ContainerUpdate", "{}",
            "NetworkCreate", "{\"Name\":\"NAME\",\"Driver\":\"bridge\"}",
            "VolumeCreate", "{\"Name\":\"NAME\"}",
            "ImageCommit", "{}",
            "ServiceCreate",
                    "{\"Name\":\"NAME\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"busybox:local\",\"Command\":[\"sleep\",\"9\"]},"
                            + "\"RestartPolicy\":{\"Condition\":\"none\"}}}");

    private static final List<String> TEMPLATES = List.of(
            "{{.ID}}",
            "{{.Name}}/{{.ImageName}}",
            "{{json .}}",
            "{{printf \"%999999999d\" 1}}",
            "{{pad \"x\" 1 4000000000000}}",
            "{{with $a := \"xxxxxxxx\"}}{{$a := print $a $a}}{{range $i := .ContainerEnv}}{{$a}}{{end}}{{end}}",
            "{{range .}}{{.}}{{end}}",
            "{{",
            "{{.Service.Name}}.{{.Task.Slot}}",
            "{{ .Node.Hostname }}",
            "{{env \"PATH\"}}",
            "{{secret \"a\"}}");
    private static final List<String> PATTERNS = List.of(
            "(a{1000})",
            "((a{16}){16}){16}",
            "(a|b|ab)*c{1,1000}",
            "^.*$",
            "[[:alpha:]]{500}",
            "(?i)(x+x+)+y",
            "\\",
            "*");
    private static final List<String> WORDS = List.of(
            "",
            "0",
            "-1",
            "1",
            "9223372036854775807",
            "40g",
            "1k",
            "100000000000000000000",
            "1h",
            "true",
            "host",
            "container:x",
            "busybox:local",
            "/etc/passwd",
            "../../../../etc/passwd",
            "/proc/self/exe",
            "/",
            "/t",
            "http://127.0.0.1:1/",
            "unix:///var/run/docker.sock",
            "A=b",
            "LD_PRELOAD=/x",
            "size=999999999g,mode=1777",
            "80/tcp",
            "1-65535/tcp",
            "10.99.0.0/16",
            "non-blocking",
            "json-file",
            "local",
            "size",
            "a:b",
            "%s%n%99999999d",
            "$(id)",
            "`id`",
            "\u0000",
            "\ud83d\ude00");
    private static final List<String> KEYS = List.of(
            "tag",
            "max-size",
            "max-file",
            "max-buffer-size",
            "mode",
            "labels",
            "env",
            "labels-regex",
            "env-regex",
            "cache-max-size",
            "cache-max-file",
            "compress",
            "cache-disabled",
            "a",
            "com.docker.network.bridge.name",
            "com.docker.network.driver.mtu",
            "net.core.somaxconn",
            "kernel.shmmax",
            "kernel.msgmax",
            "/t",
            "80/tcp",
            "size",
            "type",
            "device",
            "o");
    private static final List<String> PS_WORDS = List.of(
            "-ef",
            "aux",
            "auxe",
            "eww",
            "-o",
            "pid,args",
            "-eoexe,rtprio=PID",
            "-oargs",
            "axo",
            "pid",
            "--help",
            "-p",
            "1",
            "pid=");
    private static final int MOST_BYTES = 1_200_000;
    private static final long[] NUMBERS = {
        -2, -1, 0, 1, 2, 100, 4096, 1 << 20, 1L << 31, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, 1_000_000_000_000L
    };
    /** Numbers in the name of a rule are its bounds. */
    private static final Pattern BOUND = Pattern.compile("\\d{1,18}");

    private final Random random;
    private final List<FieldTable.Row> rows;

    ValueGenerator(long seed) {
        random = new Random(seed);
        rows = FieldTable.load().rows();
    }

    /** Returns a body of an operation with one to three generated values. */
    String body(String operation, String name) {
        try {
            ObjectNode body = (ObjectNode) MAPPER.readTree(BASES.get(operation).replace("NAME", name));
            List<FieldTable.Row> fields = rows.stream()
                    .filter(row -> row.part().equals("body") && row.operations().contains(operation))
                    .filter(row -> !row.path().equals("."))
                    .filter(row -> !List.of("Image", "Name", "TaskTemplate.ContainerSpec.Image")
                            .contains(row.path()))
                    .toList();
            for (int i = random.nextInt(3); i >= 0; i--) {
                FieldTable.Row row = fields.get(random.nextInt(fields.size()));
                set(body, row.path().replace("[]", ".[]").split("\\."), 0, value(row));
            }
            return MAPPER.writeValueAsString(body);
        } catch (com.fasterxml.jackson.core.JsonProcessingException wrong) {
            throw new IllegalStateException(wrong);
        }
    }

    /** Returns the target of a read with generated values in its query. */
    String read(String container) {
        return switch (random.nextInt(6)) {
            case 0 -> "/containers/" + container + "/top?ps_args=" + encoded(words());
            case 1 -> "/containers/json?all=1&filters=" + filters();
            case 2 -> "/images/json?filters=" + filters();
            case 3 -> "/networks?filters=" + filters();
            case 4 -> "/volumes?filters=" + filters();
            default -> "/events?since=0&until=1&filters=" + filters();
        };
    }

    private String words() {
        StringBuilder words = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            words.append(pick(PS_WORDS)).append(i == 0 ? "" : " ");
        }
        return words.toString();
    }

    private String filters() {
        ObjectNode filters = JSON.objectNode();
        ArrayNode values = filters.putArray(
                pick(List.of("name", "id", "label", "ancestor", "reference", "before", "volume", "status")));
        int most = random.nextInt(3) == 0 ? 3000 : 3;
        String value = text("");
        for (int i = random.nextInt(most); i >= 0; i--) {
            values.add(value.length() > 1000 ? value.substring(0, 1000) : value);
        }
        return encoded(filters.toString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Sets the value at a path of the table and creates what the path lacks. */
    private void set(JsonNode parent, String[] path, int at, JsonNode value) {
        boolean isLast = at == path.length - 1;
        JsonNode child = isLast ? value : "[]".equals(path[at + 1]) ? JSON.arrayNode() : JSON.objectNode();
        if (parent instanceof ArrayNode array) {
            if (!isLast && array.size() > 0) {
                child = array.get(0);
            } else {
                array.add(child);
            }
        } else if (parent instanceof ObjectNode object) {
            String key = path[at].equals("*") ? pick(KEYS) : path[at];
            JsonNode present = object.get(key);
            if (!isLast && present != null && present.isContainerNode()) {
                child = present;
            } else {
                object.set(key, child);
            }
        }
        if (!isLast) {
            set(child, path, at + 1, value);
        }
    }

    private JsonNode value(FieldTable.Row row) {
        return switch (row.type()) {
            case "string" -> JSON.textNode(text(row.rule()));
            case "integer", "number" -> JSON.numberNode(number(row.rule()));
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "array", "string|array" -> array(row.rule());
            case "map" -> map(row.rule());
            default -> random.nextInt(4) == 0 ? map(row.rule()) : JSON.objectNode();
        };
    }

    private ArrayNode array(String rule) {
        ArrayNode array = JSON.arrayNode();
        String text = text(rule);
        for (int i = count(text, 5000); i >= 0; i--) {
            array.add(i % 2 == 0 || text.length() < 1000 ? text : text(rule));
        }
        return array;
    }

    private ObjectNode map(String rule) {
        ObjectNode map = JSON.objectNode();
        String text = text(rule);
        int count = count(text, 2000);
        for (int i = count; i >= 0; i--) {
            map.put(count > 3 ? "k" + i : pick(KEYS), text);
        }
        return map;
    }

    /** Returns a number of elements; all of them together are at most about as long as a body. */
    private int count(String text, int most) {
        int wanted = random.nextInt(random.nextInt(5) == 0 ? most : 3);
        return Math.min(wanted, MOST_BYTES / (text.length() + 1));
    }

    private String text(String rule) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> pick(TEMPLATES);
            case 2 -> pick(PATTERNS);
            case 3 -> pick(List.of("<", "a", "{{.ID}}", "%s", "\u00e9")).repeat(length(rule));
            case 4 -> Long.toString(number(rule));
            default -> pick(WORDS);
        };
    }

    private int length(String rule) {
        long near = bound(rule) + random.nextInt(3) - 1;
        return (int) (random.nextBoolean() ? Math.max(1, Math.min(near, 300_000)) : 1 << random.nextInt(18));
    }

    private long number(String rule) {
        return random.nextInt(3) == 0 ? bound(rule) + random.nextInt(3) - 1 : NUMBERS[random.nextInt(NUMBERS.length)];
    }

    private long bound(String rule) {
        Matcher matcher = BOUND.matcher(rule);
        long bound = 1;
        while (matcher.find()) {
            bound = random.nextBoolean() ? Long.parseLong(matcher.group()) : bound;
        }
        return bound;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
