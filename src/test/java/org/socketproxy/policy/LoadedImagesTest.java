package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;

/** Names of images in an archive, as the rules of a profile see them. */
class LoadedImagesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "CREATE_IMAGES=nginx            | ImageLoad       | other:1                     | -",
                "CREATE_IMAGES=nginx            | ImageLoad       | nginx:evil                  | which names an image that CREATE_IMAGES trusts",
                "CREATE_IMAGES=nginx            | ImageLoad       | docker.io/nginx:1           | which names an image that CREATE_IMAGES trusts",
                "CREATE_IMAGES=nginx            | ImageLoad       | index.docker.io/library/nginx:1 | which names an image that CREATE_IMAGES trusts",
                "CREATE_IMAGES=localhost/app    | ImageLoad       | app:1                       | which names an image that CREATE_IMAGES trusts",
                "CREATE_IMAGES=localhost/app    | ImageLoadLibpod | app:1                       | which names an image that CREATE_IMAGES trusts",
                "CREATE_IMAGES=nginx            | ImageLoad       | ''                          | -",
                "CREATE=safe                    | ImageLoad       | nginx:1                     | -",
                "CREATE=safe                    | ImageLoad       | deadbeef                    | which is not a plain name with a tag",
                "CREATE=safe                    | ImageLoad       | a@sha256:0123               | which is not a plain name with a tag",
                "CREATE=safe                    | ImageLoad       | A b                         | gives an image the name A\\u0020b, which is not a plain name with a tag",
                "CREATE=safe                    | ImageLoad       | ../x:1                      | which is not a plain name with a tag",
                "CREATE=safe                    | ImageLoad       | guarded:1                   | which an image has that PROTECT selects",
                "CREATE=safe                    | ImageLoad       | docker.io/library/guarded:1 | which an image has that PROTECT selects",
                "CREATE=safe                    | ImageLoad       | podmans                     | which an image has that PROTECT selects",
                "CREATE=safe                    | ImageLoad       | used:1                      | which is that of an image of this proxy",
                "TARGETS=images:reference:mine/* | ImageLoad      | mine/a:1                    | -",
                "TARGETS=images:reference:mine/* | ImageLoad      | other/a:1                   | and ImageLoad needs a name that an element images:reference: of TARGETS selects",
                "TARGETS=images:reference:mine/* | ImageLoad      | ''                          | has an image without a name, and ImageLoad needs a name",
                "TARGETS=images:reference:docker.io/mine/* | ImageLoadLibpod | mine/a:1           | and ImageLoadLibpod needs a name with its registry",
                "TARGETS=images:reference:docker.io/mine/* | ImageLoadLibpod | docker.io/mine/a:1 | -",
                "TARGETS=label:a=b              | ImageLoad       | mine/a:1                    | and ImageLoad needs a name",
            })
    void theNameIsJudged(String setting, String operation, String name, String problem) throws Exception {
        String[] words = setting.split("=", 2);
        Map<String, String> settings =
                new HashMap<>(Map.of("POST", "1", "IMAGES", "1", "LIBPOD_IMAGES", "1", "CREATE", "safe"));
        settings.put(words[0], words[1]);
        Profile profile = Settings.read(settings, Variables.load())
                .policy()
                .otherwise()
                .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
        Operation loading = CATALOGUE.byId(operation).orElseThrow();
        LoadedImages images =
                new LoadedImages(profile, loading, Set.of("guarded:1", "localhost/podmans:latest"), "used:1"::equals);

        if (problem == null) {
            assertThat(images.nameProblem(name)).isNull();
        } else {
            assertThat(images.nameProblem(name)).contains(problem);
        }
    }
}
