package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.mask.MaskSelection;

/** Texts about a mask, and the denial of bodies with a masked value. */
class MaskNotesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final MaskRules SOME =
            MaskRules.of(MaskSelection.of(EnumSet.of(MaskGroup.PATHS, MaskGroup.ENV)), CATALOGUE);

    private static Profile profile(Set<String> variables, MaskRules mask) {
        return Profile.of(
                        ProfileOrigin.ENVIRONMENT,
                        Policy.of(CATALOGUE, ParameterRules.load(), variables, Compatibility.LINUXSERVER))
                .mask(mask, 1 << 20)
                .build();
    }

    @Test
    void groupsAreInTheirOrder() {
        assertThat(SOME.selection().assignment()).isEqualTo("MASK=env,paths");
        assertThat(MaskSelection.of(Set.of(MaskGroup.PATHS, MaskGroup.ARGS)).words())
                .containsExactly("args", "paths");
        assertThat(SOME.groups()).containsExactly(MaskGroup.ENV, MaskGroup.PATHS);
        assertThat(MaskRules.NONE.selection().assignment()).isEmpty();
        assertThat(MaskRules.NONE.groups()).isEmpty();
    }

    @Test
    void allowedResponsesThatCannotBeMaskedAreNoted() {
        assertThat(notes(profile(Set.of("CONTAINERS", "ALLOW_LOGS", "ALLOW_EXPORT"), SOME)))
                .containsExactly("MASK cannot mask the responses of ContainerLogs, ContainerExport, which are allowed"
                        + " (docs/masking.md)");
        assertThat(notes(profile(Set.of("PING"), SOME))).isEmpty();
        assertThat(notes(profile(Set.of("CONTAINERS", "ALLOW_LOGS"), MaskRules.NONE)))
                .isEmpty();
    }

    private static List<String> notes(Profile profile) {
        return profile.mask().notes(CATALOGUE, profile::allows);
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerCreate, 1, masked-value",
        "ContainerCreate, 2, create-unknown",
        "ContainerStop,   1, not judged",
    })
    void aBodyWithAMaskedValueIsDenied(String id, String value, String reason) {
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        Decision allowed = new Decision(Reason.SECTION, operation, true, List.of("POST"), List.of());
        BodyJudge next = (decision, body) -> Decision.denied(Reason.CREATE_UNKNOWN, operation, true);
        String text = "{\"Env\":[\"A=" + (value.equals("1") ? Marker.TEXT : "b") + "\"]}";
        @Nullable BodyJudge judge = profile(Set.of(), SOME).bodyJudge(operation);

        String code = judge == null
                ? "not judged"
                : new BodyRules.MaskedValueJudge(judge.maxBytes(), next)
                        .deny(allowed, JsonBody.of(StandardCharsets.UTF_8.encode(text)))
                        .reason()
                        .code();

        assertThat(code).isEqualTo(reason);
    }

    @Test
    void aBodyWithoutAMaskedValueIsAllowedWithoutAnotherJudge() {
        Operation create = CATALOGUE.byId("ContainerCreate").orElseThrow();
        BodyJudge judge = profile(Set.of(), SOME).bodyJudge(create);
        Decision allowed = new Decision(Reason.SECTION, create, true, List.of("POST"), List.of());

        assertThat(judge.maxBytes()).isEqualTo(1 << 20);
        assertThat(judge.deny(allowed, JsonBody.of(StandardCharsets.UTF_8.encode("{}"))))
                .isNull();
    }
}
