package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;

/** Images that {@code CREATE_IMAGES} allows, also with a tag of its own in the query. */
class ImageRulesTest {
    private static final String DIGEST = "sha256:" + "0".repeat(64);
    private static final ImageRules RULES =
            new ImageRules(List.of("nginx:1.*", "registry:5000/team/*", "app:latest", "any"));

    @ParameterizedTest
    @CsvSource({
        "nginx:1.25,                       true",
        "docker.io/library/nginx:1.25,     true",
        "nginx:2,                          false",
        "nginx,                            false",
        "nginx@DIGEST,                     false",
        "nginx:1.25@DIGEST,                false",
        "app,                              true",
        "app:latest,                       true",
        "app:2,                            false",
        "any:2,                            true",
        "any@DIGEST,                       true",
        "registry:5000/team/app:1,         true",
        "registry:5000/team/sub/app,       false",
        "team/app,                         false",
        "DIGEST,                           false",
        "'',                               false",
        "Nginx,                            false",
    })
    void allowedReferences(String reference, boolean isAllowed) {
        assertThat(RULES.allows(reference.replace("DIGEST", DIGEST))).isEqualTo(isAllowed);
    }

    @Test
    void withoutPatternsEveryImageIsAllowed() {
        assertThat(ImageRules.ALL.isLimited()).isFalse();
        assertThat(ImageRules.ALL.allows("anything")).isTrue();
        assertThat(ImageRules.ALL.allows("")).isTrue();
        assertThat(RULES.isLimited()).isTrue();
        assertThat(RULES.texts()).containsExactly("nginx:1.*", "registry:5000/team/*", "app:latest", "any");
    }

    /** Each row: the parameters {@code fromImage} and {@code tag} of a pull. */
    @ParameterizedTest
    @CsvSource({
        "nginx,                    1.25,   true",
        "nginx,                    2,      false",
        "nginx:1.25,               '',     true",
        "nginx:1.25,               2,      false",
        "nginx:2,                  1.25,   true",
        "nginx:1.25@DIGEST,        1.26,   false",
        "nginx@DIGEST,             2,      false",
        "any@DIGEST,               2,      true",
        "nginx,                    DIGEST, false",
        "any,                      DIGEST, true",
        "registry:5000/team/app,   1,      true",
        "registry:5000/other/app,  1,      false",
        "DIGEST,                   1,      false",
        "app,                      '',     true",
    })
    void aTagReplacesThatOfTheName(String image, String tag, boolean isAllowed) throws Exception {
        CreateRules rules = new CreateRules(CreateAllowances.NONE, BindRules.NONE, RULES, Set.of(), 1 << 20);
        Operation pull = OperationCatalogue.load().byId("ImageCreate").orElseThrow();
        RequestTarget target =
                RequestTarget.parse("/images/create?fromImage=" + escaped(image) + "&tag=" + escaped(tag));

        assertThat(rules.judgeHead(pull, target, List.of(), List.of(), false).isEmpty())
                .isEqualTo(isAllowed);
    }

    @ParameterizedTest
    @CsvSource({"app, true", "app:2, false", "other, false", "'', true"})
    void aMountedImageIsOneOfThem(String image, boolean isAllowed) {
        CreateRules rules = new CreateRules(CreateAllowances.NONE, BindRules.NONE, RULES, Set.of(), 1 << 20);
        String body = "{\"Image\":\"app\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"image\",\"Source\":\"" + image
                + "\",\"Target\":\"/x\"}]}}";

        assertThat(rules.judgeBody(
                                OperationCatalogue.load()
                                        .byId("ContainerCreate")
                                        .orElseThrow(),
                                JsonBody.of(StandardCharsets.UTF_8.encode(body)))
                        .isEmpty())
                .isEqualTo(isAllowed);
    }

    private static String escaped(String value) {
        return URLEncoder.encode(value.replace("DIGEST", DIGEST), StandardCharsets.UTF_8);
    }
}
