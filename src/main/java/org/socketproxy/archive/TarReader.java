package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive from chunks of any size. Memory: one block, and one extended header of at most {@value #MOST_EXTENSION_BYTES} bytes.
 *
 * <p>Security: reads only the types 0, 1, 2, 3, 4, 5, 6, x, L and K, and a g with comments. What two readers of tar read differently is
 * refused.
 */
final class TarReader {
    static final int MOST_EXTENSION_BYTES = 256 * 1024;

    private static final int SPARE_EXTENSION_BYTES = 4096;
    private static final String ZERO_THEN_DATA = "continues after a block of zeros";

    /** Receives the entries. */
    interface Sink {
        void begin(TarEntry entry) throws ArchiveException;

        /** Receives a part of the content; the buffer is valid during the call. */
        void content(ByteBuffer part) throws ArchiveException;

        void end() throws ArchiveException;
    }

    private enum State {
        HEADER,
        EXTENSION,
        CONTENT,
        PADDING,
        END
    }

    private final Sink sink;
    private final IntPredicate memory;
    private final byte[] block = new byte[TarHeader.BLOCK_BYTES];
    private int filled;
    private State state = State.HEADER;
    private State afterPadding = State.HEADER;
    private boolean isZeroRead;
    private long remaining;
    private int padding;
    private char extensionType;
    private byte[] extension = new byte[0];
    private int extensionBytes;
    private int reservedBytes = SPARE_EXTENSION_BYTES;
    private @Nullable PaxRecords records;
    private @Nullable String longName;
    private @Nullable String longLink;

    /** @param memory reserves bytes for an extended header, or returns false */
    TarReader(Sink sink, IntPredicate memory) {
        this.sink = sink;
        this.memory = memory;
    }

    /** Reads all bytes of a buffer. Bytes after the end of the archive are dropped. */
    void accept(ByteBuffer input) throws ArchiveException {
        while (input.hasRemaining()) {
            switch (state) {
                case HEADER -> readHeader(input);
                case EXTENSION -> readExtension(input);
                case CONTENT -> readContent(input);
                case PADDING -> skipPadding(input);
                case END -> input.position(input.limit());
            }
        }
    }

    /** Ends the archive. One block of zeros, or none, ends it too. */
    void end() throws ArchiveException {
        boolean isWhole = state == State.END || state == State.HEADER && filled == 0;
        if (!isWhole || isExtended()) {
            throw new ArchiveException("is not complete");
        }
    }

    /** Returns true if an extended header waits for its entry. */
    private boolean isExtended() {
        return records != null || longName != null || longLink != null;
    }

    private void readHeader(ByteBuffer input) throws ArchiveException {
        int part = Math.min(input.remaining(), block.length - filled);
        input.get(block, filled, part);
        filled += part;
        if (filled < block.length) {
            return;
        }
        filled = 0;
        if (TarHeader.isZero(block)) {
            if (isExtended()) {
                throw new ArchiveException("is not complete");
            }
            state = isZeroRead ? State.END : State.HEADER;
            isZeroRead = true;
            return;
        }
        if (isZeroRead) {
            throw new ArchiveException(ZERO_THEN_DATA);
        }
        TarHeader header = TarHeader.read(block);
        if ("xgLK".indexOf(header.type()) >= 0) {
            beginExtension(header);
        } else {
            beginEntry(header);
        }
    }

    private void beginExtension(TarHeader header) throws ArchiveException {
        long size = header.size();
        if (size < 1 || size > MOST_EXTENSION_BYTES) {
            throw new ArchiveException(
                    "has an extended header that is empty, or has more than " + MOST_EXTENSION_BYTES + " bytes");
        }
        extensionType = header.type();
        boolean isSecondLong = extensionType == 'K' && longLink == null || extensionType == 'L' && longName == null;
        if (records != null || isExtended() && !isSecondLong) {
            throw new ArchiveException("has two extended headers for one entry");
        }
        if (size > reservedBytes) {
            if (!memory.test((int) size - reservedBytes)) {
                throw new ArchiveException("has an extended header that the proxy has no memory for: try again later");
            }
            reservedBytes = (int) size;
        }
        extension = new byte[(int) size];
        extensionBytes = 0;
        state = State.EXTENSION;
    }

    private void readExtension(ByteBuffer input) throws ArchiveException {
        int part = Math.min(input.remaining(), extension.length - extensionBytes);
        input.get(extension, extensionBytes, part);
        extensionBytes += part;
        if (extensionBytes < extension.length) {
            return;
        }
        switch (extensionType) {
            case 'x' -> records = PaxRecords.read(extension);
            case 'L' -> longName = longText();
            case 'K' -> longLink = longText();
            default -> PaxRecords.readGlobal(extension);
        }
        pad(extension.length, State.HEADER);
        extension = new byte[0];
    }

    /** Returns the text before the NULs at the end. */
    private String longText() throws ArchiveException {
        String text = new String(extension, StandardCharsets.ISO_8859_1);
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\0') {
            end--;
        }
        if (end == 0 || text.lastIndexOf('\0', end - 1) >= 0) {
            throw new ArchiveException("has a long name that is empty or contains a NUL");
        }
        return text.substring(0, end);
    }

    private void beginEntry(TarHeader header) throws ArchiveException {
        PaxRecords pax = records == null ? PaxRecords.NONE : records;
        TarEntry entry = EntryReader.read(header, pax, longName, longLink);
        records = null;
        longName = null;
        longLink = null;
        sink.begin(entry);
        remaining = entry.size();
        if (remaining > 0) {
            padding = padding(remaining);
            state = State.CONTENT;
        } else {
            sink.end();
        }
    }

    private void readContent(ByteBuffer input) throws ArchiveException {
        int part = (int) Math.min(input.remaining(), remaining);
        ByteBuffer content = input.slice(input.position(), part);
        input.position(input.position() + part);
        remaining -= part;
        sink.content(content);
        if (remaining == 0) {
            sink.end();
            state = padding == 0 ? State.HEADER : State.PADDING;
            afterPadding = State.HEADER;
        }
    }

    private void pad(long size, State next) {
        padding = padding(size);
        state = padding == 0 ? next : State.PADDING;
        afterPadding = next;
    }

    /** Returns how many bytes follow the content up to the next block. */
    static int padding(long size) {
        return (int) (-size & TarHeader.BLOCK_BYTES - 1);
    }

    private void skipPadding(ByteBuffer input) {
        int part = Math.min(input.remaining(), padding);
        input.position(input.position() + part);
        padding -= part;
        if (padding == 0) {
            state = afterPadding;
        }
    }
}
