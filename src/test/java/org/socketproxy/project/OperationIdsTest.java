package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;

/** Facts about operations are in {@code operation-rules.tsv}, and not in lists of ids in the code. */
class OperationIdsTest {
    private static final Path SOURCES = Path.of("src/main/java/org/socketproxy");
    private static final Pattern LITERAL = Pattern.compile("\"([A-Z][A-Za-z0-9]+)\"");
    private static final int MOST = 20;

    /** The classes that may name operations, and the reason; then their ids. */
    private static final Map<String, List<String>> ALLOWED = Map.ofEntries(
            Map.entry("BodyTargetsStep: only Docker's commit can have no body", List.of("ImageCommit")),
            Map.entry("BuildMessage: a field of a message has the name of an operation", List.of("Session")),
            Map.entry("ContainerStep: hints for updaters, which use Docker's API", List.of("ContainerCreate")),
            Map.entry("CreateRules: an inspect is judged by the rows of the create", List.of("ContainerCreate")),
            Map.entry("Explain: notes for updaters", List.of("ContainerCreate", "ContainerStart")),
            Map.entry(
                    "MaskedBody: names the masked descriptions of a recorded container",
                    List.of("ContainerInspect", "ImageInspect")),
            Map.entry("Profile: asks the policy about one operation", List.of("ContainerCreate")),
            Map.entry(
                    "ProfileNotes: asks the policy about the operations of an updater",
                    List.of("ContainerCreate", "ContainerDelete")),
            Map.entry("Recreation: the recorded body is that of the create", List.of("ContainerCreate")));

    private final OperationCatalogue catalogue = OperationCatalogue.load();

    @Test
    void codeNamesOnlyListedOperations() throws IOException {
        Set<String> ids = catalogue.operations().stream().map(Operation::id).collect(Collectors.toSet());
        Map<String, List<String>> named = new TreeMap<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                List<String> literals = LITERAL.matcher(Files.readString(file))
                        .results()
                        .map((MatchResult match) -> match.group(1))
                        .filter(ids::contains)
                        .sorted()
                        .toList();
                if (!literals.isEmpty()) {
                    named.put(file.getFileName().toString().replace(".java", ""), literals);
                }
            }
        }
        Map<String, List<String>> allowed = new TreeMap<>();
        ALLOWED.forEach((reason, operations) -> allowed.put(reason.replaceFirst(":.*", ""), operations));

        assertThat(named).isEqualTo(allowed);
        assertThat(named.values().stream().mapToInt(List::size).sum()).isLessThanOrEqualTo(MOST);
    }

    @Test
    void eachRowIsOfAnOperation() {
        assertThat(OperationRules.all().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        catalogue.operations().stream().map(Operation::id).toList());
    }

    @Test
    void anOperationWithoutARowIsDenied() {
        Operation ping = catalogue.byId("SystemPing").orElseThrow();
        Operation unknown = new Operation(
                "NewOperation",
                "POST",
                ping.path(),
                "?",
                "-",
                ping.kind(),
                null,
                ping.write(),
                null,
                List.of(),
                List.of(),
                "",
                OperationRules.NONE);

        assertThat(unknown.rules().scope()).isEqualTo("deny");
        assertThat(Objects.requireNonNull(OperationRules.all().get("SystemPing"))
                        .scope())
                .isEqualTo("pass");
    }
}
