package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.create.ImageRules;

/** Names in requests of Podman's own API, and the end of the sentence for a name that the client may not give. */
class NewLibpodNamesTest {
    private static final ScopeSelector LABEL = new ScopeSelector(Map.of("owner", "ci"), List.of(), ImageRules.ALL);

    /** @param images {@code names}: {@code reference:docker.io/ci/*}; {@code label}: a label; {@code none}: no image */
    private static Scope rules(String images) {
        Map<ObjectKind, ScopeSelector> own = switch (images) {
            case "names" ->
                Map.of(
                        ObjectKind.SECRET,
                        LABEL,
                        ObjectKind.IMAGE,
                        new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("docker.io/ci/*"))));
            case "label" -> Map.of(ObjectKind.SECRET, LABEL, ObjectKind.IMAGE, LABEL);
            default -> Map.of(ObjectKind.SECRET, LABEL);
        };
        Scope rules = new Scope(List.of(), own);
        Scope other = new Scope(
                List.of(),
                Map.of(ObjectKind.SECRET, new ScopeSelector(Map.of("stage", "1"), List.of(), ImageRules.ALL)));
        return rules.amid(List.of(rules, other));
    }

    private static final String NEEDS_REGISTRY = "needs a name with its registry, such as docker.io/library/nginx";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "names | POST /libpod/secrets/create?name=s                         | -",
                "names | POST /libpod/secrets/create?name=0123456789ab              | needs a name that is not like an id",
                "names | POST /libpod/secrets/create?Name=0123456789ab              | needs the parameter name once, in lower case",
                "names | POST /libpod/secrets/create?name=s&name=0123456789ab       | needs the parameter name once, in lower case",
                "names | POST /libpod/secrets/create?name=s&labels=LABELS           | has a label by which another profile selects its objects",
                "names | POST /libpod/images/pull?reference=docker.io/ci/a:1        | -",
                "names | POST /libpod/images/pull?reference=docker.io/dev/a:1       | needs a name with its registry and tag that an element images:reference: of TARGETS selects",
                // the image is looked up
                "names | POST /libpod/images/pull?reference=docker.io/dev/a:1&policy=missing | -",
                "names | POST /libpod/images/x/tag?repo=docker.io/ci/a&tag=1        | -",
                "names | POST /libpod/images/x/tag?repo=ci/a&tag=1                  | NEEDS_REGISTRY",
                "names | POST /libpod/images/x/tag?repo=docker.io/dev/a&tag=1       | needs a name that an element images:reference: of TARGETS selects",
                "names | POST /libpod/images/x/untag?repo=docker.io/ci/a&tag=1      | -",
                "names | POST /libpod/images/x/untag                                | NEEDS_REGISTRY",
                "label | POST /libpod/images/x/untag                                | -",
                "none  | POST /libpod/images/x/untag                                | NEEDS_REGISTRY",
                "names | POST /libpod/containers/x/stop                             | -",
            })
    void nameIsOneThatTheProfileSelects(String images, String line, String fault) throws Exception {
        RequestTarget target = RequestTarget.parse(
                line.split(" ")[1].replace("LABELS", URLEncoder.encode("{\"stage\":\"1\"}", StandardCharsets.UTF_8)));
        Operation operation =
                OperationCatalogue.load().find(line.split(" ")[0], target).orElseThrow();

        assertThat(NameRules.fault(rules(images), operation, target))
                .isEqualTo(fault == null ? null : fault.replace("NEEDS_REGISTRY", NEEDS_REGISTRY));
    }
}
