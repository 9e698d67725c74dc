package org.socketproxy.archive;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Judges what the entries of one archive mean for the daemon, after the rules for all archives. */
public interface EntryJudge {
    /** Allows all entries. */
    EntryJudge NONE = entry -> null;

    /** Receives the content of one entry. */
    interface Content {
        /** Judges a part of the content; the buffer is valid during the call. */
        void accept(ByteBuffer part) throws ArchiveException;

        /** Judges the whole content. */
        void end() throws ArchiveException;
    }

    /** Judges an entry, and returns the judge of its content, or null. */
    @Nullable
    Content begin(TarEntry entry) throws ArchiveException;

    /** Takes notice of bytes of the client, before decompression. */
    default void received(int bytes) {}

    /** Judges the whole archive. */
    default void end() throws ArchiveException {}

    /** Frees the memory of decoders. */
    default void close() {}
}
