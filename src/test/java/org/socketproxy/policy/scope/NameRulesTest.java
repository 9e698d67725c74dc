package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.build.BuildRules.ImageLabels;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/** Names that a confined client may give, and the end of the sentence for any other name. */
class NameRulesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    /**
     * The rules of a profile beside one with {@code containers:name:ci-prod-*}.
     *
     * @param own {@code containers} with {@code name:ci-*}, {@code images} with {@code reference:local/**}, {@code labels}
     *     of images, or {@code none}
     */
    private static Scope rules(String own) {
        Map<ObjectKind, ScopeSelector> selectors = new HashMap<>();
        switch (own) {
            case "containers" -> selectors.put(ObjectKind.CONTAINER, names("ci-*"));
            case "images" ->
                selectors.put(
                        ObjectKind.IMAGE, new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of("local/**"))));
            case "labels" ->
                selectors.put(
                        ObjectKind.IMAGE,
                        new ScopeSelector(Map.of("owner", "ci"), List.of(), new ImageRules(List.of())));
            default -> selectors.put(ObjectKind.NETWORK, names("ci-*"));
        }
        Scope rules = new Scope(List.of(), selectors);
        Scope other = new Scope(List.of(), Map.of(ObjectKind.CONTAINER, names("ci-prod-*")));
        return rules.amid(List.of(rules, other));
    }

    private static ScopeSelector names(String pattern) {
        return new ScopeSelector(Map.of(), List.of(new Glob(pattern)), new ImageRules(List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "containers | POST /containers/a/rename?name=ci-2               | -",
                "containers | POST /containers/a/rename?name=/ci-2              | -",
                "containers | POST /containers/a/rename?name=ci-prod-1          | -",
                "none       | POST /containers/a/rename?name=ci-prod-1          | needs a name that no other profile selects",
                "containers | POST /containers/a/rename?name=x                  | needs a name that TARGETS selects",
                "containers | POST /containers/a/rename                         | needs a name that TARGETS selects",
                "containers | POST /containers/a/rename?Name=ci-2               | needs the parameter name once, in lower case",
                "containers | POST /containers/a/rename?name=ci-2&name=ci-3     | needs the parameter name once, in lower case",
                "none       | POST /containers/a/rename?name=ci-2               | needs a name that TARGETS selects",
                "containers | POST /containers/a/stop                           | -",
                "images     | POST /images/a/tag?repo=local/a&tag=1             | -",
                "images     | POST /images/a/tag?repo=local/a                   | -",
                "images     | POST /images/a/tag?repo=other/a&tag=1             | needs a name that an element images:reference: of TARGETS selects",
                "images     | POST /images/a/tag?repo=local/a&repo=local/b      | needs exactly one name",
                "images     | POST /images/a/tag?repo=local/a&tag=1&tag=2       | needs exactly one name",
                "images     | POST /images/a/tag                                | needs exactly one name",
                "labels     | POST /images/a/tag?repo=local/a                   | needs a name that an element images:reference: of TARGETS selects",
                "none       | POST /images/a/tag?repo=local/a                   | needs a name that an element images:reference: of TARGETS selects",
                "images     | POST /images/create?fromImage=local/a&tag=1       | -",
                "images     | POST /images/create?fromImage=local/a:1           | -",
                "images     | POST /images/create?fromImage=local/a@sha256:0000000000000000000000000000000000000000000000000000000000000000 | -",
                "images     | POST /images/create?fromImage=local/a&tag=sha256:0000000000000000000000000000000000000000000000000000000000000000 | -",
                "images     | POST /images/create?fromImage=local/a             | needs a name with its tag that an element images:reference: of TARGETS selects",
                "images     | POST /images/create?fromImage=other/a&tag=1       | needs a name with its tag that an element images:reference: of TARGETS selects",
                "images     | POST /images/create?fromSrc=-                     | needs exactly one name",
                "images     | POST /images/create?fromImage=local/a&tag=1&fromSrc=- | needs exactly one name",
                "images     | POST /images/create?fromImage=local/a&tag=1&repo=b    | needs exactly one name",
                "images     | POST /images/create?fromImage=local/a&tag=1&tag=2     | needs exactly one name",
                "labels     | POST /images/create?fromImage=local/a&tag=1       | needs a name with its tag that an element images:reference: of TARGETS selects",
                "none       | POST /images/create?fromImage=local/a&tag=1       | needs a name with its tag that an element images:reference: of TARGETS selects",
                "images     | POST /build?t=local/a&t=local/b:1                 | -",
                "images     | POST /build?t=                                    | needs a name that an element images:reference: of TARGETS selects; name the image, as docker build -t NAME does",
                "images     | POST /build?t=local/a&t=other/b                   | needs a name that an element images:reference: of TARGETS selects",
                "images     | POST /build?t=dir:/etc/a                          | needs a name that an element images:reference: of TARGETS selects",
                "labels     | POST /build                                       | -",
                "labels     | POST /build?t=local/a                             | needs a name that an element images:reference: of TARGETS selects",
                "none       | POST /build                                       | is not possible: TARGETS selects no images",
                "images     | POST /commit?container=a&repo=local/a&tag=1       | -",
                "images     | POST /commit?container=a                          | needs exactly one name",
                "images     | POST /commit?container=a&repo=other/a             | needs a name that an element images:reference: of TARGETS selects",
                "images     | POST /commit?repo=local/a                         | needs exactly one container",
                "images     | POST /commit?container=a&container=b&repo=local/a | needs exactly one container",
                "images     | POST /commit?container=a&repo=local/a&changes=LABEL%20a=b | takes no changes, because they can set labels",
                "images     | POST /commit?container=a&repo=local/a&changes=    | -",
                "labels     | POST /commit?container=a                          | -",
                "labels     | POST /commit?container=a&repo=&tag=               | -",
                "labels     | POST /commit?container=a&repo=local/a             | needs a name that an element images:reference: of TARGETS selects",
                "labels     | POST /commit?container=a&tag=1                    | needs exactly one name",
                "none       | POST /commit?container=a                          | is not possible: TARGETS selects no images",
                "images     | POST /images/b/x/push?tag=1                         | -",
                "images     | POST /images/b/x/push                               | needs a name without a tag, and the tag as the only parameter",
                "images     | POST /images/b/x/push?tag=                          | needs a name without a tag, and the tag as the only parameter",
                "images     | POST /images/b/x/push?TAG=1                         | needs a name without a tag, and the tag as the only parameter",
                "images     | POST /images/b/x/push?tag=1&tag=2                   | needs a name without a tag, and the tag as the only parameter",
                "images     | POST /images/b/x/push?tag=1&authconfig=e30%3D       | -",
                "images     | POST /images/b/x/push?authconfig=e30%3D             | needs a name without a tag, and the tag as the only parameter",
                "images     | POST /images/b/x/push?tag=1&x=2                     | needs a name without a tag, and the tag as the only parameter",
                "images     | POST /images/b/x:1/push?tag=1                       | needs a name without a tag, and the tag as the only parameter",
                "images     | GET /images/a:1/get                               | -",
                "images     | GET /images/0000000000000000000000000000000000000000000000000000000000000000/get | -",
                "images     | GET /images/sha256:0000000000000000000000000000000000000000000000000000000000000000/get | -",
                "images     | GET /images/app/get                               | needs one image: a name with its tag, or a full id",
                "images     | GET /images/a/get                                 | needs one image: a name with its tag, or a full id",
                "images     | GET /images/0000000000000000/get                  | needs one image: a name with its tag, or a full id",
            })
    void nameIsOneThatTheProfileSelects(String own, String request, String fault) throws Exception {
        RequestTarget target = RequestTarget.parse(request.split(" ")[1]);
        Operation operation = CATALOGUE.find(request.split(" ")[0], target).orElseThrow();

        assertThat(NameRules.fault(rules(own), operation, target)).isEqualTo(fault);
    }

    /** The names of a build are separated by blanks; {@code ~} is an image without a name. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            images | local/a local/b:1 | -
            images | local/a other/b   | needs a name that an element images:reference: of TARGETS selects
            images | ~                 | needs a name that an element images:reference: of TARGETS selects; name the image, as docker build -t NAME does
            images | -                 | -
            labels | ~                 | -
            labels | a                 | needs a name that an element images:reference: of TARGETS selects
            none   | a                 | is not possible: TARGETS selects no images
            none   | -                 | -
            """)
    void namesOfABuildMustBeSelected(String own, String names, String fault) {
        List<String> given = names == null
                ? List.of()
                : Stream.of(names.split(" ")).map(name -> name.replace("~", "")).toList();

        assertThat(NameRules.builtFault(rules(own), given)).isEqualTo(fault);
    }

    @Test
    void labelsOfABuildAreThoseOfTheProfile() {
        Scope other = new Scope(
                List.of(),
                Map.of(
                        ObjectKind.IMAGE,
                        new ScopeSelector(Map.of("team", "dev"), List.of(), new ImageRules(List.of()))));
        ImageLabels labels = rules("labels").amid(List.of(other)).imageLabels();

        assertThat(labels.forced()).isEqualTo(Map.of("owner", "ci"));
        assertThat(labels.blanked()).containsExactly("team");
        assertThat(labels.isReserved().test("team", "dev")).isTrue();
        assertThat(labels.isReserved().test("team", "ci")).isFalse();
    }
}
