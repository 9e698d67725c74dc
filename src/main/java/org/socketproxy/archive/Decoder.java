package org.socketproxy.archive;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Decodes compressed data from chunks of any size, piece by piece. */
interface Decoder extends AutoCloseable {
    /** Bytes of a piece; the last one of a block can have fewer. */
    int PIECE_BYTES = 32 * 1024;

    /**
     * Returns the next piece of the content, or null if it needs more input.
     *
     * @param input its position is behind the bytes that were read
     */
    @Nullable
    ByteBuffer read(ByteBuffer input) throws ArchiveException;

    /** Returns true if the data can end here. */
    boolean isAtEnd();

    /** Frees the memory. */
    @Override
    void close();
}
