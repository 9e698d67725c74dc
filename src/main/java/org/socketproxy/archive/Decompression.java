package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds out by the first bytes how an archive or a layer is compressed, and decodes it piece by piece. */
final class Decompression implements AutoCloseable {
    private static final int LONGEST_MAGIC = 6;
    /**
     * The most bytes that one byte of the client becomes, after the first ones: those of gzip. One of zstd can become 32,000, and two
     * compressions can make a million of it.
     */
    private static final int MOST_GROWTH = 1100;

    private static final int FIRST_BYTES = 16 << 20;
    private static final String GZIP = "\u001f\u008b";
    private static final String XZ = "\u00fd7zXZ\0";
    private static final String ZSTD = "(\u00b5/\u00fd";
    /** By their first bytes; Docker or Podman would decompress these. */
    private static final Map<String, String> REFUSED = Map.of("BZh", "bzip2", "\u001f\u009d", "compress");
    /** Frames of zstd that a reader skips begin with a byte from 0x50 to 0x5f, and these. */
    private static final String SKIPPABLE = "*M\u0018";

    private final ByteBuffer begin = ByteBuffer.allocate(LONGEST_MAGIC);
    private final WindowMemory windows;
    private boolean isBegun;
    private @Nullable Decoder decoder;

    Decompression(WindowMemory windows) {
        this.windows = windows;
    }

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

    /** Returns true if the bytes of a client became too many. */
    static boolean isTooMuch(long decoded, long received) {
        return (decoded - FIRST_BYTES) / MOST_GROWTH > received;
    }

    /** Returns true if a piece is all of the input that was left. */
    boolean isIdentity() {
        return isBegun && decoder == null;
    }

    /** Returns the last piece of a short content, or null. */
    @Nullable
    ByteBuffer end() throws ArchiveException {
        ByteBuffer last = null;
        if (!isBegun) {
            begin();
            last = decode(begin);
        }
        if (decoder != null && !decoder.isAtEnd()) {
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
        boolean isZstd = magic.startsWith(ZSTD) || magic.startsWith(SKIPPABLE, 1);
        if (magic.startsWith(GZIP)) {
            decoder = new GzipReader();
        } else if (isZstd || magic.startsWith(XZ)) {
            if (windows == WindowMemory.NONE) {
                throw compressed(isZstd ? "zstd" : "xz");
            }
            decoder = isZstd ? new ZstdReader(windows) : new XzReader(windows);
        }
    }

    private static ArchiveException compressed(String form) {
        return new ArchiveException("is compressed with " + form
                + ", which this proxy does not read here: send it without compression or with gzip");
    }

    private @Nullable ByteBuffer decode(ByteBuffer input) throws ArchiveException {
        if (decoder != null) {
            return decoder.read(input);
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
        if (decoder != null) {
            decoder.close();
        }
    }
}
