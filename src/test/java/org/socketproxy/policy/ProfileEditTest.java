package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.mask.MaskSelection;

/** An edit of a profile keeps all parts that it does not change. */
class ProfileEditTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Policy POLICY =
            Policy.of(CATALOGUE, ParameterRules.load(), Set.of("CONTAINERS"), Compatibility.LINUXSERVER);

    /** A profile with another value than the default in each part. */
    private static Profile full() throws Exception {
        ProfileSettings given = Settings.read(
                        Map.of(
                                "CREATE", "safe",
                                "TARGETS", "label:owner=ci",
                                "EXEC_ALLOW", "sh",
                                "WRITE_TARGETS", "label:write=yes",
                                "API_VERSION", "auto"),
                        Variables.load())
                .policy()
                .otherwise();
        Policy policy = POLICY.withGranted(Set.of());
        ProfileParts parts = Profile.of(new ProfileOrigin("ci", "policy.yaml", Map.of()), policy)
                .create(given.create())
                .exec(given.exec())
                .targets(given.targets())
                .bodies(BodyRules.of(Map.of()))
                .mask(MaskRules.of(MaskSelection.of(EnumSet.of(MaskGroup.ENV)), CATALOGUE), 7)
                .learning(LearnMode.until(Instant.MAX))
                .transforms(ResponseTransform.Factory.NONE)
                .values(given.values())
                .writes(given.writes());
        for (Field part : ProfileParts.class.getDeclaredFields()) {
            part.setAccessible(true);
            if (part.getType() == boolean.class) {
                part.set(parts, true);
            }
        }
        return parts.build();
    }

    /** Returns the names of the parts in which two profiles differ. */
    private static List<String> differences(ProfileParts one, ProfileParts other) throws ReflectiveOperationException {
        List<String> names = new ArrayList<>();
        for (Field part : ProfileParts.class.getDeclaredFields()) {
            part.setAccessible(true);
            Object value = part.get(one);
            if (value == null ? part.get(other) != null : !value.equals(part.get(other))) {
                names.add(part.getName());
            }
        }
        return names;
    }

    @Test
    void testedProfileHasAnotherValueInEachPart() throws Exception {
        Profile plain = Profile.of(ProfileOrigin.ENVIRONMENT, POLICY).build();
        List<String> all = Arrays.stream(ProfileParts.class.getDeclaredFields())
                .map(Field::getName)
                .filter(name -> !name.startsWith("$"))
                .toList();

        assertThat(differences(full().edit(), plain.edit())).containsExactlyElementsOf(all);
    }

    @Test
    void editKeepsAllParts() throws Exception {
        Profile full = full();

        assertThat(differences(full.edit(), full.edit().build().edit())).isEmpty();
    }

    @Test
    void adviceChangesOnlyVariablesLearnModeAndBodies() throws Exception {
        Profile full = full();

        assertThat(differences(full.edit(), full.granting(Set.of("PING")).edit()))
                .containsExactlyInAnyOrder("policy", "create", "learning", "bodies");
    }

    @Test
    void profileDoesNotChangeWithItsParts() {
        ProfileParts parts = Profile.of(ProfileOrigin.ENVIRONMENT, POLICY);
        Profile built = parts.build();
        parts.with(Builds.KEY, Builds.TUNNEL);

        assertThat(built.get(Builds.KEY)).isEqualTo(Builds.JUDGED);
    }
}
