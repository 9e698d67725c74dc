package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.policy.mask.MaskGroup;

/** The tables of {@code docs/masking.md} match the code. */
class MaskPageTest {
    private static final Path PAGE = Path.of("docs/masking.md");
    private static final int LONGEST = 10;
    private static final int SHOWN = 4;

    @Test
    void groupsMatchTheCode() throws IOException {
        String table = PrintedTable.of(
                List.of("group", "masks"),
                Arrays.stream(MaskGroup.values()).map(group -> List.of(code(group.word()), group.meaning())));

        PrintedTable.assertInStep(PAGE, "groups", table, MaskPageTest.class);
    }

    @Test
    void operationsThatCannotBeMaskedMatchTheCode() throws IOException {
        Map<String, String> reasons = new LinkedHashMap<>();
        OperationRules.all().forEach((id, rules) -> {
            if (!rules.unmaskable().isEmpty()) {
                reasons.put(id, rules.unmaskable());
            }
        });
        String table = PrintedTable.of(
                List.of("the responses have", "operations"),
                reasons.values().stream()
                        .distinct()
                        .map(reason -> List.of(
                                reason,
                                codes(reasons.keySet().stream()
                                        .filter(id -> reasons.get(id).equals(reason))
                                        .toList()))));

        PrintedTable.assertInStep(PAGE, "unmaskable", table, MaskPageTest.class);
    }

    /** The ids; of a long list the first ones, and the number of the others. */
    private static String codes(Collection<String> ids) {
        int shown = ids.size() > LONGEST ? SHOWN : ids.size();
        String more = ids.size() > shown ? " and " + (ids.size() - shown) + " more" : "";
        return ids.stream().limit(shown).map(PrintedTable::code).collect(Collectors.joining(" ")) + more;
    }

    @Test
    void theMarkerIsOnThePage() throws IOException {
        assertThat(Files.readString(PAGE)).contains(Marker.TEXT);
    }
}
