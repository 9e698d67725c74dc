package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/** Generated lists, filters and targets: the client sees what an oracle, written apart, selects. */
class GeneratedListTest {
    private static final Operation LIST =
            OperationCatalogue.load().byId("ContainerList").orElseThrow();
    private static final List<String> KEYS = List.of("owner", "x", "own");
    private static final List<String> VALUES = List.of("ci", "dev", "c", "a=b");
    private static final List<String> NAMES = List.of("ci-a", "ci-b", "dev-a", "web", "ci");
    private static final List<String> GLOBS = List.of("ci-*", "*-a", "web", "c*", "*");

    private final Random random = new Random();

    private record Container(String id, String name, Map<String, String> labels) {
        String json() {
            return "{\"Id\":\"" + id + "\",\"Names\":[\"/" + name + "\"],\"Labels\":{"
                    + labels.entrySet().stream()
                            .map(label -> "\"" + label.getKey() + "\":\"" + label.getValue() + "\"")
                            .collect(Collectors.joining(","))
                    + "}}";
        }

        /** As the daemon matches a label filter: {@code key} or {@code key=value}. */
        boolean matches(String label) {
            int equals = label.indexOf('=');
            return equals < 0
                    ? labels.containsKey(label)
                    : label.substring(equals + 1).equals(labels.get(label.substring(0, equals)));
        }
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private List<String> some(List<String> values, int most) {
        return IntStream.range(0, random.nextInt(most + 1))
                .mapToObj(i -> any(values))
                .distinct()
                .toList();
    }

    private Map<String, String> labels(int most) {
        Map<String, String> labels = new TreeMap<>();
        some(KEYS, most).forEach(key -> labels.put(key, any(VALUES)));
        return labels;
    }

    private String encode(Map<String, List<String>> filters) {
        boolean isMap = random.nextBoolean();
        return filters.entrySet().stream()
                .map(filter -> "\"" + filter.getKey() + "\":"
                        + filter.getValue().stream()
                                .map(value -> "\"" + value + "\"" + (isMap ? ":" + random.nextBoolean() : ""))
                                .collect(Collectors.joining(",", isMap ? "{" : "[", isMap ? "}" : "]")))
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** A daemon of the kind of dockerd: labels are AND, names are OR, and the limit counts what is left. */
    private static List<Container> daemon(List<Container> all, Map<String, List<String>> filters, int limit) {
        return all.stream()
                .filter(container ->
                        filters.getOrDefault("label", List.of()).stream().allMatch(container::matches))
                .filter(container -> !filters.containsKey("name")
                        || filters.get("name").stream().anyMatch(container.name::contains))
                .limit(limit > 0 ? limit : Integer.MAX_VALUE)
                .toList();
    }

    /** Reads the encoding that the proxy writes, without its classes. */
    private static Map<String, List<String>> decode(String query) {
        Map<String, List<String>> filters = new HashMap<>();
        var found = Pattern.compile("filters=([^&]*)").matcher(query);
        String json = found.find() ? URLDecoder.decode(found.group(1), StandardCharsets.UTF_8) : "";
        Pattern.compile("\"([a-z]+)\":\\{([^}]*)}")
                .matcher(json)
                .results()
                .forEach(filter -> filters.put(
                        filter.group(1),
                        Pattern.compile("\"([^\"]*)\":(?:true|false)")
                                .matcher(filter.group(2))
                                .results()
                                .map(value -> value.group(1))
                                .toList()));
        return filters;
    }

    private static int limit(String query) {
        var found = Pattern.compile("(?:^|&)limit=(-?\\d+)").matcher(query);
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void clientSeesOwnContainersThatItsFiltersSelect(long seed) throws Exception {
        random.setSeed(seed);
        for (int round = 0; round < 2000; round++) {
            List<Container> all = new ArrayList<>();
            for (int i = random.nextInt(9); i > 0; i--) {
                all.add(new Container("c" + i, any(NAMES), labels(3)));
            }
            Map<String, String> required = labels(2);
            List<String> globs = required.isEmpty() ? List.of(any(GLOBS)) : some(GLOBS, 1);
            Map<String, List<String>> asked = new TreeMap<>();
            if (random.nextBoolean()) {
                asked.put("label", some(List.of("owner=ci", "owner", "own", "x=a=b", "owner=dev", "x="), 2));
            }
            List<String> names = some(List.of("ci", "a", "w"), 2);
            if (!names.isEmpty()) {
                asked.put("name", names);
            }
            int limit = random.nextInt(5) - 1;
            String query = "all=1&limit=" + limit
                    + (asked.isEmpty() ? "" : "&filters=" + URLEncoder.encode(encode(asked), StandardCharsets.UTF_8));

            List<String> expected = daemon(all, asked, 0).stream()
                    .filter(container -> container.labels.entrySet().containsAll(required.entrySet()))
                    .filter(container -> globs.isEmpty()
                            || globs.stream().anyMatch(glob -> container.name.matches(glob.replace("*", ".*"))))
                    .limit(limit > 0 ? limit : Integer.MAX_VALUE)
                    .map(Container::id)
                    .toList();
            assertThat(seen(all, required, globs, query))
                    .as("seed %d, round %d: %s %s %s", seed, round, required, globs, query)
                    .isEqualTo(expected);
        }
    }

    private static List<String> seen(
            List<Container> all, Map<String, String> required, List<String> globs, String query) throws Exception {
        ScopeSelector selector =
                new ScopeSelector(required, globs.stream().map(Glob::new).toList(), ImageRules.ALL);
        ScopedRequest confined = ScopedRequest.of(
                new Scope(List.of(), Map.of(ObjectKind.CONTAINER, selector)),
                LIST,
                RequestTarget.parse("/v1.45/containers/json?" + query));
        String forwarded = String.valueOf(confined.target().query());
        String response = daemon(all, decode(forwarded), limit(forwarded)).stream()
                .map(Container::json)
                .collect(Collectors.joining(",", "[", "]\n"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (confined.view() == null) {
            out.writeBytes(response.getBytes(StandardCharsets.UTF_8));
        } else {
            JsonElements elements = confined.view().get();
            elements.accept(
                    StandardCharsets.UTF_8.encode(response),
                    bytes -> out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining()));
            elements.end();
        }
        return Pattern.compile("\"Id\":\"(c\\d)\"")
                .matcher(out.toString(StandardCharsets.UTF_8))
                .results()
                .map(id -> id.group(1))
                .toList();
    }
}
