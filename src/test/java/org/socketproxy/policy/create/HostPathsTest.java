package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths of the host that every program reads in the same way, and those that no container gets. */
class HostPathsTest {
    @ParameterizedTest
    @ValueSource(strings = {"/", "/a", "/srv/data", "/a b", "/.a", "/a.", "/...", "/..a", "/é", "/~", "/a/b/c"})
    void clean(String path) {
        assertThat(HostPaths.isClean(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a/b",
                "./a",
                "//",
                "/a/",
                "//a",
                "/a//b",
                "/.",
                "/..",
                "/a/.",
                "/a/..",
                "/a/../b",
                "/./a",
                "/a:b",
                ":/a",
                "/a\\b",
                "/a\u0000",
                "/\u001f",
                "/a\u007f",
                "/a\nb",
                "\u0000/a"
            })
    void notClean(String path) {
        assertThat(HostPaths.isClean(path)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "/,                        true,  true",
        "/proc,                    true,  false",
        "/proc/1,                  true,  false",
        "/process,                 false, false",
        "/run,                     true,  false",
        "/run/docker.sock,         true,  false",
        "/var/run/docker.sock,     true,  false",
        "/var/run,                 true,  false",
        "/run/other,               false, false",
        "/var,                     true,  true",
        "/var/lib/docker/volumes,  true,  true",
        "/var/lib/other,           false, true",
        "/etc/passwd,              false, true",
        "/home/user,               false, true",
        "/homes,                   false, false",
        "/srv,                     false, false",
        "/data/own,                true,  false",
        "/data,                    true,  false",
        "/data/other,              false, false",
    })
    void ofEnginesAndOfTheSystem(String path, boolean isForbidden, boolean isOfSystem) {
        assertThat(HostPaths.isForbidden(path, List.of("/data/own"))).isEqualTo(isForbidden);
        assertThat(HostPaths.gain(path, false) == HostPaths.Gain.SYSTEM).isEqualTo(isOfSystem);
    }

    @ParameterizedTest
    @CsvSource({
        "/srv/cache,                   FILES,    FILES",
        "/usr/share/zoneinfo,          SYSTEM,   FILES",
        "/etc,                         SYSTEM,   SECRETS",
        "/etc/shadow,                  SYSTEM,   SECRETS",
        "/etc/localtime,               SYSTEM,   FILES",
        "/etc/ssl,                     SYSTEM,   SECRETS",
        "/etc/ssl/certs/a.pem,         SYSTEM,   FILES",
        "/root/.ssh,                   SYSTEM,   SECRETS",
        "/home,                        SYSTEM,   SECRETS",
        "/var/lib/postgresql,          SYSTEM,   SECRETS",
        "/var/backups,                 SECRETS,  SECRETS",
        "/run/systemd/private,         SERVICES, SERVICES",
        "/var/run/dbus,                SERVICES, SERVICES",
        "/run/udev,                    FILES,    FILES",
    })
    void aBindHasAGain(String path, HostPaths.Gain writing, HostPaths.Gain reading) {
        assertThat(HostPaths.gain(path, false)).isEqualTo(writing);
        assertThat(HostPaths.gain(path, true)).isEqualTo(reading);
    }
}
