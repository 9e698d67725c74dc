package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;

/** The tables of {@code docs/masking.md} match the code. */
class MaskPageTest {
    private static final Path PAGE = Path.of("docs/masking.md");
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @Test
    void groupsMatchTheCode() throws IOException {
        String table = PrintedTable.of(
                List.of("group", "masks"),
                Arrays.stream(MaskGroup.values()).map(group -> List.of(code(group.word()), group.meaning())));

        PrintedTable.assertInStep(PAGE, "groups", table, MaskPageTest.class);
    }

    @Test
    void maskedOperationsMatchTheCode() throws IOException {
        MaskRules all = MaskRules.of(EnumSet.allOf(MaskGroup.class), CATALOGUE);
        Map<String, List<String>> ids = new LinkedHashMap<>();
        CATALOGUE.operations().stream()
                .filter(operation -> !all.groups(operation).isEmpty())
                .forEach(operation -> ids.computeIfAbsent(
                                all.groups(operation).stream()
                                        .map(group -> code(group.word()))
                                        .collect(Collectors.joining(" ")),
                                groups -> new ArrayList<>())
                        .add(operation.id()));
        String table = PrintedTable.of(
                List.of("groups", "in the responses of"),
                ids.entrySet().stream().map(entry -> List.of(entry.getKey(), codes(entry.getValue()))));

        PrintedTable.assertInStep(PAGE, "operations", table, MaskPageTest.class);
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

    @Test
    void operationsWithACheckOfTheBodyMatchTheCode() throws IOException {
        PrintedTable.assertInStep(
                PAGE,
                "judged",
                codes(new TreeSet<>(
                                OperationRules.ids(rules -> rules.traits().contains(OperationRules.Trait.REBUILDS))))
                        + ".\n",
                MaskPageTest.class);
    }

    private static String codes(Collection<String> ids) {
        return ids.stream().map(PrintedTable::code).collect(Collectors.joining(" "));
    }

    @Test
    void theMarkerIsOnThePage() throws IOException {
        assertThat(Files.readString(PAGE)).contains(Marker.TEXT);
    }
}
