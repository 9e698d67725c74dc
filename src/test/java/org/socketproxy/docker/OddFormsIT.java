package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/**
 * Differential test of the judge and a real dockerd: denied fields in odd forms. Whatever the daemon makes of a body that the
 * proxy lets pass, is what it makes of the same body without the field. Of the forms every fourth is tested, with {@code -Dodd.forms=1} all.
 */
@Tag("thorough")
class OddFormsIT {
    private static final Pattern ID = Pattern.compile("\"(?:Id|Name)\":\"([0-9a-f]{64}|odd-it-volume)\"");
    /** Ids, times, generated names and the daemon's choice of a subnet. */
    private static final Pattern CHANGING = Pattern.compile(
            "[0-9a-f]{12,64}|1(?:72|92)[.][0-9./]+|\"(?:Created|CreatedAt)\":\"[^\"]*\"|\"Name\":\"/[a-z_0-9]+\"");

    private static final int STEP = Integer.getInteger("odd.forms", 4);

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static CreateProxies proxies;

    private record Denied(String operation, String path, String value) {
        String target() {
            return switch (operation) {
                case "ContainerCreate" -> "/containers/create";
                case "VolumeCreate" -> "/volumes/create";
                case "NetworkCreate" -> "/networks/create";
                case "ContainerExec" -> "/containers/odd-it-base/exec";
                default -> throw new IllegalArgumentException(operation);
            };
        }

        String object(String id) {
            return switch (operation) {
                case "ContainerCreate" -> "/containers/" + id;
                case "VolumeCreate" -> "/volumes/" + id;
                case "NetworkCreate" -> "/networks/" + id;
                default -> "/exec/" + id;
            };
        }

        String inspect(String id) {
            boolean isJson = operation.equals("ContainerCreate") || operation.equals("ContainerExec");
            return object(id) + (isJson ? "/json" : "");
        }

        /** The body with further members. */
        String body(String members) {
            String base = switch (operation) {
                case "ContainerCreate" -> "\"Image\":\"busybox:local\",\"Cmd\":[\"true\"]";
                case "VolumeCreate" -> "\"Name\":\"odd-it-volume\"";
                case "NetworkCreate" -> "\"Name\":\"odd-it-network\"";
                default -> "\"Cmd\":[\"true\"]";
            };
            return "{" + base + (members.isEmpty() ? "" : "," + members) + "}";
        }
    }

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        proxies = new CreateProxies(docker.socket());
        Cli.Result made = docker.cli(folder, Map.of())
                .script("docker run -d --name odd-it-base -v /data --network none busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    @AfterAll
    static void stop() {
        if (proxies != null) {
            proxies.close();
            docker.cli(folder, Map.of()).run("docker", "rm", "-fv", "odd-it-base");
        }
    }

    private static Stream<Denied> fields() {
        return Corpus.lines(OddFormsIT.class, "odd-fields.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.replace("OTHER", "odd-it-base").split(" ", 3))
                .map(cells -> new Denied(cells[0], cells[1], cells[2]));
    }

    @Test
    void fieldInAnOddFormHasNoEffectThroughTheProxy() throws IOException {
        Map<String, String> without = new HashMap<>();
        TreeSet<String> effective = new TreeSet<>();
        int forms = 0;
        int effects = 0;
        for (Denied field : fields().toList()) {
            String plain = without.computeIfAbsent(field.operation, any -> made(field, "", true));
            assertThat(made(field, "", true)).as("two objects of the same body").isEqualTo(plain);
            for (String form : OddForms.of(field.path, field.value)) {
                forms++;
                if (forms % STEP != 0) {
                    continue;
                }
                boolean isEffective = isOther(made(field, form, true), plain);
                String proxied = made(field, form, false);
                if (isEffective) {
                    effects++;
                    effective.add(field.operation + " " + field.path);
                }
                assertThat(isOther(proxied, plain))
                        .as(field.body(form) + " " + proxied)
                        .isFalse();
                assertThat(isEffective && !proxied.startsWith("403"))
                        .as(field.body(form))
                        .isFalse();
            }
        }
        System.out.println("odd forms " + forms + ", with an effect " + effects + ", of fields " + effective.size());

        assertThat(effects).isGreaterThan(500 / STEP);
        assertThat(effective).hasSizeGreaterThan(30);
    }

    /** Returns true if an object was made that differs from the one without the field. */
    private static boolean isOther(String made, String without) {
        return !made.matches("(?s)[45][0-9][0-9] .*") && !made.equals(without);
    }

    /** Returns the description of the object that a body makes, or the status and text of the refusal. */
    private static String made(Denied field, String members, boolean isDirect) {
        try {
            RawClient connection = isDirect
                    ? RawClient.connect(docker.socket())
                    : proxies.with("-").connect();
            String response = post(connection, field.target(), field.body(members));
            Matcher id = ID.matcher(response);
            if (!response.startsWith("HTTP/1.1 201 ") || !id.find()) {
                return response.substring(9, 12) + " " + response.substring(response.indexOf("\r\n\r\n"));
            }
            String inspect = inspect(field.inspect(id.group(1)));
            if (!field.operation.equals("ContainerExec")) {
                remove(field.object(id.group(1)) + "?force=1&v=1");
            }
            return CHANGING.matcher(inspect).replaceAll("x");
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    private static String inspect(String target) throws IOException {
        try (RawClient client = RawClient.connect(docker.socket())) {
            return client.request("GET", target).readAnswer("GET").body();
        }
    }

    private static void remove(String target) throws IOException {
        try (RawClient client = RawClient.connect(docker.socket())) {
            client.request("DELETE", target).readAnswer("DELETE");
        }
    }

    private static String post(RawClient connection, String target, String body) throws IOException {
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try (RawClient client = connection) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: " + bytes.length() + "\r\n\r\n" + bytes);
            return client.readToEnd();
        }
    }
}
