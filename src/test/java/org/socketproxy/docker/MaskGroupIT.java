package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.ProxyUnderTest;

/** Each group of {@code MASK} alone hides its values in all responses of a real dockerd, also in second places. */
@Tag("thorough")
class MaskGroupIT {
    /** The words that tell a value of the group. */
    private static final Map<String, List<String>> WORDS = Map.of(
            "env", List.of("pl4nt-env"),
            "args", List.of("pl4nt-args"),
            "options", List.of("pl4nt-options"),
            "paths", List.of("pl4nt-paths"),
            "tokens", List.of("SWMTKN-", "SWMKEY-", "cGw0bnQK"),
            "topology",
                    List.of(
                            "10.213.7.",
                            "0a:d5:07:09",
                            "BEGIN CERTIFICATE",
                            "SecretName\":\"planted-secret",
                            "ConfigName\":\"planted-config"));

    @TempDir
    static Path folder;

    @Test
    void aGroupHidesItsValuesInAllResponses() throws Exception {
        try (PlantedSecrets planted = PlantedSecrets.start(folder);
                ProxyUnderTest plain = ProxyUnderTest.before(planted.host(), Map.of())) {
            String all = String.join("", MaskIT.sweep(planted, plain, "").values());
            for (Map.Entry<String, List<String>> group : WORDS.entrySet()) {
                assertThat(all).contains(group.getValue());
                List<String> shown = new ArrayList<>();
                try (ProxyUnderTest proxy = ProxyUnderTest.before(planted.host(), Map.of("MASK", group.getKey()))) {
                    MaskIT.sweep(planted, proxy, "")
                            .forEach((id, body) -> group.getValue().stream()
                                    .filter(body::contains)
                                    .forEach(word -> shown.add(id + " shows " + around(body, word))));
                }
                assertThat(shown).as("MASK=" + group.getKey()).isEmpty();
            }
        }
    }

    static String around(String body, String word) {
        int at = body.indexOf(word);
        return body.substring(Math.max(at - 80, 0), at + word.length());
    }
}
