package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Decodes gzip (RFC 1952) from chunks of any size, piece by piece. Several members one after the other are one stream, as in Go.
 *
 * <p>Security: checksum and length of each member must be right, and its header must have no reserved flag.
 */
final class GzipReader implements Decoder {
    private static final int FIXED_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int FLAGS = 3;
    private static final int HEADER_CHECKSUM = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;
    private static final int[] MAGIC = {0x1f, 0x8b, 8};
    private static final int BYTE = 0xff;

    private enum State {
        FIXED,
        EXTRA_LENGTH,
        EXTRA_CONTENT,
        NAME,
        COMMENT,
        HEADER_CHECKSUM,
        CONTENT,
        TRAILER
    }

    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private State state = State.FIXED;
    private int filled;
    private int flags;
    private ByteBuffer piece = ByteBuffer.allocate(0);
    private long number;

    @Override
    public @Nullable ByteBuffer read(ByteBuffer input) throws ArchiveException {
        while (true) {
            if (state == State.CONTENT) {
                ByteBuffer piece = inflate(input);
                if (piece != null || state == State.CONTENT) {
                    return piece;
                }
            } else if (input.hasRemaining()) {
                readByte(input.get() & BYTE);
            } else {
                return null;
            }
        }
    }

    @Override
    public boolean isAtEnd() {
        return state == State.FIXED && filled == 0;
    }

    private @Nullable ByteBuffer inflate(ByteBuffer input) throws ArchiveException {
        if (piece.capacity() == 0) {
            piece = ByteBuffer.allocate(PIECE_BYTES);
        }
        try {
            inflater.setInput(input);
            inflater.inflate(piece);
        } catch (DataFormatException malformed) {
            throw malformed();
        }
        if (inflater.needsDictionary()) {
            throw malformed();
        }
        if (inflater.finished()) {
            enter(State.TRAILER);
        }
        if (piece.position() == 0) {
            return null;
        }
        ByteBuffer inflated = piece.flip();
        piece = ByteBuffer.allocate(0);
        checksum.update(inflated.duplicate());
        return inflated;
    }

    private void enter(State next) {
        state = next;
        filled = 0;
        number = 0;
    }

    private void readByte(int value) throws ArchiveException {
        filled++;
        switch (state) {
            case FIXED -> readFixed(value);
            case EXTRA_LENGTH -> {
                number |= (long) value << Byte.SIZE * (filled - 1);
                if (filled == 2) {
                    long length = number;
                    enter(State.EXTRA_CONTENT);
                    number = length;
                    skipExtra();
                }
            }
            case EXTRA_CONTENT -> skipExtra();
            case NAME -> {
                if (value == 0) {
                    enterNext(NAME);
                }
            }
            case COMMENT -> {
                if (value == 0) {
                    enterNext(COMMENT);
                }
            }
            case HEADER_CHECKSUM -> {
                if (filled == 2) {
                    beginContent();
                }
            }
            default -> readTrailer(value);
        }
    }

    private void skipExtra() {
        if (filled == number) {
            enterNext(EXTRA);
        }
    }

    private void readFixed(int value) throws ArchiveException {
        int index = filled - 1;
        if (index < MAGIC.length && value != MAGIC[index] || index == FLAGS && (value & RESERVED) != 0) {
            throw malformed();
        }
        if (index == FLAGS) {
            flags = value;
        }
        if (filled == FIXED_BYTES) {
            enterNext(0);
        }
    }

    /** Enters the next optional part of the header, or the content. */
    private void enterNext(int after) {
        if (after < EXTRA && (flags & EXTRA) != 0) {
            enter(State.EXTRA_LENGTH);
        } else if (after < NAME && (flags & NAME) != 0) {
            enter(State.NAME);
        } else if (after < COMMENT && (flags & COMMENT) != 0) {
            enter(State.COMMENT);
        } else if ((flags & HEADER_CHECKSUM) != 0) {
            enter(State.HEADER_CHECKSUM);
        } else {
            beginContent();
        }
    }

    private void beginContent() {
        inflater.reset();
        checksum.reset();
        enter(State.CONTENT);
    }

    private void readTrailer(int value) throws ArchiveException {
        number |= (long) value << Byte.SIZE * (filled - 1);
        if (filled == TRAILER_BYTES) {
            long expected = checksum.getValue() | (inflater.getBytesWritten() & 0xffff_ffffL) << Integer.SIZE;
            if (number != expected) {
                throw malformed();
            }
            enter(State.FIXED);
        }
    }

    private static ArchiveException malformed() {
        return new ArchiveException("has damaged gzip data");
    }

    @Override
    public void close() {
        inflater.end();
    }
}
