package org.socketproxy.policy.self;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** References that a daemon reads as one image have one form. */
class ImageReferencesTest {
    @ParameterizedTest
    @CsvSource({
        "nginx,                                  nginx:latest",
        "nginx:1,                                nginx:1",
        "NGINX:Tag,                              nginx:Tag",
        "library/nginx,                          nginx:latest",
        "docker.io/nginx,                        nginx:latest",
        "docker.io/library/nginx:latest,         nginx:latest",
        "index.docker.io/library/nginx,          nginx:latest",
        "localhost/nginx,                        nginx:latest",
        "docker.io/user/nginx,                   user/nginx:latest",
        "library/library/nginx,                  library/nginx:latest",
        "user/library/nginx,                     user/library/nginx:latest",
        "registry:5000/nginx,                    registry:5000/nginx:latest",
        "registry:5000/nginx:1,                  registry:5000/nginx:1",
        "localhost:5000/nginx,                   localhost:5000/nginx:latest",
        "nginx@sha256:dd,                        nginx@sha256:dd",
        "nginx:1@sha256:dd,                      nginx@sha256:dd",
        "docker.io/library/nginx:1@sha256:dd,    nginx@sha256:dd",
        "registry:5000/nginx@sha256:dd,          registry:5000/nginx@sha256:dd",
        "'',                                     :latest",
        "@sha256:dd,                             @sha256:dd",
        ":1,                                     :1",
        "a:/b,                                   a:/b:latest",
    })
    void form(String reference, String canonical) {
        assertThat(References.image(reference)).isEqualTo(canonical);
    }

    @Test
    void aRepositoryIsReadWithEachTagAndByItself() {
        assertThat(References.images(List.of("docker.io/a", "b:1"), List.of("2", "3")))
                .containsExactly("a:latest", "a:2", "a:3", "b:1", "b:2", "b:3");
        assertThat(References.images(List.of("a@sha256:dd"), List.of("2"))).containsExactly("a@sha256:dd", "a:2");
        assertThat(References.images(List.of(), List.of("2"))).isEmpty();
        assertThat(References.images(List.of("a"), List.of())).containsExactly("a:latest");
    }
}
