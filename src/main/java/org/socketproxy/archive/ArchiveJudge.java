package org.socketproxy.archive;

import java.nio.ByteBuffer;
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
    private static final ByteBuffer ZEROS =
            ByteBuffer.allocate(TarWriter.END_BYTES).asReadOnlyBuffer();

    private final ArchiveRules rules;
    private final EntryRules entries;
    private final EntryJudge judge;
    private final TarReader reader;
    private final Decompression compressed;
    private long received;
    private long bytes;
    private EntryJudge.@Nullable Content content;
    private int padding;
    private Consumer<ByteBuffer> output = part -> {};

    /**
     * Creates a judge of one archive.
     *
     * @param judge judges the entries that the rules allow
     * @param memory reserves bytes for names and extended headers until the end of the archive, or returns false
     * @param windows memory for the decoder
     */
    public ArchiveJudge(ArchiveRules rules, EntryJudge judge, IntPredicate memory, WindowMemory windows) {
        this.compressed = new Decompression(windows);
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
        int before = input.remaining();
        ByteBuffer piece = compressed.read(input);
        received += before - input.remaining();
        judge.received(before - input.remaining());
        if (piece == null) {
            return true;
        }
        read(piece);
        return compressed.isIdentity() && !input.hasRemaining();
    }

    /**
     * Ends the archive.
     *
     * @throws ArchiveException if the archive is not complete, or must not reach the daemon
     */
    public void end(Consumer<ByteBuffer> judged) throws ArchiveException {
        output = judged;
        ByteBuffer last = compressed.end();
        if (last != null) {
            read(last);
        }
        reader.end();
        judge.end();
        judged.accept(ZEROS.duplicate());
    }

    private void read(ByteBuffer decoded) throws ArchiveException {
        bytes += decoded.remaining();
        if (bytes > rules.maxBytes()) {
            throw new ArchiveException("has more than " + rules.maxBytes() + " bytes");
        }
        if (Decompression.isTooMuch(bytes, received)) {
            throw new ArchiveException("becomes too many bytes, more than 1,100 of each one");
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

    /** Frees the memory of the decoders. */
    @Override
    public void close() {
        compressed.close();
        judge.close();
    }
}
