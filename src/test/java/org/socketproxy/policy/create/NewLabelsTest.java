package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

/** {@code CREATE_LABELS}. */
class NewLabelsTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @Test
    void pairsAreRead() {
        assertThat(NewLabels.parse("owner=ci, a.b/c-d_e=x = y"))
                .contains(new NewLabels(Map.of("owner", "ci", "a.b/c-d_e", "x = y")));
        assertThat(NewLabels.parse("owner=")).contains(new NewLabels(Map.of("owner", "")));
        assertThat(NewLabels.parse("")).contains(NewLabels.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "owner",
                "=ci",
                "owner=ci,",
                "owner=ci,owner=cd",
                "-a=b",
                "a b=c",
                "a=\u0001",
                "a=\u00e9",
                "a=b\nc=d"
            })
    void otherTextIsRefused(String text) {
        assertThat(NewLabels.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ContainerCreate | {\"Image\":\"a\"} | {\"Image\":\"a\",\"Labels\":{\"owner\":\"ci\"}}",
                "ContainerCreate | {\"Labels\":{\"owner\":\"me\",\"x\":\"y\"}} | {\"Labels\":{\"owner\":\"ci\",\"x\":\"y\"}}",
                "ContainerCreate | {\"Labels\":null} | {\"Labels\":{\"owner\":\"ci\"}}",
                "NetworkCreate | {\"Name\":\"a\"} | {\"Name\":\"a\",\"Labels\":{\"owner\":\"ci\"}}",
                "VolumeCreate | {} | {\"Labels\":{\"owner\":\"ci\"}}",
                "VolumeCreate | null | {\"Labels\":{\"owner\":\"ci\"}}",
                "VolumeCreate | `` | {\"Labels\":{\"owner\":\"ci\"}}",
                "SecretUpdate | {\"Labels\":{}} | {\"Labels\":{\"owner\":\"ci\"}}",
                "ServiceCreate | {\"Name\":\"a\"} | {\"Name\":\"a\",\"Labels\":{\"owner\":\"ci\"},\"TaskTemplate\":{\"ContainerSpec\":{\"Labels\":{\"owner\":\"ci\"}}}}",
                "ContainerCreateLibpod | {\"labels\":{\"owner\":\"me\"}} | {\"labels\":{\"owner\":\"ci\"}}",
                "PodCreateLibpod | {\"name\":\"a\"} | {\"name\":\"a\",\"labels\":{\"owner\":\"ci\"}}",
                "NetworkCreateLibpod | {} | {\"labels\":{\"owner\":\"ci\"}}",
                "VolumeCreateLibpod | {\"Label\":{\"owner\":\"me\"}} | {\"Label\":{\"owner\":\"me\"},\"Labels\":{\"owner\":\"ci\"}}",
                "ContainerExec | {\"Cmd\":[\"id\"]} | {\"Cmd\":[\"id\"]}",
                "ContainerUpdate | {} | {}",
                "ContainerCreate | [] | []",
                "ContainerCreate | {\"Labels\":{},\"Labels\":{}} | {\"Labels\":{},\"Labels\":{}}",
            })
    void newObjectGetsTheLabels(String operation, String body, String expected) {
        JsonBody labelled = new BodyEdits(
                        new NewLabels(Map.of("owner", "ci")), ClientLabels.NONE, false, 0, false, null)
                .write(CATALOGUE.byId(operation).orElseThrow(), JsonBody.of(bytes(body)));

        assertThat(StandardCharsets.UTF_8.decode(labelled.bytes()).toString()).isEqualTo(expected);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
