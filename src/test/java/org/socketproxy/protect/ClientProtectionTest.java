package org.socketproxy.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ProxyUnderTest;

/** A client of one profile does not act on the clients of another one, and makes no container such a client. */
class ClientProtectionTest extends ClientProtectionFixture {
    private String clients = "{address: 127.0.0.1}";

    private ProxyUnderTest proxy(String others, String trusts) throws IOException {
        Path policy = folder.resolve("policy.yaml");
        Files.writeString(policy, """
                profiles:
                  ci:
                    clients: [%s]
                    variables: {POST: 1, BUILD: 1, CONTAINERS: 1, EXEC: 1, NETWORKS: 1, VOLUMES: 1, SERVICES: 1, COMMIT: 1,
                      LIBPOD_CONTAINERS: 1, LIBPOD_NETWORKS: 1, LIBPOD_PODS: 1,
                      ALLOW_ARCHIVE: 1, ALLOW_EXPORT: 1}
                    create: {rules: safe, allow: [join-container, volumes-from, network-options, host-network, build-network-host]}
                """.formatted(clients) + others + trusts);
        return ProxyUnderTest.with(
                daemon.socket(),
                Map.of(
                        "POLICY",
                        policy.toString(),
                        "SELF_CONTAINER",
                        GUARD,
                        "LISTEN",
                        "tcp://127.0.0.1:0,tcp://0.0.0.0:0?name=shared,unix://" + folder.resolve("s")));
    }

    private static final String ADMIN = "  admin:\n"
            + "    clients: [{network: 172.30.2.0/24}, {host: portainer}, {label: role=admin}]\n    variables: {POST: 1}\n";

    @Test
    void aClientOfAnotherProfileIsProtectedUnlessItsProfileTrusts() throws IOException {
        SoftAssertions softly = new SoftAssertions();
        try (ProxyUnderTest proxy = proxy(ADMIN, "")) {
            for (Row row : corpus("client-protection.txt")) {
                String response = sendLater(proxy, row.request(), row.body());
                boolean isDenied = response.startsWith("HTTP/1.1 403 ")
                        && response.contains("trusts: [ci] in the profile admin (policy.yaml line ");
                softly.assertThat(isDenied).as(row + " " + response).isEqualTo(row.isDenied());
            }
        }
        try (ProxyUnderTest proxy = proxy(ADMIN, "    trusts: [ci]\n")) {
            for (Row row : corpus("client-protection.txt")) {
                softly.assertThat(sendLater(proxy, row.request(), row.body()))
                        .as(row.toString())
                        .doesNotContain("trusts:");
            }
        }
        softly.assertAll();
    }

    @Test
    void withoutADescriptionNoRequestActsOnAContainer() throws IOException {
        isDescribed = false;
        try (ProxyUnderTest proxy = proxy(ADMIN, "")) {
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 502 ");
            assertThat(sendLater(proxy, "POST /networks/apps/connect", "{'Container':'web'}"))
                    .startsWith("HTTP/1.1 503 ");
            assertThat(sendLater(proxy, "GET /containers/json", "-")).startsWith("HTTP/1.1 200 ");

            isDescribed = true;
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 200 ");
        }
    }

    /** The proxy asks for all containers only if there are clients that the profile must not act on. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "  other: {variables: {POST: 1}}\n", "  trusting: {clients: [{uid: 0}], trusts: [ci]}\n"})
    void aProfileAloneCostsNoQuestion(String others) throws IOException {
        isDescribed = false;
        try (ProxyUnderTest proxy = proxy(others, "")) {
            assertThat(sendLater(proxy, "POST /containers/web/stop", "-")).startsWith("HTTP/1.1 200 ");
            assertThat(sendLater(
                            proxy, "POST /containers/create", "{'Image':'a','HostConfig':{'NetworkMode':'clients'}}"))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    /** Each row: clients of the profile ci and of the other one in front of it or behind it, a network, and if ci may join it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{address: 127.0.0.1}                           | {network: 172.30.2.0/24} | clients      | false",
                "{address: 127.0.0.1}                           | {address: 172.30.2.5}    | clients      | false",
                "{address: 127.0.0.1}                           | {address: 172.30.2.5}    | wide-clients | true",
                "{address: 127.0.0.1}                           | {network: 172.30.0.0/16} | apps         | false",
                "{address: 127.0.0.1}, {network: 172.30.3.0/24} | {network: 172.30.0.0/16} | apps         | true",
                "{address: 127.0.0.1}, {network: 172.30.3.0/24} | {network: 172.30.0.0/16} | private      | false",
                "{address: 127.0.0.1}                           | {local: 172.30.3.2}      | apps         | false",
                "{address: 127.0.0.1}                           | {local: 172.30.3.2}      | private      | true",
                "{address: 127.0.0.1}                           | {listener: shared}       | apps         | false",
                "{address: 127.0.0.1}                           | {listener: shared}       | private      | true",
                "{address: 127.0.0.1}                           | {listener: shared, network: 172.30.5.0/24} | apps | true",
                "{address: 127.0.0.1}                           | {listener: shared, network: 172.30.5.0/24} | my-apps | false",
                "{address: 127.0.0.1}                           | {uid: 1000}              | clients      | true",
                "{address: 127.0.0.1}                           | {network: 172.17.0.0/16} | default      | false",
                "{address: 127.0.0.1}                           | {network: 172.17.0.0/16} | host         | false",
                "{address: 127.0.0.1}                           | {network: 172.17.0.0/16} | none         | true",
                "{address: 127.0.0.1}                           | {network: 10.0.0.0/8}    | host         | true",
            })
    void networksOfEachCondition(String own, String other, String network, boolean isAllowed) throws IOException {
        clients = own;
        try (ProxyUnderTest proxy = proxy("  admin: {clients: [" + other + "], variables: {POST: 1}}\n", "")) {
            String body = "{'Image':'a','HostConfig':{'NetworkMode':'" + network + "'}}";
            assertThat(sendLater(proxy, "POST /containers/create", body))
                    .startsWith(isAllowed ? "HTTP/1.1 200 " : "HTTP/1.1 403 ");
        }
    }

    /** The steps of a build join a network like a container. */
    @ParameterizedTest
    @CsvSource({
        "172.17.0.0/16, ?networkmode=default, admin",
        "172.17.0.0/16, ?networkmode=bridge,  admin",
        "172.17.0.0/16, '',                   admin",
        "172.17.0.0/16, ?networkmode=host,    admin",
        "172.17.0.0/16, ?networkmode=none,    Podman",
        "10.0.0.0/8,    ?networkmode=host,    Podman",
        "10.0.0.0/8,    '',                   Podman",
    })
    void aBuildJoinsNoNetworkOfOtherClients(String other, String query, String reason) throws IOException {
        clients = "{address: 127.0.0.1}";
        try (ProxyUnderTest proxy =
                proxy("  admin: {clients: [{network: " + other + "}], variables: {POST: 1}}\n", "")) {
            assertThat(sendLater(proxy, "POST /build" + query, "{}"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains(reason);
        }
    }
}
