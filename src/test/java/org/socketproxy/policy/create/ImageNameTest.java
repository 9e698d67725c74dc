package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** References of images in full, and as the daemon prints them. */
class ImageNameTest {
    private static final String DIGEST = "sha256:" + "0".repeat(64);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // reference                   | name                        | tag | digest | as printed
                "nginx                         | docker.io/library/nginx     | ~~  | ~~     | nginx:latest",
                "nginx:1                       | docker.io/library/nginx     | 1   | ~~     | nginx:1",
                "nginx@DIGEST                  | docker.io/library/nginx     | ~~  | DIGEST | nginx@DIGEST",
                "nginx:1@DIGEST                | docker.io/library/nginx     | 1   | DIGEST | nginx:1@DIGEST",
                "user/app                      | docker.io/user/app          | ~~  | ~~     | user/app:latest",
                "docker.io/nginx               | docker.io/library/nginx     | ~~  | ~~     | nginx:latest",
                "docker.io/library/nginx:1     | docker.io/library/nginx     | 1   | ~~     | nginx:1",
                "index.docker.io/user/app      | docker.io/user/app          | ~~  | ~~     | user/app:latest",
                "localhost/app                 | localhost/app               | ~~  | ~~     | localhost/app:latest",
                "registry:5000/library/app:1   | registry:5000/library/app   | 1   | ~~     | registry:5000/library/app:1",
                "registry.local/app            | registry.local/app          | ~~  | ~~     | registry.local/app:latest",
                "Registry/app                  | Registry/app                | ~~  | ~~     | Registry/app:latest",
                "A/app                         | A/app                       | ~~  | ~~     | A/app:latest",
                "Z/app                         | Z/app                       | ~~  | ~~     | Z/app:latest",
                "a:/b                          | a:/b                        | ~~  | ~~     | a:/b:latest",
                "registry/app                  | docker.io/registry/app      | ~~  | ~~     | registry/app:latest",
                ".x/app                        | .x/app                      | ~~  | ~~     | .x/app:latest",
                ":5/app                        | :5/app                      | ~~  | ~~     | :5/app:latest",
                "/app                          | docker.io//app              | ~~  | ~~     | /app:latest",
                "docker.io//app                | docker.io//app              | ~~  | ~~     | /app:latest",
                "docker.io/**                  | docker.io/**                | ~~  | ~~     | **:latest",
                "**/app                        | **/app                      | ~~  | ~~     | **/app:latest",
                ":1                            | docker.io/library/          | 1   | ~~     | :1",
                "@DIGEST                       | docker.io/library/          | ~~  | DIGEST | @DIGEST",
            })
    void parts(String reference, String name, String tag, String digest, String printed) {
        ImageName image = ImageName.split(reference.replace("DIGEST", DIGEST));

        assertThat(image).isEqualTo(new ImageName(name, tag, digest.replace("DIGEST", DIGEST)));
        assertThat(image.familiar()).isEqualTo(printed.replace("DIGEST", DIGEST));
        assertThat(image.isNameOnly()).isEqualTo(printed.endsWith(":latest"));
        assertThat(image.effectiveTag()).isEqualTo(printed.endsWith(":latest") ? "latest" : tag);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nginx",
                "nginx:1",
                "user/app",
                "registry:5000/a/b",
                "[::1]:5000/a",
                "a@sha256:00",
                "a__b",
                "a-b.c",
                "g",
                "abcg:ab"
            })
    void aNameIsParsed(String reference) {
        assertThat(ImageName.parse(reference)).hasValue(ImageName.split(reference));
    }

    /** The daemon reads hexadecimal digits as the beginning of an id, if an image has it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "abc",
                "0123",
                "sha256:abc",
                "sha256",
                "Nginx",
                "/nginx",
                "nginx/",
                "a//b",
                "a:b:c",
                "nginx:",
                "nginx@",
                "a b",
                "../a"
            })
    void anythingElseIsNone(String reference) {
        assertThat(ImageName.parse(reference)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "nginx,            false",
        "user/app,         false",
        "/app,             false",
        "localhost/app,    true",
        "docker.io/app,    true",
        "registry:5000/a,  true",
        "registry.local/a, true",
    })
    void referenceWithARegistry(String reference, boolean hasRegistry) {
        assertThat(ImageName.hasRegistry(reference)).isEqualTo(hasRegistry);
    }
}
