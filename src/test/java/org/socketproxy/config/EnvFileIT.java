package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** Tests that Compose and the proxy parse a file alike. */
class EnvFileIT {
    private static final String LINES = """
            # comment
              A01=1
            A02=1 \t
            A03= 1
            export A04=1
            export\tA05=1
            A06=
            A07=""
            A08='1'
            A09="1"
            A10=" 1 "
            A11='1' # why
            A12=1 # why
            A13=1\t# why
            A14=1#2
            A15="1 # 2"
            A16='$B "x"'
            A17="it's"
            A18=it's
            A19=b=c
            A20=tcp://[::1]:2375,tcp://:1
            A21=0
            A21=1

            A22=a b
            A23=# why
            A24= # why
            A25=1 #
            """;

    @TempDir
    Path folder;

    @Test
    void composeParsesSameValues() throws Exception {
        EnvFile file = EnvFile.parse("f", LINES);
        Files.writeString(folder.resolve("proxy.env"), LINES);
        Files.writeString(folder.resolve("compose.yaml"), """
                services:
                  socket-proxy:
                    image: x
                    env_file: proxy.env
                """);
        Cli.Result config =
                RealDocker.get().cli(folder, Map.of()).run("docker", "compose", "config", "--format", "json");

        assertThat(config.exitCode()).as(config.stderr()).isZero();
        assertThat(file.problems()).isEmpty();
        assertThat(file.over(Map.of())).hasSize(25).isEqualTo(environment(config.stdout()));
    }

    /** Compose doubles dollar signs in its output, so that it can read the output again. */
    private static Map<String, String> environment(String json) throws IOException {
        Map<String, String> environment = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (!"environment".equals(parser.currentName()) || parser.currentToken() != JsonToken.START_OBJECT) {
                assertThat(parser.nextToken()).as(json).isNotNull();
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                environment.put(parser.currentName(), parser.nextTextValue().replace("$$", "$"));
            }
        }
        return environment;
    }
}
