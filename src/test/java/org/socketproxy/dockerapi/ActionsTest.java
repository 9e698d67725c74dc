package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operations in words. */
class ActionsTest {
    @ParameterizedTest
    @CsvSource({
        "ContainerRestart, restart a container",
        "ImageListLibpod, list images",
        "ImageInspect, inspect an image",
        "ManifestInspectLibpod, inspect a manifest list",
        "Unknown, Unknown",
    })
    void operationIsAnInfinitive(String operation, String words) {
        assertThat(Actions.of(operation)).isEqualTo(words);
    }

    @Test
    void eachOperationOfTheCatalogueHasWords() {
        assertThat(OperationCatalogue.load().operations())
                .map(Operation::id)
                .allSatisfy(id ->
                        assertThat(Actions.of(id)).matches("[a-z]+ [A-Za-z' ]+").isNotEqualTo(id));
        assertThat(Actions.of(null)).isEmpty();
    }
}
