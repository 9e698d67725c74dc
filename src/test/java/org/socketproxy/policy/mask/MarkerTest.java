package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The marker is found in a body in every form in which the daemon reads it as the marker. */
class MarkerTest {
    private static boolean isIn(String body) {
        return Marker.isIn(ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Env\":[\"A=***masked-by-socket-proxy***\"]}",
                "{\"Env\":[\"A=\\u002a\\u002A*masked-by-socket-proxy***\"]}",
                "{\"Env\":[\"é\\\\\\\"***masked\\u002dby-socket-proxy***é\"]}",
                "{\"Env\":[\"***\\u006d\\u0061sked-by-socket-proxy**\\u002a\"],\"\\u12",
                "{\"***masked-by-socket-proxy***\":1}",
                "[\"A=***masked-by-socket-proxy***\"]trailing",
                "\\u002a**masked-by-socket-proxy***",
                "***masked-by-socket-proxy**\\u002a",
                "\\u***masked-by-socket-proxy***",
                "\\u00***masked-by-socket-proxy***",
                "{\"Data\":\"KioqbWFza2VkLWJ5LXNvY2tldC1wcm94eSoqKg==\"}",
                "{\"Data\":\"\\u004bioqbWFza2VkLWJ5LXNvY2tldC1wcm94eSoqKg==\"}",
            })
    void found(String body) {
        assertThat(isIn(body)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "\\",
                "\\u",
                "\\u00",
                "\\uzzzz",
                "{\"Env\":[\"A=**masked-by-socket-proxy***\"]}",
                "{\"Env\":[\"A=\\\\u002a**masked-by-socket-proxy***\"]}",
                "{\"Env\":[\"A=***masked\",\"-by-socket-proxy***\"]}",
            })
    void notFound(String body) {
        assertThat(isIn(body)).isFalse();
    }
}
