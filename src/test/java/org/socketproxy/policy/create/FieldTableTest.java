package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
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
import org.socketproxy.table.Table;

/** Every row of {@code create-fields.tsv} decides one generated body as the row says. */
class FieldTableTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final FieldTable TABLE = FieldTable.load();
    private static final Set<String> KINDS =
            Set.of("harmless", "root", "host", "target", "resource", "label", "secret", "object", "ignored", "windows");

    /** Checks that deny every value of the fields below them. */
    private static final Set<String> DENIES_CONTENT = Set.of(
            "devices",
            "device-rules",
            "libpod-device-rules",
            "libpod-labels",
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

    /** Fields below a field whose check judges other values than the generated one. */
    private static final Pattern PASSES_BELOW =
            Pattern.compile(".*(LogConfig.Config|LogDriver.Options|log_configuration.options)"
                    + "\\.(tag|max-.*|cache-.*|mode|labels|env|compress)"
                    + "|log_configuration\\.(size|labels.*|logPromotedLabels)"
                    + "|HostConfig.Mounts\\[].Source|volumes\\[].(Dest|Name|SubPath)");

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

    private static boolean denies(Row row) {
        String rule = FieldExamples.firstRule(row).split(":")[0];
        return Set.of("zero", "one-of", "keys", "not-negative", "check").contains(rule);
    }

    /** Returns true if the generated body has a value above the row's field that is denied. */
    private static boolean isBelowADeniedValue(Row row) {
        return isBelowADeniedField(row) && !PASSES_BELOW.matcher(row.path()).matches();
    }

    private static boolean isBelowADeniedField(Row row) {
        return bodies().anyMatch(other -> other.operations().equals(row.operations())
                        && (row.path().startsWith(other.path() + ".")
                                || row.path().startsWith(other.path() + "["))
                        && (FieldExamples.firstRule(other).equals("zero")
                                || FieldExamples.firstRule(other).startsWith("keys:")
                                || DENIES_CONTENT.contains(
                                        FieldExamples.firstRule(other).replace("check:", ""))
                                || FieldExamples.firstRule(other).equals("check:log-driver")
                                || FieldExamples.firstRule(other).equals("check:driver-config")
                                || row.path().equals("HostConfig.Mounts[].Source"))
                || row.path().matches("Driver.*|Options.*")
                        && row.operations().get(0).startsWith("VolumeCreate"));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void valueOfTheFieldIsDecidedAsTheTableSays(Row row) {
        CreateRules rules = FieldExamples.firstRule(row).equals("check:image") ? LIMITED_IMAGES : rules(null);
        for (String operation : row.operations()) {
            List<Violation> violations = judge(rules, operation, body(row.path(), FieldExamples.value(row)));

            assertThat(violations.isEmpty())
                    .as(row + " " + violations)
                    .isEqualTo(!denies(row) && !isBelowADeniedValue(row));
        }
    }

    static Stream<Row> permitted() {
        return bodies().filter(row -> row.permission() != null);
    }

    @ParameterizedTest
    @MethodSource("permitted")
    void permissionOfTheTableAllowsTheValue(Row row) {
        for (String operation : row.operations()) {
            assertThat(judge(rules(row.permission()), operation, body(row.path(), FieldExamples.value(row))))
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
        return bodies().filter(row -> row.path().matches(".*\\w"))
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
        List<String> spellings = Stream.of(
                        name.toUpperCase(java.util.Locale.ROOT),
                        name.toLowerCase(java.util.Locale.ROOT),
                        name.replace('s', '\u017f'),
                        name.replace('k', '\u212a'),
                        name.replace('S', '\u017f'))
                .filter(spelling -> !spelling.equals(name) && !aliases.contains(spelling))
                .toList();

        assertThat(spellings).isNotEmpty();
        for (String spelling : spellings) {
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
                    .isNotEmpty()
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
    void everyPermissionIsUsed() { // those of builds in build-fields.tsv too
        Stream<CreatePermission> guarding = GuardedField.all().stream().map(GuardedField::permission);
        assertThat(Stream.concat(TABLE.rows().stream().map(Row::permission), guarding)
                        .filter(permission -> permission != null))
                .contains(Stream.of(CreatePermission.values())
                        .filter(permission -> !permission.word().startsWith("build-")
                                && permission != CreatePermission.DEVICE_RULES
                                && permission != CreatePermission.JOIN_CONTAINER
                                && permission != CreatePermission.ARCHIVE_DEVICES
                                && permission != CreatePermission.IMAGE_LOAD
                                && permission != CreatePermission.VOLUME_IMPORT
                                && permission != CreatePermission.BINDS_UNPROTECTED
                                && permission != CreatePermission.LOG_TEMPLATE
                                && permission != CreatePermission.RECREATE)
                        .toArray(CreatePermission[]::new));
    }

    @Test
    void everyOperationThatIsDeniedAsAWholeExists() {
        assertThat(OperationRules.ids(rules -> !rules.createPermission().isEmpty()))
                .isNotEmpty()
                .allSatisfy(id -> assertThat(
                                CreatePermission.of(OperationRules.all().get(id).createPermission()))
                        .isPresent());
        assertThat(OperationRules.ids(rules -> !rules.createDenial().isEmpty()))
                .allSatisfy(id -> assertThat(CATALOGUE.byId(id)).isPresent());
    }

    /** A write that a new Podman adds has no row, and is denied. */
    @Test
    void everyWriteOfPodmansOwnApiIsJudgedHarmlessOrDenied() {
        assertThat(CATALOGUE.operations().stream()
                        .filter(operation -> operation.isLibpod()
                                && operation.write().isAlways()
                                && operation.rules().create().equals("-")))
                .isEmpty();
        assertThat(OperationRules.ids(rules -> rules.isCreateAllowed()).stream()
                        .map(id -> CATALOGUE.byId(id).orElseThrow())
                        .filter(operation ->
                                operation.rules().createPermission().isEmpty())
                        .filter(operation ->
                                !operation.isLibpod() && !operation.isGrpc() && operation.upgrade() == null))
                .isEmpty();
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
                "",
                OperationRules.NONE);
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
