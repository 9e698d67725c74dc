package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Judges a tar archive while it passes, and writes it again from the judged entries: without compression, in one form, without bytes after
 * its end.
 *
 * <p>Threading: one thread at a time.
 *
 * <p>Security: the bytes of the client are never passed on as they are, only the content of files.
 */
public final class ArchiveJudge implements AutoCloseable {
    private static final int LONGEST_MAGIC = 6;
    private static final ByteBuffer ZEROS =
            ByteBuffer.allocate(TarWriter.END_BYTES).asReadOnlyBuffer();
    private static final String GZIP = "\u001f\u008b";
    /** By their first bytes; Docker and Podman would decompress these. */
    private static final Map<String, String> REFUSED =
            Map.of("BZh", "bzip2", "\u00fd7zXZ\0", "xz", "(\u00b5/\u00fd", "zstd", "\u001f\u009d", "compress");
    /** Frames of zstd that a reader skips begin with a byte from 0x50 to 0x5f, and these. */
    private static final String SKIPPABLE = "*M\u0018";

    private final ArchiveRules rules;
    private final EntryRules entries;
    private final EntryJudge judge;
    private final TarReader reader;
    private final ByteBuffer begin = ByteBuffer.allocate(LONGEST_MAGIC);
    private boolean isBegun;
    private @Nullable GzipReader gzip;
    private long bytes;
    private EntryJudge.@Nullable Content content;
    private int padding;
    private Consumer<ByteBuffer> output = part -> {};

    public ArchiveJudge(ArchiveRules rules) {
        this(rules, EntryJudge.NONE, size -> true);
    }

    /**
     * Creates a judge of one archive.
     *
     * @param judge judges the entries that the rules allow
     * @param memory reserves bytes for names and extended headers until the end of the archive, or returns false
     */
    public ArchiveJudge(ArchiveRules rules, EntryJudge judge, IntPredicate memory) {
        this.rules = rules;
        this.judge = judge;
        this.entries = new EntryRules(rules, memory);
        this.reader = new TarReader(new Writing(), memory);
    }

    /**
     * Reads a part of the archive.
     *
     * @param input its position is behind the bytes that were read
     * @param judged receives bytes for the daemon; each buffer stays valid as long as the input
     * @return true if it needs more input; false if it must be called again with the same input, because compressed data become many bytes
     * @throws ArchiveException if the archive must not reach the daemon; the output must not be completed then
     */
    public boolean accept(ByteBuffer input, Consumer<ByteBuffer> judged) throws ArchiveException {
        output = judged;
        if (!isBegun) {
            while (input.hasRemaining() && begin.hasRemaining()) {
                begin.put(input.get());
            }
            return begin.hasRemaining() || decode(begin()) && !input.hasRemaining();
        }
        return decode(input);
    }

    /**
     * Ends the archive.
     *
     * @throws ArchiveException if the archive is not complete, or must not reach the daemon
     */
    public void end(Consumer<ByteBuffer> judged) throws ArchiveException {
        output = judged;
        if (!isBegun) {
            decode(begin());
        }
        if (gzip != null && !gzip.isAtEnd()) {
            throw new ArchiveException("is not complete");
        }
        reader.end();
        judge.end();
        judged.accept(ZEROS.duplicate());
    }

    /** Finds out how the archive is compressed, and returns its first bytes. */
    private ByteBuffer begin() throws ArchiveException {
        isBegun = true;
        begin.flip();
        String magic = TarHeader.text(begin.array(), 0, begin.limit());
        for (Map.Entry<String, String> refused : REFUSED.entrySet()) {
            if (magic.startsWith(refused.getKey())) {
                throw compressed(refused.getValue());
            }
        }
        if (magic.startsWith(SKIPPABLE, 1)) {
            throw compressed("zstd");
        }
        gzip = magic.startsWith(GZIP) ? new GzipReader() : null;
        return begin;
    }

    private static ArchiveException compressed(String form) {
        return new ArchiveException("is compressed with " + form
                + ", which this proxy does not read: send it without compression or with gzip");
    }

    private boolean decode(ByteBuffer input) throws ArchiveException {
        if (gzip == null) {
            read(input);
            return true;
        }
        ByteBuffer piece = gzip.read(input);
        if (piece == null) {
            return true;
        }
        read(piece);
        return false;
    }

    private void read(ByteBuffer decoded) throws ArchiveException {
        bytes += decoded.remaining();
        if (bytes > rules.maxBytes()) {
            throw new ArchiveException("has more than " + rules.maxBytes() + " bytes");
        }
        reader.accept(decoded);
    }

    /** Writes what the rules and the judge allow. */
    private final class Writing implements TarReader.Sink {
        @Override
        public void begin(TarEntry entry) throws ArchiveException {
            entries.check(entry);
            content = judge.begin(entry);
            padding = TarReader.padding(entry.size());
            output.accept(ByteBuffer.wrap(TarWriter.header(entry)));
        }

        @Override
        public void content(ByteBuffer part) throws ArchiveException {
            if (content != null) {
                content.accept(part.duplicate());
            }
            output.accept(part);
        }

        @Override
        public void end() throws ArchiveException {
            if (content != null) {
                content.end();
            }
            if (padding > 0) {
                output.accept(ZEROS.duplicate().limit(padding));
            }
        }
    }

    /** Frees the memory of the decompression. */
    @Override
    public void close() {
        if (gzip != null) {
            gzip.close();
        }
    }
}
