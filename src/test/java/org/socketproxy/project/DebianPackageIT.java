package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;

/** The Debian package: built twice, installed, run, upgraded and removed on a copy of this system; and its unit. */
@Tag("thorough")
class DebianPackageIT {
    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int NO_CGROUP = 3;
    private static final Pattern EXPOSURE = Pattern.compile("Overall exposure level for \\S+: ([0-9.]+) ");

    @BeforeAll
    static void needDebian() {
        Programs.assume("root".equals(System.getProperty("user.name")), "root is needed");
        Programs.assumeInstalled("dpkg-deb", "systemd-analyze", "man", "setpriv");
    }

    @Test
    void packageIsInstalledRunUpgradedAndRemovedWithItsSettings() {
        String first = run("src/deb/build", "1.0").strip();
        String second = run("src/deb/build", "1.1-SNAPSHOT").strip();

        assertThat(second).endsWith("_1.1~SNAPSHOT_all.deb");
        assertThat(run("src/test/deb/in-chroot", first, second).replaceAll("docker-socket-proxy \\S+,", "VERSION,"))
                .isEqualTo("""
                        installed: user socket-proxy, program VERSION, settings root:socket-proxy:640
                        groups: docker
                        check: allowed
                        service: socket-proxy, 1 listener
                        upgraded: user socket-proxy, program VERSION, settings root:socket-proxy:640
                        kept: CONTAINERS=1
                        removed: user socket-proxy, program none, settings root:socket-proxy:640
                        purged: user none, program none, settings none
                        """);
    }

    /** Skipped where the tests may not create a group of a cgroup v2, for example in most containers. */
    @Test
    void serviceRunsUnderARealSystemd() {
        String built = run("src/deb/build", "1.2").strip();
        String newer = run("src/deb/build", "1.3").strip();
        Cli.Result result = Cli.in(ROOT, Map.of()).run("src/test/deb/in-systemd", built, newer);
        assumeTrue(result.exitCode() != NO_CGROUP, "no writable cgroup v2");

        assertThat(result).isEqualTo(new Cli.Result(0, """
                        ready: tcp://127.0.0.1:2375
                        state: active, user socket-proxy
                        status: CapEff: 0000000000000000, CapBnd: 0000000000000000, NoNewPrivs: 1, Seccomp: 2
                        root file system: ro
                        state folder: socket-proxy 700, run folder: socket-proxy
                        reloaded: same process yes
                        refused reload: failed, active, in the journal as an error: yes
                        upgraded: ii 1.3, active, new process yes, deleted files 0, IMAGES=1
                        removed: inactive
                        installed again: active, enabled, IMAGES=1
                        watchdog: active, restarts 0, same process yes
                        without messages: active, restarts 1
                        socket of systemd: root docker 660, restarts under load: 0 failed, all answered
                        socket without the service: socket
                        lease of a user: nobody 600
                        stopped: success inactive
                        """, ""));
    }

    /** Skipped without lintian. */
    @Test
    void lintianHasNoComplaint() {
        Programs.assumeInstalled("lintian");

        assertThat(run(
                        "sh",
                        "-c",
                        "lintian --tag-display-limit 0 "
                                + run("src/deb/build", "1.4").strip() + " 2>/dev/null"))
                .isEmpty();
    }

    @Test
    void twoBuildsHaveEqualBytes() throws IOException {
        Path built = Path.of(run("src/deb/build", "2.0").strip());
        byte[] first = Files.readAllBytes(built);

        run("src/deb/build", "2.0");

        assertThat(Files.readAllBytes(built)).isEqualTo(first);
    }

    @Test
    void unitIsHardened() {
        Matcher level = EXPOSURE.matcher(
                run("systemd-analyze", "security", "--offline=true", "src/deb/docker-socket-proxy.service"));

        assertThat(level.find()).isTrue();
        assertThat(Double.parseDouble(level.group(1))).isLessThan(2.0);
    }

    @Test
    void manualPageHasNoWarning() {
        assertThat(run("sh", "-c", "man --warnings --local-file --encoding=UTF-8 src/deb/docker-socket-proxy.8 2>&1"))
                .contains("/etc/docker-socket-proxy/socket-proxy.env")
                .doesNotContain("warning");
    }

    private static String run(String... command) {
        Cli cli = Cli.in(ROOT, Map.of("HOME", System.getProperty("user.home")));
        try (Cli.Running running = cli.start(command)) {
            running.closeStdin();
            Cli.Result result = running.await(LIMIT);
            assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isZero();
            return result.stdout();
        }
    }
}
