package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds out by the first bytes how an archive or a layer is compressed, and decodes it piece by piece. */
final class Decompression implements AutoCloseable {
    private static final int LONGEST_MAGIC = 6;
    private static final String GZIP = "\u001f\u008b";
    /** By their first bytes; Docker and Podman would decompress these. */
    private static final Map<String, String> REFUSED =
            Map.of("BZh", "bzip2", "\u00fd7zXZ\0", "xz", "(\u00b5/\u00fd", "zstd", "\u001f\u009d", "compress");
    /** Frames of zstd that a reader skips begin with a byte from 0x50 to 0x5f, and these. */
    private static final String SKIPPABLE = "*M\u0018";

    private final ByteBuffer begin = ByteBuffer.allocate(LONGEST_MAGIC);
    private boolean isBegun;
    private @Nullable GzipReader gzip;

    /**
     * Returns the next piece of the content, or null if it needs more input. The piece can be a part of the input.
     *
     * @param input its position is behind the bytes that were read
     */
    @Nullable
    ByteBuffer read(ByteBuffer input) throws ArchiveException {
        if (!isBegun) {
            while (input.hasRemaining() && begin.hasRemaining()) {
                begin.put(input.get());
            }
            if (begin.hasRemaining()) {
                return null;
            }
            begin();
        }
        ByteBuffer piece = decode(begin);
        return piece == null ? decode(input) : piece;
    }

    /** Returns true if a piece is all of the input that was left. */
    boolean isIdentity() {
        return isBegun && gzip == null;
    }

    /** Returns the last piece of a short content, or null. */
    @Nullable
    ByteBuffer end() throws ArchiveException {
        ByteBuffer last = null;
        if (!isBegun) {
            begin();
            last = decode(begin);
        }
        if (gzip != null && !gzip.isAtEnd()) {
            throw new ArchiveException("is not complete");
        }
        return last;
    }

    private void begin() throws ArchiveException {
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
    }

    private static ArchiveException compressed(String form) {
        return new ArchiveException("is compressed with " + form
                + ", which this proxy does not read: send it without compression or with gzip");
    }

    private @Nullable ByteBuffer decode(ByteBuffer input) throws ArchiveException {
        if (gzip != null) {
            return gzip.read(input);
        }
        if (!input.hasRemaining()) {
            return null;
        }
        ByteBuffer piece = input.slice();
        input.position(input.limit());
        return piece;
    }

    /** Frees the memory of the decoder. */
    @Override
    public void close() {
        if (gzip != null) {
            gzip.close();
        }
    }
}
