package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.LogSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.testing.FakeDaemon;

/** Effect of a changed env file on the following requests. */
class ReloadTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path folder;

    private Path file;
    private FakeDaemon daemon;
    private ReloadedProxy proxy;

    @BeforeEach
    void startDaemon() throws IOException {
        file = folder.resolve("proxy.env");
        daemon = FakeDaemon.answering(folder, OK);
        proxy = new ReloadedProxy(file, daemon.socket());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    /** Converts " ; " in the tables to a line break. */
    private static String lines(String text) {
        return text.replace(" ; ", "\n") + "\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=0    | CONTAINERS=1                 | GET /containers/json   | 403 | 200 | +CONTAINERS",
                "CONTAINERS=1    | CONTAINERS=0                 | GET /containers/json   | 200 | 403 | -CONTAINERS",
                "CONTAINERS=1    | # nothing                    | GET /containers/json   | 200 | 403 | -CONTAINERS",
                "EVENTS=0        | # nothing                    | GET /events            | 403 | 200 | +EVENTS",
                "EXEC=1          | IMAGES=1                     | GET /images/json       | 403 | 200 | -EXEC +IMAGES",
                "POST=1          | POST=1 ; ALLOW_RESTARTS=1    | POST /containers/a/kill | 403 | 200 | +ALLOW_RESTARTS",
                "VOLUMES=0       | # the environment's VOLUMES=1 | GET /volumes          | 403 | 200 | +VOLUMES",
                "# nothing       | PRESET=diun                  | GET /containers/json   | 403 | 200 | +CONTAINERS -EVENTS +IMAGES -LIBPOD_PING -LIBPOD_VERSION PRESET=diun",
                "GRPC=1          | GRPC=1 ; BUILDS=tunnel | GET /_ping | 200 | 200 | BUILDS=tunnel",
                "CONTAINERS=1    | CONTAINERS=1 ; API_VERSION=1.44 | GET /v1.24/containers/json | 200 | 200 | API_VERSION=1.44",
                "# nothing       | COMPAT=tecnativa             | GET /libpod/_ping      | 200 | 403 | +ALLOW_ARCHIVE +ALLOW_CHANGES +ALLOW_EXPORT +ALLOW_LOGS +ALLOW_TOP COMPAT=tecnativa",
                "INFO=1          | INFO=1 ; LOG_LEVEL=crit      | GET /info              | 200 | 200 | LOG_LEVEL=crit",
                "INFO=1          | INFO=1 ; # said again        | GET /info              | 200 | 200 | nothing changed",
            })
    void nextRequestIsDecidedByTheNewFile(String before, String after, String request, int was, int is, String changes)
            throws Exception {
        proxy.setting("VOLUMES", "1");
        proxy.startWith(lines(before));
        assertThat(proxy.status(request)).isEqualTo(was);

        proxy.write(lines(after));
        proxy.reload();

        assertThat(proxy.status(request)).isEqualTo(is);
        assertThat(proxy.logged()).isEqualTo("info reload by SIGHUP: " + changes + "\n");
        ReloadResult reload = proxy.lastReload();
        assertThat(reload.isApplied()).isTrue();
        assertThat(reload.cause()).isEqualTo("SIGHUP");
        assertThat(reload.sentences()).containsExactly(changes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST=maybe ; IMAGES=1     | @ line 1: POST=maybe: use 1, true, yes or on to allow; 0, false, no, off or nothing to deny",
                "IMAGES=1 ; LISTEN=nowhere | @ line 2: LISTEN=nowhere: the scheme is missing; use tcp://host:port",
                "IMAGES=1 ; STRICT=1 ; CONTAINER=1 | @ line 3: CONTAINER=1: there is no such variable; did you mean CONTAINERS?",
                "IMAGES=1 ; nonsense       | ENV_FILE=@: line 2 does not have the form NAME=value",
                "IMAGES=1 ; PRESET=nobody  | @ line 2: PRESET=nobody: use one of traefik",
            })
    void invalidFileChangesNothingAndIsReported(String text, String sentence) throws Exception {
        proxy.startWith("CONTAINERS=1\n");

        proxy.write(lines(text));
        proxy.reload();

        assertRefused(sentence.replace("@", file.toString()));
    }

    @Test
    void deletedFileChangesNothing() throws Exception {
        proxy.startWith("CONTAINERS=1\n");

        Files.delete(file);
        proxy.reload();

        assertRefused("ENV_FILE=" + file + ": the file cannot be read");
    }

    /** The old configuration stays in effect, and one sentence is in the log and on the page. */
    private void assertRefused(String sentence) throws IOException {
        assertThat(proxy.status("GET /containers/json")).isEqualTo(200);
        assertThat(proxy.status("GET /images/json")).isEqualTo(403);
        assertThat(proxy.logged().lines())
                .singleElement()
                .asString()
                .startsWith("warn reload by SIGHUP refused: " + sentence);
        assertThat(proxy.lastReload().isApplied()).isFalse();
        assertThat(proxy.lastReload().sentences()).singleElement().asString().startsWith(sentence);
    }

    @Test
    void settingsThatNeedARestartAreReportedAtEachReload() throws Exception {
        proxy.startWith("# nothing\n");

        proxy.write("LISTEN=tcp://127.0.0.1:1\nSOCKET_PATH=/nowhere/docker.sock\nIMAGES=1\n");
        proxy.reload();
        assertThat(proxy.status("GET /images/json")).isEqualTo(200);
        proxy.reload();
        proxy.write("IMAGES=1\n");
        proxy.reload();

        String head = "info reload by SIGHUP: ";
        String restart = head + "a change of SOCKET_PATH and LISTEN needs a restart\n";
        assertThat(proxy.logged())
                .isEqualTo(head + "+IMAGES\n" + restart + head + "nothing changed\n" + restart + head
                        + "nothing changed\n");
    }

    @Test
    void misspeltVariablesAreReportedAtReload() throws Exception {
        proxy.startWith("# nothing\n");

        proxy.write("\nEVENT=1\n");
        proxy.reload();

        assertThat(proxy.logged())
                .endsWith("reload by SIGHUP: " + file
                        + " line 2: EVENT=1: there is no such variable; did you mean EVENTS?\n");
    }

    @Test
    void logLevelAndShutdownTimeoutAreReloaded() throws Exception {
        proxy.startWith("# nothing\n");

        proxy.write("LOG_LEVEL=debug\nSHUTDOWN_TIMEOUT=3m\n");
        proxy.reload();

        Settings now = proxy.configuration().settings();
        assertThat(now.records().log().level()).isEqualTo(LogSettings.Level.DEBUG);
        assertThat(now.connections().stop().timeout()).hasMinutes(3);
        assertThat(proxy.logged()).endsWith(": SHUTDOWN_TIMEOUT=3m LOG_LEVEL=debug\n");
    }

    @Test
    void repeatedDenialsAreCollapsedFromTheReloadOn() throws Exception {
        proxy.setting("LOG_LEVEL", "notice");
        proxy.startWith("# nothing\n");
        for (int i = 0; i < 2; i++) {
            assertThat(proxy.status("GET /info")).isEqualTo(403);
            assertThat(proxy.nextRecord()).contains(" GET /info ").doesNotContain("repeated=");
        }

        proxy.write("LOG_REPEATS=collapse\n");
        proxy.reload();
        for (int i = 0; i < 4; i++) {
            assertThat(proxy.status("GET /info")).isEqualTo(403);
        }
        proxy.close();

        assertThat(proxy.nextRecord()).endsWith(" policy reload by SIGHUP LOG_REPEATS=collapse");
        assertThat(proxy.nextRecord()).contains(" GET /info ").doesNotContain("repeated=");
        assertThat(proxy.nextRecord()).contains(" GET /info ").endsWith(" repeated=3");
    }

    /** Independent of the log level. POST adds dangers to variables that were already on. */
    @Test
    void reloadIsInTheAuditLogWithTheDangersThatItAdds() throws Exception {
        proxy.startWith("CONTAINERS=1\nIMAGES=1\n");

        proxy.write("CONTAINERS=1\nPOST=1\nEXEC=1\nSHUTDOWN_TIMEOUT=3m\n");
        proxy.reload();
        proxy.write("POST=x\n");
        proxy.reload();
        proxy.write("CONTAINERS=1\n");
        proxy.reload();

        assertThat(proxy.nextRecord())
                .matches("\\d{4}-\\S+Z policy reload by SIGHUP \\+EXEC \\+POST -IMAGES SHUTDOWN_TIMEOUT=3m; DANGER: .*")
                .contains(
                        "; DANGER: its clients can become root on the host: ContainerCreate and ContainerStart by CONTAINERS=1 and"
                                + " POST=1",
                        "; DANGER: CONTAINERS with POST ",
                        "; DANGER: EXEC ");
        assertThat(proxy.nextRecord()).matches("\\d{4}-\\S+Z policy reload by SIGHUP -EXEC -POST SHUTDOWN_TIMEOUT=5s");
    }

    @Test
    void dangersThatRulesPreventAreNotInTheAuditLog() throws Exception {
        proxy.startWith("CREATE=safe\nCONTAINERS=1\nMASK=env,args\n");

        proxy.write("CREATE=safe\nCONTAINERS=1\nMASK=env,args\nPOST=1\nIMAGES=1\n");
        proxy.reload();

        assertThat(proxy.nextRecord())
                .contains(" +IMAGES +POST;", "; DANGER: IMAGES exports ")
                .doesNotContain("privileged", "root on the host", "environment");
    }

    @Test
    void rulesThatGoOffAreInTheAuditLogWithTheirDangers() throws Exception {
        proxy.startWith("CREATE=safe\nCREATE_REQUIRE=memory\nTARGETS=label:owner=ci\nMASK=env\n");

        proxy.write("CREATE=safe\nTARGETS=label:owner=ci\nMASK=env\n");
        proxy.reload();
        proxy.write("CREATE=safe\nTARGETS=label:owner=ci\nMASK=env\nMASK_KEEP=env:TZ\n");
        proxy.reload();
        proxy.write("# nothing\n");
        proxy.reload();

        assertThat(proxy.nextRecord())
                .endsWith("; DANGER: CREATE_REQUIRE=memory is off: a container needs no longer a limit of memory");
        assertThat(proxy.nextRecord())
                .endsWith(
                        " MASK_KEEP=env:TZ; DANGER: MASK=env may mask fewer names: responses show values of environment"
                                + " variables of containers, images, services and plugins");
        assertThat(proxy.nextRecord())
                .contains(
                        "; DANGER: CREATE=safe is off: ",
                        "; DANGER: TARGETS is off: ",
                        "; DANGER: MASK=env is off: responses show values of environment variables");
    }

    @Test
    void sighupWithoutFileIsRefusedWithTheSolution() throws Exception {
        proxy.setting("ENV_FILE", "");
        proxy.start();

        proxy.poll();
        proxy.poll();
        assertThat(proxy.logged()).isEmpty();
        proxy.reload();

        assertThat(proxy.logged())
                .isEqualTo(
                        "warn reload by SIGHUP refused: there is no file to reload: the environment"
                                + " of a running process cannot change; set ENV_FILE or POLICY to a file, or restart the proxy\n");
    }

    /** Columns: name, the contents of the file at successive polls, the granted variable afterwards. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one poll is not enough     | EVENTS=0 ; IMAGES=1                                   | nothing",
                "two polls are              | EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1             | IMAGES",
                "half a file, then all      | CONTAINERS=1 > EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1 | IMAGES",
                "changed at each poll       | IMAGES=1 > CONTAINERS=1 > IMAGES=1                    | nothing",
                "there and back             | IMAGES=1 > EVENTS=0 > IMAGES=1 > EVENTS=0             | nothing",
                "refused, then good         | POST=x > POST=x > EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1 | IMAGES",
                "good, then refused         | EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1 > POST=x > POST=x | IMAGES",
            })
    void changeIsAppliedWhenTwoPollsReadTheSame(String name, String polls, String granted) throws Exception {
        proxy.startWith("EVENTS=0\n");

        for (String text : polls.split(" > ")) {
            proxy.write(lines(text));
            proxy.poll();
        }

        assertThat(proxy.configuration()
                        .profiles()
                        .otherwise()
                        .profile()
                        .policy()
                        .granted())
                .as(name)
                .doesNotContain("EVENTS", "CONTAINERS")
                .matches(on -> on.contains("IMAGES") == granted.equals("IMAGES"), "IMAGES only if " + granted);
    }

    @Test
    void refusedFileIsReportedOnceAndItsCorrectionIsApplied() throws Exception {
        proxy.startWith("IMAGES=1\n");

        proxy.write("");
        proxy.pollTwice();
        proxy.pollTwice();
        proxy.write("IMAGES=1\n");
        proxy.pollTwice();
        proxy.pollTwice();

        assertThat(proxy.logged().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("warn reload by a change of " + file + " refused: ENV_FILE=" + file
                                        + ": the file is empty"),
                        line -> assertThat(line).endsWith(": nothing changed"));
        assertThat(proxy.lastReload().isApplied()).isTrue();
    }

    @Test
    void fileReplacedByRenameIsReloaded() throws Exception {
        proxy.startWith("# nothing\n");

        Path fresh = Files.writeString(folder.resolve("fresh"), "IMAGES=1\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        proxy.pollTwice();

        assertThat(proxy.status("GET /images/json")).isEqualTo(200);
    }

    /** As Kubernetes updates a mounted ConfigMap: it replaces the symbolic link to the folder of the file. */
    @Test
    void replacedSymbolicLinkToTheFolderIsReloaded() throws Exception {
        Path old = Files.createDirectory(folder.resolve("..old"));
        Path fresh = Files.createDirectory(folder.resolve("..fresh"));
        Files.writeString(old.resolve("proxy.env"), "# nothing\n");
        Files.writeString(fresh.resolve("proxy.env"), "IMAGES=1\n");
        Path data = Files.createSymbolicLink(folder.resolve("..data"), old.getFileName());
        Files.createSymbolicLink(file, Path.of("..data", "proxy.env"));
        proxy.start();
        proxy.pollTwice();
        assertThat(proxy.status("GET /images/json")).isEqualTo(403);

        Path replacement = Files.createSymbolicLink(folder.resolve("..data_tmp"), fresh.getFileName());
        Files.move(replacement, data, StandardCopyOption.ATOMIC_MOVE);
        proxy.pollTwice();

        assertThat(proxy.status("GET /images/json")).isEqualTo(200);
    }
}
