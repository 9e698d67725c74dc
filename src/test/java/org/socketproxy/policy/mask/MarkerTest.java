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
                "{\"IPAddress\":\"0.109.115.107\"}",
                "{\"Subnet\":\"0.109.115.107/32\"}",
                "{\"Ip\":\"\\u0030.109.115.107:2377\"}",
                "{\"IPv6\":\"100::6d:736b\"}",
                "{\"IPv6\":\"100::6D:736B/128\"}",
                "{\"IPv6\":\"100:0:0:0:0:0:6d:736b\"}",
                "{\"IPv6\":\"0100:0000:0000:0000:0000:0000:006d:736b\"}",
                "{\"MacAddress\":\"02:6d:61:73:6b:00\"}",
                "{\"MacAddress\":\"02-6D-61-73-6B-00\"}",
                "{\"MacAddress\":\"026d.6173.6b00\"}",
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
                "{\"IPAddress\":\"10.109.115.107\"}",
                "{\"Version\":\"1.0.109.115.107\"}",
                "{\"IPAddress\":\"0.109.115.1074\"}",
                "{\"IPv6\":\"2100::6d:736b\"}",
                "{\"IPv6\":\"100::6d:736b:1\"}",
                "{\"Id\":\"026d61736b00\"}",
                "{\"Env\":[\"A=**masked-by-socket-proxy***\"]}",
                "{\"Env\":[\"A=\\\\u002a**masked-by-socket-proxy***\"]}",
                "{\"Env\":[\"A=***masked\",\"-by-socket-proxy***\"]}",
            })
    void notFound(String body) {
        assertThat(isIn(body)).isFalse();
    }
}
