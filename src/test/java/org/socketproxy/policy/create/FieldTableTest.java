package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.FieldTable.Row;
import org.socketproxy.policy.value.ValueRule;
import org.socketproxy.table.Table;

/** Every row of {@code create-fields.tsv} decides one generated body as the row says. */
class FieldTableTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final FieldTable TABLE = FieldTable.load();
    private static final Set<String> KINDS =
            Set.of("harmless", "root", "host", "target", "resource", "label", "secret", "object", "ignored", "windows");

    /** A value for each check that it denies. */
    private static final Map<String, String> HARMFUL = Map.ofEntries(
            Map.entry("binds", "[\"/:/host\"]"),
            Map.entry("mounts", "[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/h\"}]"),
            Map.entry("capabilities", "[\"SYS_ADMIN\"]"),
            Map.entry("devices", "[{\"PathOnHost\":\"/dev/sda\"}]"),
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
            Map.entry("libpod-volume", "{\"Options\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}"));

    /** Checks that deny every value of the fields below them. */
    private static final Set<String> DENIES_CONTENT = Set.of(
            "devices",
            "libpod-annotations",
            "device-requests",
            "ports",
            "service-ports",
            "sysctls",
            "libpod-pidns",
            "libpod-ipcns",
            "libpod-utsns",
            "libpod-cgroupns",
            "libpod-netns",
            "libpod-mounts",
            "libpod-volumes",
            "libpod-overlays",
            "libpod-devices",
            "libpod-ports");

    private static final CreateRules LIMITED_IMAGES = new CreateRules(
                    CreateAllowances.NONE, BindRules.NONE, new ImageRules(List.of("nginx")), Set.of(), 1 << 20)
            .with(variables());

    private static Set<String> variables() {
        return GuardedField.all().stream().map(GuardedField::variable).collect(Collectors.toSet());
    }

    private static CreateRules rules(@Nullable CreatePermission permission) {
        CreateAllowances permissions =
                permission == null ? CreateAllowances.NONE : new CreateAllowances(Map.of(permission, Set.of()));
        return new CreateRules(permissions, BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20).with(variables());
    }

    static List<Violation> judge(CreateRules rules, String operation, String body) {
        Operation found = CATALOGUE.byId(operation).orElseThrow();
        return rules.judgeBody(found, JsonBody.of(ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8))));
    }

    static Stream<Row> bodies() {
        return TABLE.rows().stream().filter(row -> row.part().equals("body"));
    }

    /** Wraps a value into the objects, maps and arrays of its path. */
    static String body(String path, String value) {
        String text = value;
        List<String> steps =
                path.equals(".") ? List.of() : List.of(path.replace("[]", ".[]").split("\\."));
        for (int i = steps.size() - 1; i >= 0; i--) {
            String step = steps.get(i);
            boolean isMount = step.equals("[]") && steps.get(i - 1).equals("Mounts") && !text.contains("\"Type\"");
            text = switch (step) {
                case "[]" -> "[" + (isMount ? "{\"Type\":\"volume\"," + text.substring(1) : text) + "]";
                case "*" -> "{\"" + (path.startsWith("expose") ? "1" : "x") + "\":" + text + "}";
                default -> "{\"" + step + "\":" + text + "}";
            };
        }
        return text;
    }

    private static String value(Row row) {
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

    private static boolean denies(Row row) {
        String rule = firstRule(row).split(":")[0];
        return Set.of("zero", "one-of", "keys", "not-negative", "check").contains(rule);
    }

    private static boolean isBelowADeniedField(Row row) {
        return bodies().anyMatch(other -> other.operations().equals(row.operations())
                        && (row.path().startsWith(other.path() + ".")
                                || row.path().startsWith(other.path() + "["))
                        && (firstRule(other).equals("zero")
                                || firstRule(other).startsWith("keys:")
                                || DENIES_CONTENT.contains(firstRule(other).replace("check:", ""))
                                || firstRule(other).equals("check:log-driver")
                                || firstRule(other).equals("check:driver-config")
                                || row.path().equals("HostConfig.Mounts[].Source"))
                || row.path().matches("Driver.*|Options.*")
                        && row.operations().get(0).startsWith("VolumeCreate"));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void valueOfTheFieldIsDecidedAsTheTableSays(Row row) {
        CreateRules rules = firstRule(row).equals("check:image") ? LIMITED_IMAGES : rules(null);
        for (String operation : row.operations()) {
            List<Violation> violations = judge(rules, operation, body(row.path(), value(row)));
            boolean isReported = violations.stream().anyMatch(violation -> violation.kind() == Violation.Kind.FIELD);

            if (denies(row)) {
                assertThat(isReported).as(row + " " + violations).isTrue();
            } else if (!isBelowADeniedField(row) && !row.rule().startsWith("alias:")) {
                assertThat(violations).as(row.toString()).isEmpty();
            }
        }
    }

    static Stream<Row> permitted() {
        return bodies().filter(row -> row.permission() != null);
    }

    @ParameterizedTest
    @MethodSource("permitted")
    void permissionOfTheTableAllowsTheValue(Row row) {
        for (String operation : row.operations()) {
            assertThat(judge(rules(row.permission()), operation, body(row.path(), value(row))))
                    .as(row.toString())
                    .isEmpty();
        }
    }

    static Stream<Row> independent() {
        return bodies().filter(row -> !isBelowADeniedField(row) && !row.path().endsWith("Mounts[].Type"));
    }

    @ParameterizedTest
    @MethodSource("independent")
    void nullPassesEverywhere(Row row) {
        for (String operation : row.operations()) {
            assertThat(judge(rules(null), operation, body(row.path(), "null")))
                    .as(row.toString())
                    .isEmpty();
        }
    }

    static Stream<Row> named() {
        return bodies().filter(row -> !row.path().endsWith("*") && !row.path().equals("."))
                .filter(row -> !row.rule().startsWith("alias:"))
                .filter(row -> !isKeyOfAMap(row));
    }

    private static boolean isKeyOfAMap(Row row) {
        String parent = row.path().replaceFirst("\\.?[^.]*$", "");
        return bodies().anyMatch(other -> other.operations().equals(row.operations())
                && other.path().equals(parent)
                && other.type().equals("map"));
    }

    /** The daemon reads each of these spellings as the field. */
    @ParameterizedTest
    @MethodSource("named")
    void otherSpellingIsDenied(Row row) {
        int end = Math.max(row.path().lastIndexOf('.'), row.path().lastIndexOf(']')) + 1;
        String name = row.path().substring(end);
        List<String> aliases = bodies().filter(other -> other.operations().equals(row.operations()))
                .filter(other -> other.rule().equals("alias:" + name))
                .map(other -> other.path().substring(end))
                .toList();
        Stream<String> spellings = Stream.of(
                        name.toUpperCase(java.util.Locale.ROOT),
                        name.toLowerCase(java.util.Locale.ROOT),
                        name.replace('s', '\u017f'),
                        name.replace('k', '\u212a'),
                        name.replace('S', '\u017f'))
                .filter(spelling -> !spelling.equals(name) && !aliases.contains(spelling));

        for (String spelling : spellings.toList()) {
            for (String operation : row.operations()) {
                assertThat(judge(rules(null), operation, body(row.path().substring(0, end) + spelling, "null")))
                        .as(spelling)
                        .hasSize(1);
            }
        }
    }

    @Test
    void everyRowNamesOperationsOfTheCatalogueAndAKind() {
        assertThat(TABLE.rows()).allSatisfy(row -> {
            assertThat(row.operations())
                    .allSatisfy(id -> assertThat(CATALOGUE.byId(id)).isPresent());
            assertThat(row.kind()).isIn(KINDS);
            assertThat(row.part()).isIn("body", "query");
        });
    }

    /** Fields that reach the host are denied by default. */
    @Test
    void everyFieldOfTheClassRootIsDenied() {
        assertThat(bodies().filter(row -> row.kind().equals("root")))
                .allSatisfy(row -> assertThat(denies(row)
                                || isBelowADeniedField(row)
                                || row.path().contains("DriverOpts")
                                || row.path().matches(".*(Mounts\\[].Source|Privileges.Seccomp|Privileges.AppArmor)"))
                        .as(row.toString())
                        .isTrue());
    }

    @Test
    void everyPermissionIsUsed() {
        Stream<CreatePermission> guarding = GuardedField.all().stream().map(GuardedField::permission);
        assertThat(Stream.concat(TABLE.rows().stream().map(Row::permission), guarding)
                        .filter(permission -> permission != null))
                .contains(Stream.of(CreatePermission.values())
                        .filter(permission -> permission != CreatePermission.JOIN_CONTAINER
                                && permission != CreatePermission.LOG_TEMPLATE
                                && permission != CreatePermission.RECREATE)
                        .toArray(CreatePermission[]::new));
    }

    @Test
    void everyOperationThatIsDeniedAsAWholeExists() {
        assertThat(OperationRules.ids(rules -> !rules.createDenial().isEmpty()))
                .allSatisfy(id -> assertThat(CATALOGUE.byId(id)).isPresent());
    }

    /** A write that a new Podman adds has no row, and is denied. */
    @Test
    void everyWriteOfPodmansOwnApiIsJudgedHarmlessOrDenied() {
        assertThat(CATALOGUE.operations().stream()
                        .filter(operation -> operation.isLibpod()
                                && operation.write().isAlways()
                                && OperationRules.of(operation).create().equals("-")))
                .isEmpty();
        assertThat(OperationRules.ids(rules -> rules.isCreateAllowed()))
                .allSatisfy(id ->
                        assertThat(CATALOGUE.byId(id).orElseThrow().isLibpod()).isTrue());
        Operation unknown = new Operation(
                "NewLibpod",
                "POST",
                PathTemplate.parse("/libpod/new"),
                "?",
                "-",
                Operation.Kind.JSON,
                null,
                new Operation.Write(true, null),
                null,
                List.of(),
                List.of(),
                "");
        assertThat(Objects.requireNonNull(CreateRules.wholeDenial(unknown)).subject())
                .contains("does not judge");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ContainerCreate\tbody\tX\tstring\troot\tzero\tprivileged",
                "ContainerCreate\tbody\tX\tunheard-of\troot\tzero\tprivileged\t",
                "ContainerCreate\tbody\tX\tstring\troot\tunheard-of\tprivileged\t",
                "ContainerCreate\tbody\tX\tstring\troot\tcheck:unheard-of\tprivileged\t",
                "ContainerCreate\tbody\tX\tstring\troot\tzero\tunheard-of\t",
                "ContainerCreate\tbody\tX.Y\tstring\troot\tzero\tprivileged\t",
                "ContainerCreate\tbody\tx\tstring\troot\talias:X\t-\t",
                "ContainerCreate\tquery\tx\tstring\troot\tcheck:binds\t-\t",
                "ContainerCreate\tquery\tx\tstring\troot\tcheck:image\t-\t",
                "ContainerCreate\tquery\tx\tstring\troot\tallow\t-\t",
                "ContainerCreate\tbody\tX\tstring\troot\tallow\t-\t",
                "ContainerCreate\tbody\tX\tstring\troot\tzero\tprivileged\t",
                "ContainerCreate\tbody\tX\tstring\troot\tcheck:image\t-\t",
                "ContainerCreate\tbody\tX\tinteger\troot\tnot-negative\t-\t",
                "ContainerCreate\tbody\tX\tarray\troot\teach:name\t-\t",
                "ContainerCreate\tbody\tX\tmap\troot\tcount:9\t-\t",
                "ContainerCreate\tbody\tX\tany\troot\tcount:9\t-\t",
                "ContainerCreate\tbody\tX\tmap\troot\tcount:9 key:name sum:unheard-of\t-\t",
            })
    void malformedRowIsReportedWithLine(String row) {
        Table<Row> table = FieldTable.addingToNew();

        assertThatThrownBy(() -> table.parse(table.header() + "\n" + row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("create-fields.tsv, line 2: ");
    }
}
