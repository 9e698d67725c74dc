package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.testing.GrpcCalls.field;
import static org.socketproxy.testing.GrpcCalls.frame;

import java.nio.file.Files;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.SessionClient;

/** Secrets, SSH agents and registries that a profile names: the daemon asks the client for no other. */
class SessionNamesTest extends SessionFixture {
    private static final byte[] ANSWER = field(1, "x");

    private static String method(String name) {
        return switch (name) {
            case "secret" -> SECRET;
            case "agent" -> "/moby.sshforward.v1.SSH/CheckAgent";
            case "forward" -> "/moby.sshforward.v1.SSH/ForwardAgent";
            default -> "/moby.filesync.v1.Auth/" + name;
        };
    }

    /** Calls with a name; the status is 7 for a denial. An empty name is an absent one. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                 | secret               | 1 | npm                  | 0 | ",
                "BUILD_SECRETS=npm,netrc            | secret               | 1 | npm                  | 0 | ",
                "BUILD_SECRETS=npm,netrc            | secret               | 1 | netrc                | 0 | ",
                "BUILD_SECRETS=npm                  | secret               | 1 | aws                  | 7 | BUILD_SECRETS does not name the secret aws",
                "BUILD_SECRETS=npm                  | secret               | 1 | NPM                  | 7 | the secret NPM",
                "BUILD_SECRETS=npm                  | secret               | 1 | 'npm '               | 7 | this secret",
                "BUILD_SECRETS=npm                  | secret               | 1 | ''                   | 7 | this secret",
                "BUILD_SECRETS=none                 | secret               | 1 | npm                  | 7 | the secret npm",
                "BUILD_SECRETS=none                 | secret               | 1 | none                 | 7 | the secret none",
                "BUILD_SECRETS=npm                  | agent                | 1 | default              | 0 | ",
                "BUILD_SSH=default                  | secret               | 1 | aws                  | 0 | ",
                "BUILD_SSH=default                  | agent                | 1 | default              | 0 | ",
                "BUILD_SSH=default                  | agent                | 1 | ''                   | 0 | ",
                "BUILD_SSH=other                    | agent                | 1 | ''                   | 7 | the SSH agent default",
                "BUILD_SSH=default                  | agent                | 1 | deploy               | 7 | BUILD_SSH does not name the SSH agent deploy",
                "BUILD_SSH=none                     | agent                | 1 | default              | 7 | the SSH agent default",
                "BUILD_REGISTRIES=docker.io         | Credentials          | 1 | registry-1.docker.io | 0 | ",
                "BUILD_REGISTRIES=registry-1.docker.io | Credentials       | 1 | docker.io            | 0 | ",
                "BUILD_REGISTRIES=index.docker.io   | GetTokenAuthority    | 1 | registry-1.docker.io | 0 | ",
                "BUILD_REGISTRIES=docker.io         | FetchToken           | 2 | Registry-1.Docker.io | 0 | ",
                "BUILD_REGISTRIES=r.example:5000    | VerifyTokenAuthority | 1 | R.example:5000       | 0 | ",
                "BUILD_REGISTRIES=docker.io         | Credentials          | 1 | r.example:5000       | 7 | BUILD_REGISTRIES does not name the registry r.example:5000",
                "BUILD_REGISTRIES=docker.io         | FetchToken           | 2 | r.example            | 7 | the registry r.example",
                "BUILD_REGISTRIES=docker.io         | GetTokenAuthority    | 1 | r.example            | 7 | the registry r.example",
                "BUILD_REGISTRIES=docker.io         | VerifyTokenAuthority | 1 | r.example            | 7 | the registry r.example",
                "BUILD_REGISTRIES=r.example         | Credentials          | 1 | r.example:443        | 7 | the registry r.example:443",
                "BUILD_REGISTRIES=r.example         | Credentials          | 1 | r.example.           | 7 | the registry r.example.",
                "BUILD_REGISTRIES=r.example         | Credentials          | 1 | https://r.example    | 7 | this registry",
                "BUILD_REGISTRIES=r.example         | Credentials          | 1 | r.example@x          | 7 | this registry",
                "BUILD_REGISTRIES=r.example         | FetchToken           | 1 | r.example            | 7 | this registry",
                "BUILD_REGISTRIES=none              | Credentials          | 1 | docker.io            | 7 | the registry docker.io",
            })
    void nameIsOneOfTheSetting(String setting, String call, int number, String name, String status, String sentence)
            throws Exception {
        start(settings(setting));
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            byte[] request = frame(name.isEmpty() ? new byte[0] : field(number, name));
            int stream = call(daemonEnd, method(call));
            daemonEnd.data(stream, SessionClient.text(request), true);

            if (status.equals("0")) {
                SessionClient.Call received = client.take();
                assertThat(client.body(received.stream(), request.length)).isEqualTo(request);
                client.answer(received.stream(), call.equals("agent") ? new byte[0] : ANSWER);
                assertThat(text(daemonEnd.answer(stream).trailers())).startsWith("0 ");
            } else {
                assertThat(text(daemonEnd.answer(stream).fields()))
                        .startsWith("7 socket-proxy: Session")
                        .contains(" is not allowed: ")
                        .contains(sentence);
                awaitRecord(" deny session-name CALL " + method(call) + " Session");
                assertNoCall(client, daemonEnd);
            }
        }
        assertNothingIsOpen();
    }

    private static Map<String, String> settings(String assignment) {
        Map<String, String> settings = new HashMap<>();
        if (!assignment.isEmpty()) {
            settings.put(assignment.split("=")[0], assignment.split("=")[1]);
        }
        return settings;
    }

    /** The client sees the next call first. */
    private static void assertNoCall(SessionClient client, Http2Client daemonEnd) throws Exception {
        String health = "/grpc.health.v1.Health/Check";
        int stream = call(daemonEnd, health);
        daemonEnd.data(stream, SessionClient.text(frame(new byte[0])), true);
        SessionClient.Call received = client.take();
        assertThat(received.path()).isEqualTo(health);
        client.answer(received.stream(), new byte[0]);
        daemonEnd.answer(stream);
    }

    @ParameterizedTest
    @CsvSource({"default, default, true", "none, default, false", "default, deploy, false", "deploy, '', false"})
    void agentOfAForwardStandsInTheHead(String allowed, String name, boolean isAllowed) throws Exception {
        start(Map.of("BUILD_SSH", allowed));
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int stream = name.isEmpty()
                    ? call(daemonEnd, method("forward"))
                    : call(daemonEnd, method("forward"), "buildkit.ssh.id", name);
            if (isAllowed) {
                SessionClient.Call received = client.take();
                assertThat(received.fields().get("buildkit.ssh.id")).isEqualTo(name);
                daemonEnd.data(stream, SessionClient.text(frame(ANSWER)), false);
                client.body(received.stream(), frame(ANSWER).length);
            } else {
                assertThat(text(daemonEnd.answer(stream).fields()))
                        .startsWith("7 ")
                        .contains("BUILD_SSH does not name the SSH agent ");
                assertNoCall(client, daemonEnd);
            }
        }
    }

    @Test
    void twoNamesInTheHeadAreBothJudged() throws Exception {
        start(Map.of("BUILD_SSH", "default"));
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int stream = call(daemonEnd, method("forward"), "buildkit.ssh.id", "default", "buildkit.ssh.id", "deploy");

            assertThat(text(daemonEnd.answer(stream).fields())).startsWith("7 ");
            assertNoCall(client, daemonEnd);
        }
    }

    /** The body of the call in hexadecimal digits, written byte by byte. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                           | incomplete  | no message",
                "00000000050a036e70           | incomplete  | a part of a message",
                "01000000050a036e706d         | compressed  | the flag of compression",
                "00000000050a036e706d0000000000 | exactly one | two messages",
                "000000000a0a036e706d0a03617773 | twice     | two names",
                "00000000061a01610a016e       | field 3     | an unknown field",
                "0000080001                   | more than   | more than 512 KiB",
            })
    void messageThatCannotBeJudgedIsRefused(String hex, String sentence, String name) throws Exception {
        start(Map.of("BUILD_SECRETS", "npm"));
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int stream = call(daemonEnd, SECRET);
            byte[] body = HexFormat.of().parseHex(hex);
            for (byte each : body) {
                daemonEnd.sendData(stream, SessionClient.text(new byte[] {each}), false);
            }
            daemonEnd.sendData(stream, "", true);

            assertThat(text(daemonEnd.answer(stream).fields()))
                    .as(name)
                    .startsWith("3 ")
                    .contains(sentence);
            assertNoCall(client, daemonEnd);
        }
        assertNothingIsOpen();
    }

    @Test
    void messageIsForwardedWhenItIsComplete() throws Exception {
        start(Map.of("BUILD_SECRETS", "npm"));
        byte[] request = frame(field(1, "npm"));
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int stream = call(daemonEnd, SECRET, "x-metadata", "m");
            for (byte each : request) {
                daemonEnd.sendData(stream, SessionClient.text(new byte[] {each}), false);
            }
            assertNoCall(client, daemonEnd);
            daemonEnd.sendData(stream, "", true);

            SessionClient.Call received = client.take();
            assertThat(received.fields().get("x-metadata")).isEqualTo("m");
            assertThat(client.body(received.stream(), request.length)).isEqualTo(request);
            client.answer(received.stream(), ANSWER);
            assertThat(daemonEnd.answer(stream).body()).isEqualTo(SessionClient.text(frame(ANSWER)));
            // A call that the daemon gives up does not reach the client.
            int given = call(daemonEnd, SECRET);
            daemonEnd.sendData(given, SessionClient.text(new byte[] {0}), false);
            daemonEnd.frame(Http2Client.RST_STREAM, 0, given, new byte[] {0, 0, 0, 8});
            assertNoCall(client, daemonEnd);
        }
        assertNothingIsOpen();
    }

    @Test
    void denialNamesTheLineOfTheProfile() throws Exception {
        String policy = Files.writeString(folder.resolve("policy.yaml"), """
                        profiles:
                          ci:
                            clients: [{network: 127.0.0.0/8}]
                            variables: {SESSION: 1, POST: 1}
                            build: {secrets: [npm], ssh: []}
                        otherwise: deny
                        """).toString();
        start(Map.of("POLICY", policy));
        try (SessionClient client = open();
                Http2Client daemonEnd = daemonEnd()) {
            int stream = call(daemonEnd, SECRET);
            daemonEnd.data(stream, SessionClient.text(frame(field(1, "aws"))), true);

            assertThat(text(daemonEnd.answer(stream).fields()))
                    .contains("BUILD_SECRETS does not name the secret aws (profile ci: policy.yaml line 5)");
            assertThat(text(daemonEnd.answer(call(daemonEnd, method("forward"))).fields()))
                    .contains("BUILD_SSH does not name the SSH agent default");
            assertNoCall(client, daemonEnd);
        }
    }
}
