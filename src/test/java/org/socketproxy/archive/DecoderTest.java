package org.socketproxy.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/** The decoders of xz and zstd, compared with the encoders and decoders of their authors. */
class DecoderTest {
    private static final int MIB = 1 << 20;

    /** Counts what decoders reserve. */
    private static final class Windows implements WindowMemory {
        private int reserved;
        private int most;

        @Override
        public boolean reserve(int bytes) {
            reserved += bytes;
            most = Math.max(most, reserved);
            return reserved <= MOST_BYTES;
        }

        @Override
        public void release(int bytes) {
            reserved -= bytes;
        }
    }

    private static byte[] decoded(String form, byte[] data, IntSupplier lengths) throws ArchiveException {
        Windows windows = new Windows();
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (Decoder decoder = form.equals("xz") ? new XzReader(windows) : new ZstdReader(windows)) {
            for (int begin = 0; begin < data.length; ) {
                int length = Math.min(lengths.getAsInt(), data.length - begin);
                ByteBuffer input = ByteBuffer.wrap(data, begin, length).slice().asReadOnlyBuffer();
                for (ByteBuffer piece = decoder.read(input); piece != null; piece = decoder.read(input)) {
                    assertThat(piece.remaining()).isBetween(1, Decoder.PIECE_BYTES);
                    content.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
                }
                begin += length;
            }
            if (!decoder.isAtEnd()) {
                throw new ArchiveException("is not complete");
            }
        }
        assertThat(windows.reserved).isZero();
        return content.toByteArray();
    }

    private static byte[] decoded(String form, byte[] data) throws ArchiveException {
        return decoded(form, data, () -> Integer.MAX_VALUE);
    }

    /** Contents that encoders write in different ways. */
    private static byte[] content(int kind, int length) {
        Random random = new Random(kind * 31L + length);
        byte[] content = new byte[length];
        if (kind == 1) {
            random.nextBytes(content);
        }
        for (int i = 0; kind >= 2 && i < length; ) {
            int run = Math.min(length - i, 1 + random.nextInt(kind == 2 ? 40 : 3000));
            if (i > 0 && random.nextInt(3) > 0) {
                int from = random.nextInt(i);
                for (int j = 0; j < run; j++) {
                    content[i + j] = content[from + j];
                }
            } else {
                for (int j = 0; j < run; j++) {
                    content[i + j] = (byte) (kind == 2 ? 'a' + random.nextInt(26) : random.nextGaussian() * 20);
                }
            }
            i += run;
        }
        return content;
    }

    static int[][] contents() {
        return IntStream.range(0, 4)
                .boxed()
                .flatMap(kind -> IntStream.of(0, 1, 5, 1000, 140_000).mapToObj(length -> new int[] {kind, length}))
                .toArray(int[][]::new);
    }

    private static byte[] zstd(byte[] content, int level, boolean isChecked) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (ZstdOutputStream to = new ZstdOutputStream(data, level)) {
            to.setChecksum(isChecked);
            if (content.length > 8 * MIB) {
                to.setLong(23);
            }
            to.write(content);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return data.toByteArray();
    }

    private static byte[] xz(byte[] content, int dictionary, int check) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try {
            LZMA2Options options = new LZMA2Options(0);
            options.setDictSize(dictionary);
            try (XZOutputStream to = new XZOutputStream(data, options, check)) {
                to.write(content, 0, content.length / 2);
                if (content.length % 2 == 0) {
                    to.endBlock();
                }
                to.write(content, content.length / 2, content.length - content.length / 2);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return data.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("contents")
    void everyLevelOfZstdIsDecoded(int[] kind) throws ArchiveException {
        byte[] content = content(kind[0], kind[1]);
        Random random = new Random(kind[1]);
        for (int level : new int[] {-20, -1, 1, 3, 9, 16, 19}) {
            // The higher levels begin with large tables if they do not know the size.
            byte[] stream =
                    level < 10 || kind[1] > 1000 ? zstd(content, level, level % 2 == 0) : Zstd.compress(content, level);
            assertThat(decoded("zstd", stream, () -> 1 + random.nextInt(9000))).isEqualTo(content);
            byte[] known = Zstd.compress(content, level); // with its size, in a single segment if it is small
            assertThat(decoded("zstd", known)).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @MethodSource("contents")
    void everyChecksumOfXzIsDecoded(int[] kind) throws ArchiveException {
        byte[] content = content(kind[0], kind[1]);
        Random random = new Random(kind[1]);
        for (int check : new int[] {0, 1, 4, 10}) {
            byte[] data = xz(content, 1 << 16 + check % 3, check);
            assertThat(decoded("xz", data, () -> 1 + random.nextInt(9000))).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xz", "zstd"})
    void matchesAreFoundInAWindowOfEightMebibytes(String form) throws ArchiveException {
        byte[] content = Arrays.copyOf(content(1, 300_000), 18 * MIB);
        for (int from = 0; from + 8 * MIB + 3000 < content.length; from += 100_000) { // from the far end of the window
            content[from + 50_000] = (byte) from;
            System.arraycopy(content, from, content, from + 8 * MIB - 100, 3000);
        }
        byte[] data = form.equals("xz") ? xz(content, 8 * MIB, 1) : zstd(content, 1, true);

        assertThat(decoded(form, data, () -> 100_000)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xz", "zstd"})
    void streamsFollowEachOther(String form) throws ArchiveException {
        byte[] first = content(2, 70_000);
        byte[] second = content(3, 200_000);
        byte[] data = form.equals("xz")
                ? joined(
                        xz(first, 1 << 16, 4),
                        new byte[8],
                        xz(new byte[0], 4096, 1),
                        xz(second, 1 << 20, 0),
                        new byte[4])
                : joined(
                        TarText.plain("P*M<18><02><00><00><00>xy")
                                .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                        zstd(first, 3, true),
                        zstd(new byte[0], 3, false),
                        zstd(second, 9, false));

        for (IntSupplier lengths : new IntSupplier[] {() -> Integer.MAX_VALUE, () -> 1}) {
            assertThat(decoded(form, data, lengths)).isEqualTo(joined(first, second));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xz", "zstd"})
    void everyTruncationAndEveryWrongBitIsFound(String form) {
        byte[] content = content(2, 700);
        byte[] data = form.equals("xz") ? xz(content, 1 << 16, 4) : zstd(content, 5, true);
        for (int length = 0; length < data.length; length++) {
            byte[] part = Arrays.copyOf(data, length);
            assertThatThrownBy(() -> decoded(form, part)).hasMessage("is not complete");
        }
        for (int bit = 0; bit < 8 * data.length; bit++) {
            byte[] wrong = data.clone();
            wrong[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(decoded(form, wrong)).as("bit " + bit).isEqualTo(content);
            } catch (ArchiveException refused) {
                assertThat(refused.getMessage()).matches("is not complete|has damaged .*|is compressed with .*");
            }
        }
    }

    /** The proxy refuses an input, or reads the same content as the decoder of the authors. */
    @ParameterizedTest
    @ValueSource(strings = {"xz", "zstd"})
    void changedDataAreReadAsTheAuthorsReadThem(String form) {
        int cases = Integer.getInteger("generator.cases", 600) * 2;
        Random random = new Random(4);
        int equal = 0;
        int stricter = 0;
        for (int i = 0; i < cases; i++) {
            byte[] content = content(random.nextInt(4), 1 + random.nextInt(random.nextInt(10) == 0 ? 150_000 : 600));
            byte[] data = form.equals("xz") ? xz(content, 1 << 16, 0) : Zstd.compress(content, random.nextInt(30) - 10);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                data[random.nextInt(data.length)] = (byte) random.nextInt();
            }
            byte[] byAuthor = byAuthor(form, data);
            try {
                byte[] own = decoded(form, data, () -> 1 + random.nextInt(5000));
                assertThat(own).isEqualTo(byAuthor == null ? own : byAuthor);
                equal += byAuthor == null ? 0 : 1;
            } catch (ArchiveException refused) {
                stricter += byAuthor == null ? 0 : 1;
            }
        }
        assertThat(equal).isGreaterThan(cases / 20).isGreaterThan(5 * stricter);
    }

    private static byte @Nullable [] byAuthor(String form, byte[] data) {
        try (ZstdInputStream zstd = form.equals("xz") ? null : new ZstdInputStream(new ByteArrayInputStream(data))) {
            return zstd == null
                    ? new XZInputStream(new ByteArrayInputStream(data), 100_000).readAllBytes()
                    : zstd.readAllBytes();
        } catch (IOException refused) {
            return null;
        }
    }

    @Test
    void largerWindowsAreRefused() throws Exception {
        byte[] xz = xz(new byte[100], 8 * MIB + 1, 1);
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (ZstdOutputStream to = new ZstdOutputStream(data)) {
            to.setLong(24);
            to.write(new byte[100]);
        }

        assertThatThrownBy(() -> decoded("xz", xz))
                .hasMessageStartingWith("is compressed with xz that needs a window of 12582912 bytes, of which");
        assertThatThrownBy(() -> decoded("zstd", data.toByteArray()))
                .hasMessageStartingWith("is compressed with zstd that needs a window of 16777216 bytes, of which")
                .hasMessageContaining("zstd -19 or less");
    }

    @ParameterizedTest
    @CsvSource({"xz, 600000", "zstd, 1600000"})
    void aWindowIsReservedByItsSize(String form, int most) throws ArchiveException {
        byte[] content = new byte[1000];
        byte[] data = form.equals("xz") ? xz(content, 1 << 16, 1) : zstd(content, 1, true);
        Windows windows = new Windows();
        WindowMemory none = new WindowMemory() {
            @Override
            public boolean reserve(int bytes) {
                return false;
            }

            @Override
            public void release(int bytes) {}
        };

        try (Decoder decoder = form.equals("xz") ? new XzReader(windows) : new ZstdReader(windows)) {
            decoder.read(ByteBuffer.wrap(data));
            assertThat(windows.most).isBetween(MIB / 2, most);
        }
        try (Decoder decoder = form.equals("xz") ? new XzReader(none) : new ZstdReader(none)) {
            assertThatThrownBy(() -> decoder.read(ByteBuffer.wrap(data)))
                    .hasMessageContaining("no free memory: try again later")
                    .matches(refused -> ((ArchiveException) refused).isOfMemory());
        }
    }

    /** A client that sends blocks or frames of some bytes does not make the proxy allocate a window for each. */
    @ParameterizedTest
    @ValueSource(strings = {"xz", "zstd"})
    void manySmallStreamsUseOneWindow(String form) throws ArchiveException {
        byte[] one = form.equals("xz") ? xz(new byte[1], 8 * MIB, 0) : zstd(new byte[1], 3, false);
        byte[] data = new byte[one.length * 2000];
        for (int i = 0; i < data.length; i++) {
            data[i] = one[i % one.length];
        }
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        assertThat(decoded(form, data)).hasSize(2000);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100L * MIB);
    }
}
