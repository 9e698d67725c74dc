package org.socketproxy.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Corpus;

/** Archives of {@code images.txt}: the names of their images, or the sentence of the refusal. */
class ImageFilesTest {
    private static final String REFUSED = "refused: ";

    record Case(String archive, String expected) {
        static Case of(String line) {
            int arrow = line.lastIndexOf(" => ");
            return new Case(line.substring(0, arrow), line.substring(arrow + 4));
        }
    }

    /** Collects names. */
    private static final class Names implements ImageRule {
        final List<String> given = new ArrayList<>();

        @Override
        public String nameProblem(String name) {
            given.add(name.isEmpty() ? "(none)" : name);
            return name.startsWith("foreign") ? "gives the name " + name : null;
        }

        @Override
        public String labelProblem(String key, String value) {
            return key.equals("owner") ? "gives the label " + key + "=" + value : null;
        }
    }

    static Stream<Case> cases() {
        return Corpus.lines(ImageFilesTest.class, "images.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(Case::of);
    }

    private static String result(byte[] archive, IntSupplier lengths) {
        Names names = new Names();
        ArchiveRules rules = ArchiveRules.STRICT.allowingPrivileges(true);
        try {
            byte[] output = Judged.inChunks(
                    new ArchiveJudge(
                            rules,
                            new ImageFiles(names, size -> true, size -> {}, Judged.WINDOWS),
                            size -> true,
                            Judged.WINDOWS),
                    archive,
                    lengths);
            assertThat(Judged.whole(
                            new ArchiveJudge(
                                    rules,
                                    new ImageFiles(new Names(), size -> true, size -> {}, Judged.WINDOWS),
                                    size -> true,
                                    Judged.WINDOWS),
                            output))
                    .isEqualTo(output);
            return String.join(" ", names.given);
        } catch (ArchiveException refused) {
            return REFUSED + refused.getMessage();
        }
    }

    private static void assertResult(String result, Case each) {
        assertThat(result).matches("[ -~]+");
        if (each.expected.startsWith(REFUSED)) {
            assertThat(result).startsWith(REFUSED).contains(each.expected.substring(REFUSED.length()));
        } else {
            assertThat(result).isEqualTo(each.expected);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theArchiveHasTheseNamesOrIsRefused(Case each) {
        assertResult(result(ImageText.bytes(each.archive), () -> Integer.MAX_VALUE), each);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void chunksAndCompressionDoNotChangeTheResult(Case each) {
        byte[] archive = ImageText.bytes(each.archive);
        Random random = new Random(each.archive.hashCode());

        assertResult(result(archive, () -> 1), each);
        assertResult(result(archive, () -> 1 + random.nextInt(700)), each);
        assertResult(result(TarText.gzip(archive), () -> 100), each);
    }

    /** Documents that an attacker repeats need memory of its client, which is not free for ever. */
    @Test
    void theMemoryForDocumentsIsReserved() throws Exception {
        AtomicLong reserved = new AtomicLong();
        AtomicLong most = new AtomicLong();
        byte[] archive = ImageText.bytes("docker ; +x {\"a\":\"" + "-".repeat(10_000) + "\"}");

        Judged.whole(
                new ArchiveJudge(
                        ArchiveRules.STRICT.allowingPrivileges(true),
                        new ImageFiles(
                                ImageRule.NONE,
                                size -> most.accumulateAndGet(reserved.addAndGet(size), Math::max) > 0,
                                size -> reserved.addAndGet(-size),
                                Judged.WINDOWS),
                        size -> true,
                        Judged.WINDOWS),
                archive);

        assertThat(most.get()).isBetween(30_000L, 40_000L);
        assertThat(reserved.get()).isBetween(1_000L, 5_000L);
        assertThat(result(ImageText.bytes("docker ; +x {\"a\":\"" + "-".repeat(600_000) + "\"}"), () -> 50_000))
                .isEqualTo("new:1");
    }

    @Test
    void imagesHaveNotAnyNumberOfNames() {
        String names = "\"a:1\",".repeat(1001);

        assertThat(result(ImageText.bytes("docker ; manifest.json: [\"new -> [" + names + "\"new"), () -> 1000))
                .contains("gives images more than 1000 names");
    }

    /** A layer that is compressed twice would become a million times its bytes. */
    @Test
    void aLayerGrowsOnlyAsMuchAsOneCompressionCan() {
        byte[] file = TarText.bytes("0 zeros size=20000000 ; open");
        byte[] zeros = TarText.gzip(Arrays.copyOf(file, 20_000_000));
        byte[] header = TarText.bytes("0 layer.tar size=" + zeros.length + " ; open");
        byte[] archive = new byte[header.length + zeros.length];
        System.arraycopy(header, 0, archive, 0, header.length);
        System.arraycopy(zeros, 0, archive, header.length, zeros.length);

        assertThat(result(TarText.gzip(archive), () -> 8192)).contains("has layers that become too many bytes");
        assertThat(result(archive, () -> 8192)).contains("is not complete");
    }
}
