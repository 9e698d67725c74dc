package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** With {@code CREATE=safe} the audit record has what a body creates, and no secret of it. */
class CreateAuditTest {
    private static final String INSPECT =
            "{\"Id\":\"" + "a".repeat(64) + "\",\"HostConfig\":{\"Runtime\":\"runc\"},\"Mounts\":[]}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "/containers/create?name=web | {'Image':'nginx:1','Env':['P=hunter2'],'Cmd':['hunter2']} | allow"
                        + " | image=nginx:1 name=web",
                "/containers/create?name=web | {'Image':'nginx:1','HostConfig':{'Privileged':true}} | deny"
                        + " | image=nginx:1 name=web set=\"CREATE_ALLOW=privileged\"",
                "/containers/create?name=web | {'Image':'nginx','hostconfig':{},'Env':['P=hunter2']} | deny"
                        + " | image=nginx name=web",
                "/containers/create | {'Image':'user:hunter2@r.local/x'} | allow | ''",
                "/containers/c/exec | {'Cmd':['psql','-phunter2'],'Env':['P=hunter2']} | allow | command=psql,*",
                "/containers/c/exec | {'Cmd':['P=hunter2 psql']} | allow | command=*",
                "/containers/c/exec | {'Cmd':['sh'],'Privileged':true,'User':'hunter2'} | deny"
                        + " | command=sh set=\"CREATE_ALLOW=privileged\"",
                "/services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'n','Env':['P=hunter2']}}}"
                        + " | allow | image=n name=s",
                "/secrets/create | {'Name':'s','Data':'aHVudGVyMg=='} | allow | ''",
            })
    void recordHasWhatIsCreated(String target, String body, String decision, String fields) throws Exception {
        String json = body.replace('\'', '"');
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        String answer = head.contains("/json ") ? INSPECT : "{}";
                        peer.write("HTTP/1.1 200 X\r\nContent-Length: " + answer.length() + "\r\n\r\n" + answer);
                    }
                });
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Map.of());
                RawClient client = chain.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + json.length() + "\r\n\r\n" + json);
            client.readAnswer("POST");

            assertThat(chain.takeRecord())
                    .startsWith(decision + " ")
                    .doesNotContain("hunter2")
                    .endsWith("B"
                            + (fields.equals("''") ? "" : " " + fields.replace("*", "***masked-by-socket-proxy***")));
        }
    }
}
