package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of the volumes in place of binds. */
class BindVolumeTest {
    @ParameterizedTest
    @CsvSource({
        "/srv, '', socket-proxy-bind_srv",
        "/srv, a/b, socket-proxy-bind_srv--a_b",
        "/srv, a, socket-proxy-bind_srv--a",
        "/srv/a, '', socket-proxy-bind_srv_a",
        "/s_v/a-b, A.1, socket-proxy-bind_s-5fv_a-2db--A.1",
        "/s v, 50%é, socket-proxy-bind_s-20v--50-25-c3-a9",
    })
    void nameHasThePath(String root, String below, String name) {
        BindVolume volume = new BindVolume(root, below);

        assertThat(volume.name()).isEqualTo(name);
        assertThat(BindVolume.named(name)).contains(volume);
        assertThat(MountChecks.VOLUME_NAME.matcher(name).matches()).isTrue();
    }

    @Test
    void namesOfDifferentPathsDiffer() {
        Random random = new Random(7);
        Set<BindVolume> volumes = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            volumes.add(new BindVolume("/" + path(random), random.nextInt(3) == 0 ? "" : path(random)));
        }

        assertThat(volumes.stream().map(BindVolume::name).distinct()).hasSize(volumes.size());
        assertThat(volumes)
                .allSatisfy(
                        volume -> assertThat(BindVolume.named(volume.name())).contains(volume));
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            path.append(List.of("a", "-", "_", "2d", "/x", "-2d", "é", " ", ".", "--")
                    .get(random.nextInt(10)));
        }
        return path.toString();
    }

    @Test
    void longPathIsNotInTheName() {
        BindVolume volume = new BindVolume("/srv", "a/".repeat(150) + "a");

        assertThat(volume.name()).isEqualTo("socket-proxy-bind_srv");
        assertThat(BindVolume.isNameable("/srv")).isTrue();
        assertThat(BindVolume.isNameable("/" + "-".repeat(100))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "socket-proxy-bind_srv, true",
        "SOCKET-PROXY-BIND, true",
        "socket-proxy-bindings, true",
        "socket-proxy, false",
        "my-socket-proxy-bind_srv, false",
        "'', false",
    })
    void reservedNames(String name, boolean isReserved) {
        assertThat(BindVolume.isReserved(name)).isEqualTo(isReserved);
    }
}
