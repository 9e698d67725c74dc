package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.RealDocker;

/**
 * Compose files of well-known applications, with the test's image in place of theirs, between {@code docker compose},
 * {@code CREATE=safe} and a real dockerd.
 */
@Tag("thorough")
class CreateComposeIT {
    /** What differs between two runs of the same file. */
    private static final Pattern CHANGING = Pattern.compile("[0-9a-f]{12,64}");

    private static final Pattern HOST_CONFIG = Pattern.compile("(?m)(?<= is running )\\{.*}$");

    private static final String DESCRIBE = "docker ps -aq --filter label=com.docker.compose.project=$PROJECT"
            + " | xargs -r docker inspect --format '{{$n := .Name}}{{$n}} is {{.State.Status}} {{json .HostConfig}}"
            + "{{range .Config.Env}}{{println}}{{$n}} {{.}}{{end}}"
            + "{{range .Mounts}}{{println}}{{$n}} {{.Type}}:{{.Destination}}:{{.RW}}{{end}}' | sort";

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static CreateProxies proxies;

    /**
     * @param want the text of the denial, empty for a harmless file
     */
    private record Application(String name, String settings, String want, String file) {
        @Override
        public String toString() {
            return name;
        }

        Path place() throws IOException {
            String project = name.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
            Path place = folder.resolve(project);
            Files.createDirectories(place.resolve("media"));
            Files.writeString(place.resolve("compose.yaml"), file.replace("FOLDER", folder.toString()));
            return place;
        }
    }

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        proxies = new CreateProxies(docker.socket());
    }

    @AfterAll
    static void stop() {
        if (proxies != null) {
            proxies.close();
        }
    }

    private static Stream<Application> read(String file) {
        List<List<String>> sections = new ArrayList<>();
        Corpus.lines(CreateComposeIT.class, file).forEach(line -> {
            if (line.startsWith("== ")) {
                sections.add(new ArrayList<>());
            }
            if (!sections.isEmpty()) {
                sections.get(sections.size() - 1).add(line);
            }
        });
        return sections.stream().map(lines -> {
            String[] cells = (lines.get(1) + " | ").split(" \\| ", -1);
            return new Application(
                    lines.get(0).substring("== ".length()),
                    cells[1],
                    cells[2],
                    String.join("\n", lines.subList(2, lines.size())) + "\n");
        });
    }

    static Stream<Application> harmless() {
        return read("compose-harmless.txt");
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void harmlessApplicationComesUpAsWithoutProxy(Application application) throws IOException {
        Path place = application.place();
        String wait = application.file().contains("healthcheck:") ? "--wait " : "";
        String up = script(place, "docker compose up -d " + wait + "--quiet-pull\n" + DESCRIBE);
        String down = script(place, "docker compose down -v -t 0");
        Cli direct = docker.cli(place, Map.of());
        Cli proxied = proxies.cli(place, application.settings().replace("FOLDER", folder.toString()));

        Cli.Result expected = direct.script(up);
        direct.script(down);
        Cli.Result result = proxied.script(up);
        Cli.Result removed = proxied.script(down);

        assertThat(expected.exitCode()).as(expected.stderr()).isZero();
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(expected.stdout()).contains(" is running ");
        assertThat(unchanging(result)).isEqualTo(unchanging(expected));
        assertThat(removed.exitCode()).as(removed.stderr()).isZero();
    }

    private static String script(Path place, String script) {
        return "PROJECT=" + place.getFileName() + "\n" + script;
    }

    private static String unchanging(Cli.Result result) {
        return withIds(HOST_CONFIG
                .matcher(result.stdout())
                .replaceAll(json -> Matcher.quoteReplacement(withSortedMounts(json.group()))));
    }

    private static String withIds(String text) {
        return CHANGING.matcher(text).replaceAll("ID");
    }

    /** Compose sends the mounts of a service in a random order. */
    private static String withSortedMounts(String hostConfig) {
        try {
            ObjectNode config = (ObjectNode) new ObjectMapper().readTree(hostConfig);
            for (String list : List.of("Binds", "Mounts")) {
                List<String> mounts = new ArrayList<>();
                config.path(list).forEach(mount -> mounts.add(withIds(mount.toString())));
                Collections.sort(mounts);
                config.put(list, mounts.toString());
            }
            return config.toString();
        } catch (JsonProcessingException malformed) {
            throw new IllegalStateException(hostConfig, malformed);
        }
    }

    static Stream<Application> harmful() {
        return read("compose-harmful.txt");
    }

    @ParameterizedTest
    @MethodSource("harmful")
    void harmfulApplicationIsDenied(Application application) throws IOException {
        Path place = application.place();
        Cli direct = docker.cli(place, Map.of());
        Cli proxied = proxies.cli(place, application.settings().replace("FOLDER", folder.toString()));
        String up = script(place, "docker compose up -d --quiet-pull");

        Cli.Result result = proxied.script(up);
        String running = direct.script(script(place, DESCRIBE)).stdout();
        direct.script(script(place, "docker compose down -v -t 0"));

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains(application.want().replace("FOLDER", folder.toString()));
        assertThat(running).doesNotContain("/" + place.getFileName() + "-web");
    }
}
