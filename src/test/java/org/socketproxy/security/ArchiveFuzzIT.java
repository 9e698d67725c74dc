package org.socketproxy.security;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.socketproxy.archive.ImageText;
import org.socketproxy.archive.TarText;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.DaemonWatch;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RestartableDocker;

/**
 * Sends combined and changed archives through a proxy with {@code CREATE=safe} to a dockerd with limited memory, and checks the
 * daemon as {@link MessageFuzzIT} does. {@code -Dfuzz.minutes=60 -Dfuzz.seed=1} runs it for longer.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS)
@Tag("thorough")
class ArchiveFuzzIT {
    private static final int RUNS = 10;
    private static final int ARCHIVES = 25;
    private static final int BLOCK = 512;
    private static final int CHECKSUM = 148;
    private static final List<String> REQUESTS = List.of(
            "PUT /containers/fuzz/archive?path=/d",
            "POST /build",
            "POST /images/load",
            "POST /images/create?fromSrc=-");
    /** Archives of the corpora that the judge allows. Large ones only cost time. */
    private static final List<String> ALLOWED = allowed("archives.txt")
            .filter(archive -> archive.matches("[0-9xLK] .*")
                    && !archive.matches(".*(\\{\\d{5,}}|gzip|xz|zstd|flip|end|open|zero|raw).*"))
            .toList();

    private static final List<String> IMAGES = allowed("images.txt").toList();

    private static RestartableDocker docker;
    private static DaemonWatch watch;

    /** Number of archives by request and status. */
    private final Map<String, Integer> counts = new TreeMap<>();

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        docker.awaitReady();
        watch = DaemonWatch.limiting(docker.pid(), 2L << 30);
        byte[] image = TarText.bytes("5 d/ ; 5 etc/ ; 0 etc/passwd data=root");
        assertThat(ask(RawClient.connect(docker.socket()), "POST /images/create?fromSrc=-&repo=fuzz", image)
                        .status())
                .isEqualTo(200);
        byte[] container = "{\"Image\":\"fuzz\",\"Cmd\":[\"x\"]}".getBytes(US_ASCII);
        assertThat(ask(RawClient.connect(docker.socket()), "POST /containers/create?name=fuzz", container)
                        .status())
                .isEqualTo(201);
    }

    @AfterAll
    static void stop() throws Exception {
        if (watch != null) {
            watch.close();
        }
        if (docker != null) {
            docker.close();
        }
    }

    @Test
    void noAllowedArchiveHarmsTheDaemon() throws Exception {
        long seed = Long.getLong("fuzz.seed", 1);
        Duration limit = Duration.ofMinutes(Integer.getInteger("fuzz.minutes", 0));
        long begin = System.nanoTime();
        int run = 0;
        try (ProxyUnderTest proxy = ProxyUnderTest.before(
                "unix://" + docker.socket(), Map.of("CREATE", "safe", "CREATE_ALLOW", "image-load,image-import"))) {
            for (; run < RUNS || System.nanoTime() - begin < limit.toNanos(); run++) {
                long own = seed * 1_000_000 + run;
                Random random = new Random(own);
                for (int i = 0; i < ARCHIVES; i++) {
                    String request = REQUESTS.get(random.nextInt(REQUESTS.size()));
                    RawResponse answer = ask(proxy.connect(), request, archive(random, request));
                    counts.merge(request.split("[?]")[0] + " " + answer.status(), 1, Integer::sum);
                }
                assertThat(watch.problem()).as("run %d", own).isNull();
                for (String used :
                        List.of("GET /containers/fuzz/json", "POST /images/prune", "POST /build/prune?all=1")) {
                    assertThat(ask(RawClient.connect(docker.socket()), used, new byte[0])
                                    .status())
                            .as("%s after run %d", used, own)
                            .isEqualTo(200);
                }
                watch.next();
            }
        } finally {
            System.out.println("ArchiveFuzzIT: " + run + " runs, " + counts + ", " + watch);
        }
        assertThat(counts)
                .containsKeys(
                        "PUT /containers/fuzz/archive 200",
                        "PUT /containers/fuzz/archive 403",
                        "POST /build 200",
                        "POST /images/load 200",
                        "POST /images/create 200");
    }

    private static Stream<String> allowed(String corpus) {
        return Corpus.lines(TarText.class, corpus)
                .filter(line -> line.contains(" => ") && !line.contains(" => refused:"))
                .map(line -> line.substring(0, line.indexOf(" => ")));
    }

    /** Joins archives of the corpus; every second one is then changed in some bytes, with right checksums, or cut. */
    private static byte[] archive(Random random, String request) {
        if (request.endsWith("/load")) {
            return changed(random, ImageText.bytes(IMAGES.get(random.nextInt(IMAGES.size()))));
        }
        String text = random.ints(1 + random.nextInt(4), 0, ALLOWED.size())
                .mapToObj(ALLOWED::get)
                .collect(Collectors.joining(" ; "));
        if (request.startsWith("POST /build")) {
            text = "0 Dockerfile data=FROM<20>scratch<0a>COPY<20>.<20>/<0a> ; " + text;
        }
        return changed(random, TarText.bytes(text));
    }

    private static byte[] changed(Random random, byte[] archive) {
        if (random.nextBoolean()) {
            return archive;
        }
        for (int changes = 1 + random.nextInt(3); changes > 0 && archive.length >= BLOCK; changes--) {
            int block = random.nextInt(archive.length / BLOCK) * BLOCK;
            archive[block + random.nextInt(BLOCK)] = (byte) random.nextInt(256);
            writeChecksum(archive, block);
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(archive, random.nextInt(archive.length)) : archive;
    }

    /** POSIX.1-1988 ustar: the sum of all bytes of the header, with spaces in place of the checksum. */
    private static void writeChecksum(byte[] archive, int block) {
        Arrays.fill(archive, block + CHECKSUM, block + CHECKSUM + 8, (byte) ' ');
        int sum = 0;
        for (int i = block; i < block + BLOCK; i++) {
            sum += archive[i] & 0xff;
        }
        byte[] digits = String.format("%06o", sum).getBytes(US_ASCII);
        System.arraycopy(digits, 0, archive, block + CHECKSUM, digits.length);
        archive[block + CHECKSUM + digits.length] = 0;
    }

    private static RawResponse ask(RawClient connected, String request, byte[] body) throws IOException {
        String type = request.contains("/containers/create") ? "application/json" : "application/x-tar";
        try (RawClient client = connected) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length
                    + "\r\n\r\n");
            client.output().write(body);
            client.output().flush();
            return client.readAnswer(request.split(" ")[0]);
        }
    }
}
