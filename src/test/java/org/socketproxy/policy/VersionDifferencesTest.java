package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.VersionDifferences.Kind;
import org.socketproxy.policy.VersionDifferences.Row;
import org.socketproxy.testing.Corpus;

/** Requests that mean the same in two versions of the API, and requests that do not. */
class VersionDifferencesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final VersionDifferences DIFFERENCES = VersionDifferences.load();
    private static final Pattern LINE = Pattern.compile("(\\S+) (\\S+) (\\S+) (\\S+) (.+) (same|differs)");
    /** Operations that no version from 1.24 to 1.52 has under a version path, or not any more. */
    private static final Set<String> WITHOUT_ROW = Set.of(
            "ContainerCopy",
            "DebugPprof",
            "DebugPprofCmdline",
            "DebugPprofNamed",
            "DebugPprofProfile",
            "DebugPprofSymbol",
            "DebugPprofTrace",
            "DebugVars",
            "ImageAttestations",
            "PluginInspectOld");

    static Stream<String> lines() {
        return Corpus.lines(VersionDifferencesTest.class, "version-differences.txt")
                .filter(line -> !line.startsWith("#"));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void requestMeansTheSameOrNot(String line) throws Exception {
        Matcher cells = LINE.matcher(line);
        assertThat(cells.matches()).isTrue();
        Translated versions = new Translated(version(cells.group(1)), version(cells.group(2)));
        RequestTarget target = RequestTarget.parse("/v" + versions.own() + cells.group(4));
        Operation operation = CATALOGUE.find(cells.group(3), target).orElseThrow();
        String body = cells.group(5).equals("-") ? "" : cells.group(5).replace('\'', '"');

        boolean isSame = DIFFERENCES.isSame(operation, target, versions)
                && DIFFERENCES.isSame(
                        operation, JsonBody.of(ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8))), versions);

        assertThat(isSame ? "same" : "differs").isEqualTo(cells.group(6));
    }

    private static ApiVersion version(String text) {
        return ApiVersion.parse(text).orElseThrow();
    }

    @Test
    void everyOperationOfTheDockerApiHasRows() {
        Set<String> missing = CATALOGUE.operations().stream()
                .filter(operation -> !operation.isLibpod() && !operation.isGrpc())
                .map(Operation::id)
                .collect(Collectors.toCollection(TreeSet::new));
        DIFFERENCES.rows().forEach(row -> missing.removeAll(row.operations()));

        assertThat(missing).isEqualTo(new TreeSet<>(WITHOUT_ROW));
    }

    @Test
    void rowsNameOperationsOfTheDockerApi() {
        List<String> ids = DIFFERENCES.rows().stream()
                .flatMap(row -> row.operations().stream())
                .toList();

        assertThat(ids)
                .allMatch(id -> CATALOGUE
                        .byId(id)
                        .filter(operation -> !operation.isLibpod())
                        .isPresent());
    }

    @Test
    void anOperationWithoutDifferencesHasNoOtherRow() {
        Set<String> same = ids(row -> row.kind() == Kind.SAME);

        assertThat(ids(row -> row.kind() != Kind.SAME)).doesNotContainAnyElementsOf(same);
    }

    private static Set<String> ids(Predicate<Row> which) {
        return DIFFERENCES.rows().stream()
                .filter(which)
                .flatMap(row -> row.operations().stream())
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A\t1.53\tquery\ta\t-",
                "A\t1.044\tquery\ta\t-",
                "A\t-\tquery\ta\t-",
                "A\t1.44\theader\ta\t-",
                "A\t1.44\tquery\ta",
            })
    void invalidRowIsRefused(String row) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VersionDifferences.TABLE.parse(VersionDifferences.TABLE.header() + "\n" + row + "\n"))
                .withMessageContaining("line 2");
    }
}
