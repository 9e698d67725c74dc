package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Decodes Zstandard (RFC 8878) from chunks of any size: reads the frames, and decodes each block when it is complete.
 *
 * <p>Security: sizes and checksums must be right. A frame that needs a dictionary is refused.
 */
final class ZstdReader implements Decoder {
    private static final int MOST_BLOCK_BYTES = 128 * 1024;
    private static final int MAGIC = 0xfd2fb528;
    /** The last four bits are any. */
    private static final int SKIPPABLE = 0x184d2a50;

    private static final int MAGIC_BYTES = 4;
    private static final int BLOCK_HEADER_BYTES = 3;
    private static final int RAW = 0;
    private static final int REPEATED = 1;
    private static final int COMPRESSED = 2;
    private static final int CHECKSUM = 4;
    private static final int RESERVED = 8;
    private static final int SINGLE_SEGMENT = 0x20;
    private static final int BYTE = 0xff;

    private enum State {
        MAGIC,
        SKIPPED_SIZE,
        SKIPPED,
        DESCRIPTOR,
        FRAME_HEADER,
        BLOCK_HEADER,
        BLOCK,
        CHECKSUM
    }

    private final DecoderWindow memory;
    private final ZstdWindow window = new ZstdWindow();
    private final XxHash64 checksum = new XxHash64();
    private final ZstdBlock block = new ZstdBlock(window);
    private State state = State.MAGIC;
    /** Bytes of the part that is being read, and some more, so that eight bytes can be read at the last one. */
    private byte[] held = new byte[64];

    private int filled;
    private int wanted = MAGIC_BYTES;
    private boolean isFirst = true;
    private long skipped;
    private int descriptor;
    /** Bytes of the frame, or -1 if its header does not say it. */
    private long declared;

    private long decoded;
    private int mostBlockBytes;
    private int blockType;
    private int blockSize;
    private boolean isLast;

    ZstdReader(WindowMemory memory) {
        this.memory = new DecoderWindow("zstd", memory);
    }

    @Override
    public @Nullable ByteBuffer read(ByteBuffer input) throws ArchiveException {
        while (true) {
            if (window.hasUnread()) {
                return take();
            }
            if (state == State.SKIPPED) {
                int part = (int) Math.min(input.remaining(), skipped);
                input.position(input.position() + part);
                skipped -= part;
                if (skipped > 0) {
                    return null;
                }
                enter(State.MAGIC, MAGIC_BYTES);
            }
            int part = Math.min(input.remaining(), wanted - filled);
            if (held.length < wanted + Long.BYTES) {
                held = Arrays.copyOf(held, wanted + Long.BYTES);
            }
            input.get(held, filled, part);
            filled += part;
            if (filled < wanted) {
                return null;
            }
            step();
        }
    }

    private ByteBuffer take() {
        byte[] piece = window.take(PIECE_BYTES);
        decoded += piece.length;
        if ((descriptor & CHECKSUM) != 0) {
            checksum.update(piece, piece.length);
        }
        return ByteBuffer.wrap(piece);
    }

    @Override
    public boolean isAtEnd() {
        return state == State.MAGIC && filled == 0 && !isFirst && !window.hasUnread();
    }

    private void enter(State next, int bytes) {
        state = next;
        wanted = bytes;
        filled = 0;
    }

    private void need(boolean isRight) throws ArchiveException {
        if (!isRight) {
            throw memory.damaged();
        }
    }

    private void step() throws ArchiveException {
        switch (state) {
            case MAGIC -> beginFrame();
            case SKIPPED_SIZE -> {
                skipped = Integer.toUnsignedLong((int) number(0, Integer.BYTES));
                enter(State.SKIPPED, 0);
            }
            case DESCRIPTOR -> {
                descriptor = held[0] & BYTE;
                need((descriptor & RESERVED) == 0);
                state = State.FRAME_HEADER;
                wanted = 1 + windowBytes() + dictionaryBytes() + sizeBytes();
            }
            case FRAME_HEADER -> readFrameHeader();
            case BLOCK_HEADER -> readBlockHeader();
            case BLOCK -> readBlock();
            case CHECKSUM -> {
                need((int) number(0, Integer.BYTES) == (int) checksum.value());
                endFrame();
            }
            default -> throw memory.damaged();
        }
    }

    private long number(int offset, int bytes) {
        long all = ByteBuffer.wrap(held).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
        return bytes == Long.BYTES ? all : all & (1L << bytes * Byte.SIZE) - 1;
    }

    private void beginFrame() throws ArchiveException {
        int magic = (int) number(0, Integer.BYTES);
        if ((magic & ~0xf) == SKIPPABLE) {
            isFirst = false;
            enter(State.SKIPPED_SIZE, Integer.BYTES);
            return;
        }
        need(magic == MAGIC);
        isFirst = false;
        enter(State.DESCRIPTOR, 1);
    }

    private int windowBytes() {
        return (descriptor & SINGLE_SEGMENT) == 0 ? 1 : 0;
    }

    private int dictionaryBytes() {
        return 1 << (descriptor & 3) >> 1;
    }

    private int sizeBytes() {
        int flag = descriptor >> 6;
        return flag == 0 ? 1 - windowBytes() : 1 << flag;
    }

    private void readFrameHeader() throws ArchiveException {
        int offset = 1 + windowBytes();
        if (number(offset, dictionaryBytes()) != 0) {
            throw new ArchiveException("is compressed with zstd and a dictionary");
        }
        offset += dictionaryBytes();
        declared = switch (sizeBytes()) {
            case 0 -> -1;
            case 2 -> number(offset, 2) + 256;
            default -> number(offset, sizeBytes());
        };
        need(declared >= 0 || sizeBytes() == 0);
        long size = declared;
        if (windowBytes() == 1) {
            long base = 1L << 10 + ((held[1] & BYTE) >> 3);
            size = base + base / 8 * (held[1] & 7);
        }
        int allocated = memory.grow(size);
        if (allocated > 0) {
            window.allocate(allocated);
        }
        window.begin(size);
        block.begin();
        checksum.reset();
        mostBlockBytes = (int) Math.min(size, MOST_BLOCK_BYTES);
        decoded = 0;
        enter(State.BLOCK_HEADER, BLOCK_HEADER_BYTES);
    }

    private void readBlockHeader() throws ArchiveException {
        int header = (int) number(0, BLOCK_HEADER_BYTES);
        isLast = (header & 1) != 0;
        blockType = header >> 1 & 3;
        blockSize = header >> 3;
        need(blockType <= COMPRESSED && blockSize <= mostBlockBytes);
        enter(State.BLOCK, blockType == REPEATED ? 1 : blockSize);
    }

    private void readBlock() throws ArchiveException {
        switch (blockType) {
            case RAW -> window.add(held, 0, blockSize);
            case REPEATED -> window.fill(held[0], blockSize);
            default -> need(block.decode(held, blockSize, mostBlockBytes));
        }
        long unread = window.unread();
        need(declared < 0 || decoded + unread <= declared);
        if (!isLast) {
            enter(State.BLOCK_HEADER, BLOCK_HEADER_BYTES);
        } else {
            need(declared < 0 || decoded + unread == declared);
            if ((descriptor & CHECKSUM) != 0) {
                enter(State.CHECKSUM, Integer.BYTES);
            } else {
                endFrame();
            }
        }
    }

    private void endFrame() {
        enter(State.MAGIC, MAGIC_BYTES);
    }

    @Override
    public void close() {
        memory.close();
    }
}
