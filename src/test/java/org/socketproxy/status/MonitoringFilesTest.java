package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Programs;

/** The files in {@code conf/prometheus}: each query names metrics and labels that {@code /metrics} has, and the alerts are tested. */
class MonitoringFilesTest {
    private static final Path FOLDER = Path.of("conf/prometheus");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Pattern METRIC = Pattern.compile("(?:socket_proxy|process|jvm)_\\w+");
    /** A metric and the conditions on its labels. */
    private static final Pattern SELECTOR = Pattern.compile("((?:socket_proxy|process|jvm)_\\w+)\\{([^}]*)}");

    private static final Pattern LABEL = Pattern.compile("(\\w+)(?:=~|!=|!~|=)\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on|group_right)\\s*\\(([^)]*)\\)");
    /** Labels that Prometheus adds. */
    private static final Set<String> OF_PROMETHEUS = Set.of("instance", "job");

    /** Names of the samples, with the labels that occur. */
    private static Map<String, Set<String>> samples() throws IOException {
        Map<String, Set<String>> samples = new TreeMap<>();
        for (String line : MetricsPageTest.allMetrics().lines().toList()) {
            if (!line.startsWith("#")) {
                String name = line.split("[{ ]", 2)[0];
                Set<String> labels = samples.computeIfAbsent(name, any -> new HashSet<>(OF_PROMETHEUS));
                LABEL.matcher(line).results().forEach(label -> labels.add(label.group(1)));
            }
        }
        return samples;
    }

    private static Stream<String> texts(JsonNode node, String field) {
        return node.findValues(field).stream().map(JsonNode::asText);
    }

    static List<String> queries() throws IOException {
        JsonNode dashboard =
                YAML.readTree(FOLDER.resolve("grafana-dashboard.json").toFile());
        JsonNode rules = YAML.readTree(FOLDER.resolve("socket-proxy.rules.yaml").toFile());
        return Stream.of(
                        texts(dashboard, "expr"),
                        texts(dashboard.at("/templating"), "definition"),
                        texts(rules, "expr").filter(query -> !query.startsWith("up{")))
                .flatMap(each -> each)
                .toList();
    }

    private static List<String> groups(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("queries")
    void queryNamesExistingMetrics(String query) throws IOException {
        List<String> named =
                METRIC.matcher(query).results().map(MatchResult::group).toList();

        assertThat(named).isNotEmpty();
        assertThat(samples().keySet()).containsAll(named);
    }

    @ParameterizedTest
    @MethodSource("queries")
    void queryNamesExistingLabels(String query) throws IOException {
        Map<String, Set<String>> samples = samples();
        SELECTOR.matcher(query)
                .results()
                .forEach(selector ->
                        assertThat(samples.get(selector.group(1))).containsAll(groups(LABEL, selector.group(2))));
        Set<String> ofQuery = METRIC.matcher(query)
                .results()
                .flatMap(metric -> samples.get(metric.group()).stream())
                .collect(Collectors.toSet());
        List<String> grouped = groups(GROUPING, query).stream()
                .flatMap(list -> Stream.of(list.split(",\\s*")))
                .toList();

        assertThat(ofQuery).containsAll(grouped);
    }

    @Test
    void everyMetricIsOnTheDashboard() throws IOException {
        String dashboard = Files.readString(FOLDER.resolve("grafana-dashboard.json"));

        assertThat(samples().keySet()).allSatisfy(name -> assertThat(dashboard).contains(name));
    }

    @Test
    void panelsDoNotOverlapAndHaveTheirOwnIds() throws IOException {
        JsonNode panels =
                YAML.readTree(FOLDER.resolve("grafana-dashboard.json").toFile()).at("/panels");
        assertThat(panels).hasSizeGreaterThan(5);
        Set<String> cells = new HashSet<>();
        Set<Integer> ids = new HashSet<>();
        for (JsonNode panel : panels) {
            JsonNode place = panel.at("/gridPos");
            for (int x = 0; x < place.at("/w").asInt(); x++) {
                for (int y = 0; y < place.at("/h").asInt(); y++) {
                    String cell =
                            (place.at("/x").asInt() + x) + "," + (place.at("/y").asInt() + y);
                    assertThat(cells.add(cell)).as(cell).isTrue();
                }
            }
            assertThat(ids.add(panel.at("/id").asInt())).isTrue();
        }

        assertThat(ids).hasSizeGreaterThan(10);
    }

    @Test
    void eachAlertHasATestInWhichItFires() throws IOException {
        JsonNode rules = YAML.readTree(FOLDER.resolve("socket-proxy.rules.yaml").toFile());
        JsonNode tests =
                YAML.readTree(FOLDER.resolve("socket-proxy.rules.test.yaml").toFile());
        Set<String> fired = new TreeSet<>();
        Set<String> silent = new TreeSet<>();
        for (JsonNode test : tests.findValues("alert_rule_test")) {
            test.forEach(each -> (each.has("exp_alerts") ? fired : silent)
                    .add(each.at("/alertname").asText()));
        }
        Set<String> alerts = texts(rules, "alert").collect(Collectors.toCollection(TreeSet::new));

        assertThat(alerts).hasSizeGreaterThan(5).isEqualTo(fired).isEqualTo(silent);
    }

    /** A roll-out in 25 minutes, after which 3 of 500 hosts have the old policy: the alert, and the query that names them. */
    @Test
    void driftOfFiveHundredHostsIsFound(@TempDir Path folder) throws Exception {
        Programs.assumeInstalled("promtool");
        int hosts = 500;
        List<String> late = List.of("h7:8375", "h250:8375", "h499:8375");
        List<Map<String, String>> series = new ArrayList<>();
        for (int i = 0; i < hosts; i++) {
            String name = "h" + i + ":8375";
            String form = "socket_proxy_policy_info{job=\"fleet\",instance=\"" + name + "\",hash=\"%s\"}";
            String before = form.formatted("0123456789ab");
            if (late.contains(name)) {
                series.add(Map.of("series", before, "values", "1x90"));
            } else {
                int minute = 1 + i / 20;
                series.add(Map.of("series", before, "values", "1x" + (minute - 1) + " stale"));
                series.add(Map.of(
                        "series", form.formatted("cdef01234567"), "values", "_x" + minute + " 1x" + (90 - minute)));
            }
        }
        String query = dashboardQuery("Hosts with another policy than most").replace("$instance", ".*");
        List<Map<String, Object>> found = late.stream()
                .<Map<String, Object>>map(name -> Map.of(
                        "labels",
                        "socket_proxy_policy_info{job=\"fleet\",instance=\"" + name + "\",hash=\"0123456789ab\"}",
                        "value",
                        1))
                .toList();
        String rules =
                FOLDER.resolve("socket-proxy.rules.yaml").toAbsolutePath().toString();
        YAML.writeValue(
                folder.resolve("fleet.yaml").toFile(),
                Map.of(
                        "rule_files",
                        List.of(rules),
                        "tests",
                        List.of(Map.of(
                                "interval",
                                "1m",
                                "input_series",
                                series,
                                "alert_rule_test",
                                List.of(
                                        Map.of("eval_time", "29m", "alertname", "SocketProxyPolicyDrift"),
                                        Map.of(
                                                "eval_time",
                                                "60m",
                                                "alertname",
                                                "SocketProxyPolicyDrift",
                                                "exp_alerts",
                                                List.of(Map.of(
                                                        "exp_labels",
                                                        Map.of("severity", "warning", "job", "fleet"),
                                                        "exp_annotations",
                                                        annotations("SocketProxyPolicyDrift", "fleet"))))),
                                "promql_expr_test",
                                List.of(Map.of("expr", query, "eval_time", "60m", "exp_samples", found))))));
        promtool(folder, "test rules fleet.yaml");
    }

    private static String dashboardQuery(String title) throws IOException {
        for (JsonNode panel :
                YAML.readTree(FOLDER.resolve("grafana-dashboard.json").toFile()).at("/panels")) {
            if (panel.at("/title").asText().equals(title)) {
                return panel.at("/targets/0/expr").asText();
            }
        }
        throw new AssertionError(title);
    }

    private static Map<String, String> annotations(String alert, String job) throws IOException {
        for (JsonNode rule : YAML.readTree(
                        FOLDER.resolve("socket-proxy.rules.yaml").toFile())
                .at("/groups/0/rules")) {
            if (rule.at("/alert").asText().equals(alert)) {
                Map<String, String> texts = new TreeMap<>();
                rule.at("/annotations")
                        .properties()
                        .forEach(each -> texts.put(
                                each.getKey(), each.getValue().asText().replace("{{ $labels.job }}", job)));
                return texts;
            }
        }
        throw new AssertionError(alert);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "check rules socket-proxy.rules.yaml",
                "test rules socket-proxy.rules.test.yaml",
                "check config --syntax-only prometheus.yaml",
                "check config --syntax-only containers.yaml",
            })
    void promtoolAcceptsTheFiles(String arguments) throws Exception {
        Programs.assumeInstalled("promtool");
        promtool(FOLDER, arguments);
    }

    private static void promtool(Path folder, String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments.split(" ")));
        Process tool = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(tool.waitFor()).as(output).isZero();
    }
}
