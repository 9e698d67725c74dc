import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Creates a class-data archive with the same bytes in each build. The JVM writes the soft references of the archived heap with
 * their timestamps, which are milliseconds of the monotonic clock. This program creates the archive twice, writes zero where
 * the two have a timestamp of their own creation, and corrects the checksums. If anything else differs, the archive stays as the
 * JVM wrote it: it is valid, and only a release needs equal bytes.
 *
 * <p>Arguments: the archive, and the command that creates it there.
 */
public final class EqualArchive {
    /** Layout of the header in JDK 25: checksum, length of the header, and the range that the checksum is of. */
    private static final int HEADER_CRC = 4;

    private static final int HEADER_LENGTH = 12;
    private static final int HEADER_BEGIN = 16;
    /** Layout of the description of a region, relative to its checksum: offset in the file, and length. */
    private static final int REGION_OFFSET = 24;

    private static final int REGION_LENGTH = 40;

    private EqualArchive() {}

    /** An archive, and the range of the monotonic clock in which it was created, in milliseconds. */
    private record Archive(ByteBuffer bytes, long begin, long end) {
        boolean isTimestamp(int offset) {
            long value = bytes.getLong(offset);
            return begin <= value && value <= end;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        List<String> command = List.of(arguments).subList(1, arguments.length);
        Archive first = create(file, command);
        Archive second = create(file, command);
        try {
            int timestamps = equalize(first, second);
            Files.write(file, first.bytes.array());
            System.out.println("EqualArchive: " + timestamps + " timestamps replaced in " + file);
        } catch (IllegalStateException different) {
            System.out.println("EqualArchive: other builds get other bytes: " + different.getMessage());
        }
    }

    /** Removes what differs from both archives, and returns the number of timestamps. */
    private static int equalize(Archive first, Archive second) {
        if (first.bytes.capacity() != second.bytes.capacity()) {
            throw new IllegalStateException("The archives have different lengths");
        }
        int header = first.bytes.getInt(HEADER_LENGTH);
        List<Integer> checksums = new ArrayList<>();
        int timestamps = 0;
        for (int offset = 0; offset + Long.BYTES <= first.bytes.capacity(); offset += Long.BYTES) {
            if (first.bytes.getLong(offset) == second.bytes.getLong(offset)) {
                continue;
            }
            if (offset < header) {
                if (offset >= HEADER_BEGIN) {
                    checksums.add(offset);
                }
            } else if (first.isTimestamp(offset) && second.isTimestamp(offset)) {
                first.bytes.putLong(offset, 0);
                second.bytes.putLong(offset, 0);
                timestamps++;
            } else {
                throw new IllegalStateException("The archives differ at " + offset);
            }
        }
        for (Archive each : List.of(first, second)) {
            checksums.forEach(offset -> correct(each.bytes, offset));
            each.bytes.putInt(HEADER_CRC, crc(each.bytes, HEADER_BEGIN, header - HEADER_BEGIN));
        }
        if (!first.bytes.equals(second.bytes)) {
            throw new IllegalStateException("The headers of the archives differ");
        }
        return timestamps;
    }

    private static Archive create(Path file, List<String> command) throws IOException, InterruptedException {
        Files.deleteIfExists(file);
        long begin = System.nanoTime() / 1_000_000;
        int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
        long end = System.nanoTime() / 1_000_000;
        if (exitCode != 0) {
            throw new IllegalStateException(command + " ended with " + exitCode);
        }
        return new Archive(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder()), begin, end);
    }

    private static void correct(ByteBuffer bytes, int region) {
        int begin = Math.toIntExact(bytes.getLong(region + REGION_OFFSET));
        bytes.putInt(region, crc(bytes, begin, Math.toIntExact(bytes.getLong(region + REGION_LENGTH))));
    }

    private static int crc(ByteBuffer bytes, int begin, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes.array(), begin, length);
        return (int) crc.getValue();
    }
}
