package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.mask.MaskRules.SecretPath;

/** Each path of {@code secrets.tsv} in a generated response: what is masked, and that all other bytes remain. */
class MaskRulesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final List<SecretPath> TABLE = SecretPath.load();

    static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow(() -> new AssertionError(id + " is not in the catalogue"));
    }

    static Stream<String> operations() {
        return TABLE.stream().map(SecretPath::operation).distinct();
    }

    static Stream<Arguments> groups() {
        return operations()
                .flatMap(id -> Arrays.stream(MaskGroup.values())
                        .filter(group -> TABLE.stream()
                                .anyMatch(path -> path.operation().equals(id)
                                        && path.groups().contains(group)))
                        .map(group -> Arguments.of(id, EnumSet.of(group))));
    }

    static Stream<Arguments> allGroups() {
        return operations().map(id -> Arguments.of(id, EnumSet.allOf(MaskGroup.class)));
    }

    private static SecretDocument document(String id) {
        List<SecretPath> paths =
                TABLE.stream().filter(path -> path.operation().equals(id)).toList();
        return SecretDocument.of(paths, MaskRules.Shape.of(operation(id), paths) == MaskRules.Shape.STREAM);
    }

    /** Masks a response whose bytes arrive in chunks of a size. */
    static String mask(Set<MaskGroup> groups, String id, String response, int chunkBytes) throws ElementException {
        return mask(MaskRules.of(MaskSelection.of(groups), CATALOGUE), id, response, chunkBytes);
    }

    static String mask(MaskRules rules, String id, String response, int chunkBytes) throws ElementException {
        JsonElements elements = rules.elements(operation(id));
        byte[] bytes = response.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream masked = new ByteArrayOutputStream();
        for (int i = 0; i < bytes.length; i += chunkBytes) {
            ByteBuffer chunk = ByteBuffer.wrap(bytes, i, Math.min(chunkBytes, bytes.length - i));
            elements.accept(chunk, out -> {
                byte[] piece = new byte[out.remaining()];
                out.get(piece);
                masked.writeBytes(piece);
            });
        }
        elements.end();
        return masked.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource({"groups", "allGroups"})
    void valuesOfTheGroupsAreMaskedAndOtherBytesRemain(String id, Set<MaskGroup> groups) throws ElementException {
        SecretDocument document = document(id);
        String expected = document.masked(groups);

        for (int chunkBytes : new int[] {1 << 20, 7, 1}) {
            assertThat(mask(groups, id, document.plain(), chunkBytes)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void withAllGroupsNoSecretRemains(String id) throws ElementException {
        assertThat(document(id).plain()).contains("pl4nt");
        assertThat(mask(EnumSet.allOf(MaskGroup.class), id, document(id).plain(), 1 << 20))
                .doesNotContain("pl4nt");
    }

    @ParameterizedTest
    @MethodSource("operations")
    void maskingAMaskedResponseChangesNothing(String id) throws ElementException {
        String masked = document(id).masked(EnumSet.allOf(MaskGroup.class));

        assertThat(mask(EnumSet.allOf(MaskGroup.class), id, masked, 1 << 20)).isEqualTo(masked);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void anOperationNamesTheGroupsOfItsPaths(String id) {
        EnumSet<MaskGroup> groups = EnumSet.noneOf(MaskGroup.class);
        TABLE.stream().filter(path -> path.operation().equals(id)).forEach(path -> groups.addAll(path.groups()));

        assertThat(MaskRules.of(MaskSelection.of(EnumSet.allOf(MaskGroup.class)), CATALOGUE)
                        .groups(operation(id)))
                .isEqualTo(groups);
    }

    @Test
    void aLongListNeedsLittleMemory() throws ElementException {
        String container = "{\"Command\":\"" + "x".repeat(1300) + "\"}";
        byte[] list = ("[" + (container + ",").repeat(999) + container + "]").getBytes(StandardCharsets.UTF_8);
        JsonElements elements = MaskRules.of(MaskSelection.of(EnumSet.allOf(MaskGroup.class)), CATALOGUE)
                .elements(operation("ContainerList"));
        int most = 0;
        for (int i = 0; i < list.length; i += 32 << 10) {
            int[] emitted = {0};
            ByteBuffer chunk = ByteBuffer.wrap(list, i, Math.min(32 << 10, list.length - i));
            elements.accept(chunk, out -> emitted[0] += out.remaining());
            most = Math.max(most, elements.heldBytes() + emitted[0]);
        }

        assertThat(most).isPositive().isLessThan(64 << 10);
    }

    @Test
    void withoutGroupsNothingIsMasked() {
        MaskRules rules = MaskRules.of(MaskSelection.of(Set.of()), CATALOGUE);

        assertThat(CATALOGUE.operations()).allSatisfy(operation -> {
            assertThat(rules.elements(operation)).isNull();
            assertThat(rules.groups(operation)).isEmpty();
        });
    }

    @Test
    void anOperationWithoutValuesOfTheGroupsPasses() {
        MaskRules rules = MaskRules.of(MaskSelection.of(EnumSet.of(MaskGroup.ENV)), CATALOGUE);

        assertThat(rules.groups()).containsExactly(MaskGroup.ENV);
        assertThat(rules.elements(operation("ContainerList"))).isNull();
        assertThat(rules.elements(operation("ContainerInspect"))).isNotNull();
    }

    @Test
    void listedOperationsExist() {
        assertThat(OperationRules.ids(rules -> !rules.unmaskable().isEmpty()))
                .contains("ContainerLogs", "ImageGet")
                .allMatch(id -> CATALOGUE.byId(id).isPresent());
        assertThat(OperationRules.ids(rules -> rules.traits().contains(OperationRules.Trait.REBUILDS)))
                .contains("ContainerCreate", "PodCreateLibpod")
                .allMatch(id -> CATALOGUE.byId(id).isPresent());
    }
}
