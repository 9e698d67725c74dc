package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.table.Table;

/** The table of what daemons do with the bytes of a client: each operation with a body has a row, and the judge of the row acts. */
class ContentTableTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Set<String> WITHOUT_BODY = Set.of("GET", "HEAD", "DELETE");
    private static final Set<Operation> CALLS = CATALOGUE.operations().stream()
            .filter(operation -> operation.method().equals("CALL"))
            .collect(Collectors.toSet());
    private static final List<Row> ROWS =
            new Table<>("content.tsv", "operations daemon act as judge tried", Row::of).load(ParameterRules.class);

    /** @param tried integration tests that send special entries to the daemon, also without the proxy where this does not block it */
    record Row(List<String> operations, String daemon, String act, String as, String judge, List<String> tried) {
        static Row of(String[] cells) {
            return new Row(
                    List.of(cells[0].split(",")), cells[1], cells[2], cells[3], cells[4], List.of(cells[5].split(",")));
        }
    }

    private static boolean hasBody(Operation operation) {
        return !WITHOUT_BODY.contains(operation.method()) || operation.kind() == Operation.Kind.HIJACK;
    }

    static Stream<Row> rows() {
        return ROWS.stream();
    }

    @Test
    void eachOperationWithABodyHasOneRow() {
        List<String> named = new ArrayList<>();
        ROWS.forEach(row -> named.addAll(row.operations));

        assertThat(named)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(CATALOGUE.operations().stream()
                        .filter(ContentTableTest::hasBody)
                        .map(Operation::id)
                        .toList());
    }

    /** Returns the judges that act on the content of an operation, under {@code CREATE=safe} or in every profile. */
    private static Set<String> acting(Operation operation) {
        OperationRules rules = operation.rules();
        Map<String, Boolean> judges = new HashMap<>();
        judges.put("json", CreateRules.isBodyJudged(operation));
        judges.put(
                "archive", rules.traits().stream().anyMatch(each -> each.name().startsWith("UNPACKS")));
        // The calls of the daemon in a session are operations.
        judges.put(
                "session",
                CALLS.contains(operation)
                        || rules.verb() == Verb.OPEN_SESSION && operation.section() != null && !CALLS.isEmpty());
        judges.put("answered", rules.isAnswered());
        judges.put(
                "denied", operation.section() == null || !rules.createDenial().isEmpty());
        judges.put(
                "message",
                operation.isGrpcConnection()
                        || operation.isGrpc() && rules.create().equals("judged"));
        return judges.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void theJudgeOfTheRowActs(Row row) {
        for (String id : row.operations) {
            Set<String> acting = acting(CATALOGUE.byId(id).orElseThrow());

            if (row.judge.startsWith("none:")) {
                assertThat(acting).as(id).isEmpty();
            } else {
                assertThat(acting).as(id).contains(row.judge);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void rowHasTheWordsOfTheTable(Row row) {
        assertThat(row.daemon).isIn("docker", "podman", "both");
        assertThat(row.as).isIn("root", "container", "-");
        assertThat(row.judge).matches("json|archive|message|session|answered|denied|none:[a-z].+");
        assertThat(row.as.equals("-")).as(row.act).isEqualTo(row.act.equals("does not read it"));
        // Content that the daemon reads as root has a judge, or the reason why it needs none.
        assertThat(row.operations).allMatch(id -> CATALOGUE.byId(id).isPresent());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatTheDaemonOpensAsRootIsTried(Row row) throws IOException {
        boolean isOpened = row.as.equals("root")
                && Set.of("archive", "session").contains(row.judge)
                && (row.act.contains("unpacks") || row.act.contains("opens"));

        assertThat(row.tried.equals(List.of("-"))).as(row.act).isNotEqualTo(isOpened);
        for (String test : isOpened ? row.tried : List.<String>of()) {
            Path source = Path.of("src/test/java/org/socketproxy/docker", test + ".java");
            assertThat(source).exists();
            String text = Files.readString(source);
            assertThat(!test.equals("ContentIT") || row.operations.stream().allMatch(text::contains))
                    .as(row.act)
                    .isTrue();
        }
    }
}
