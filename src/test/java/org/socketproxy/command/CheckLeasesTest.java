package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code check} with templates of leases. */
class CheckLeasesTest extends PolicyCommands {
    @BeforeEach
    void addLeases() throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), """
                profiles: {}
                leases:
                  agent:
                    open: [{uid: 1000}]
                    for: 2h
                    at-once: 4
                    rights: {variables: {CONTAINERS: 1, POST: 1}, create: safe, max: {containers: 3}}
                """);
    }

    @Test
    void printsWhatAClientOfALeaseCanGain() {
        run("check");

        assertThat(printed().lines())
                .contains(
                        "LEASE   agent for PT2H at-once 4 open uid 1000 egress open",
                        "TARGETS lease agent: label:socket-proxy.lease=ANY")
                .anyMatch(line -> line.startsWith("RISK    lease agent: Can a client become root on the host? No"))
                .anyMatch(line -> line.startsWith("NOTE    ") && line.contains("LEASES names no folder"));
    }

    @Test
    void writesThemAsJson() {
        run("check", "--json");

        assertThat(printed().replaceAll("\\s+", ""))
                .contains("\"leases\":[{\"lease\":\"agent\",\"forSeconds\":7200,\"atOnce\":4,\"open\":[\"uid1000\"]");
    }

    @Test
    void gateJudgesThem() {
        run("check", "--json", "--fail-on", "limited");

        assertThat(printed()).contains("\"profile\" : \"lease agent\"");
    }
}
