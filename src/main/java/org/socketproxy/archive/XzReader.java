package org.socketproxy.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.LZMA2InputStream;
import org.tukaani.xz.UnsupportedOptionsException;
import org.tukaani.xz.check.Check;
import org.tukaani.xz.check.None;

/**
 * Decodes xz (version 1.2.1 of the format) from chunks of any size. Reads the container itself, and gives each chunk of LZMA2 to the decoder
 * when it is complete, so that the decoder never waits.
 *
 * <p>Security: sizes, checksums and the index must be right. The only filter is LZMA2; one decoder serves all blocks.
 */
final class XzReader implements Decoder {
    private static final byte[] MAGIC = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
    private static final byte[] FOOTER_MAGIC = {'Y', 'Z'};
    private static final int EDGE_BYTES = 12;
    private static final int UNIT = 4;
    private static final int LZMA2 = 0x21;
    private static final int STORED_HEADER = 3;
    private static final int LZMA_HEADER = 5;
    private static final int BYTE = 0xff;

    private enum State {
        STREAM,
        STREAM_HEADER,
        BLOCK,
        BLOCK_HEADER,
        CHUNK,
        CHUNK_HEADER,
        CHUNK_CONTENT,
        PADDING,
        CHECK,
        INDEX,
        INDEX_CHECK,
        FOOTER
    }

    private final DecoderWindow window;
    private final Feed feed = new Feed();
    private @Nullable LZMA2InputStream lzma;
    private State state = State.STREAM;
    /** Bytes of the part that is being read. */
    private byte[] held = new byte[1024];

    private int filled;
    private int wanted = UNIT;
    private boolean isFirst = true;
    private byte[] flags = new byte[2];
    private Check check = new None();
    private XzIndex index = new XzIndex();
    private XzIndex.Block block = XzIndex.Block.NONE;
    private boolean isReset;
    /** Bytes of the chunk that are not decoded yet. */
    private int left;

    XzReader(WindowMemory memory) {
        this.window = new DecoderWindow("xz", memory);
    }

    @Override
    public @Nullable ByteBuffer read(ByteBuffer input) throws ArchiveException {
        while (true) {
            if (left > 0) {
                return decode();
            }
            int part = Math.min(input.remaining(), wanted - filled);
            if (held.length < wanted) {
                held = Arrays.copyOf(held, wanted);
            }
            input.get(held, filled, part);
            filled += part;
            if (filled < wanted) {
                return null;
            }
            step();
        }
    }

    @Override
    public boolean isAtEnd() {
        return state == State.STREAM && filled == 0 && !isFirst;
    }

    /** Begins to read another part. */
    private void enter(State next, int bytes) {
        state = next;
        wanted = bytes;
        filled = 0;
    }

    /** Reads more bytes, behind those that are held. */
    private void extend(State next, int bytes) {
        state = next;
        wanted = bytes;
    }

    private void step() throws ArchiveException {
        switch (state) {
            case STREAM -> beginStream();
            case STREAM_HEADER -> readStreamHeader();
            case BLOCK -> beginBlock();
            case BLOCK_HEADER -> readBlockHeader();
            case CHUNK -> beginChunk();
            case CHUNK_HEADER -> extend(State.CHUNK_CONTENT, filled + short16(held[0] < 0 ? 3 : 1) + 1);
            case CHUNK_CONTENT -> beginContent();
            case PADDING -> {
                need(isZero(0, filled) && block.isComplete());
                enter(State.CHECK, check.getSize());
            }
            case CHECK -> {
                need(Arrays.equals(Arrays.copyOf(held, filled), check.finish()));
                index.add(block.unpadded() + filled, block.content());
                enter(State.BLOCK, 1);
            }
            case INDEX -> readIndex();
            case INDEX_CHECK -> {
                need(number(0) == index.checksum());
                enter(State.FOOTER, EDGE_BYTES);
            }
            case FOOTER -> readFooter();
        }
    }

    private void need(boolean isRight) throws ArchiveException {
        if (!isRight) {
            throw window.damaged();
        }
    }

    private boolean isZero(int begin, int end) {
        int bits = 0;
        for (int i = begin; i < end; i++) {
            bits |= held[i];
        }
        return bits == 0;
    }

    private long number(int offset) {
        return Integer.toUnsignedLong(Integer.reverseBytes(ByteBuffer.wrap(held).getInt(offset)));
    }

    private boolean isChecked(int begin, int end, int checksum) {
        CRC32 crc = new CRC32();
        crc.update(held, begin, end - begin);
        return crc.getValue() == number(checksum);
    }

    /** Between two streams there can be zeros. */
    private void beginStream() {
        if (!isFirst && isZero(0, UNIT)) {
            enter(State.STREAM, UNIT);
        } else {
            extend(State.STREAM_HEADER, EDGE_BYTES);
        }
    }

    private void readStreamHeader() throws ArchiveException {
        need(Arrays.equals(Arrays.copyOf(held, MAGIC.length), MAGIC) && isChecked(6, 8, 8) && held[6] == 0);
        flags = Arrays.copyOfRange(held, 6, 8);
        check = check(held[7]);
        index = new XzIndex();
        isFirst = false;
        enter(State.BLOCK, 1);
    }

    private static Check check(int type) throws ArchiveException {
        try {
            return Check.getInstance(type);
        } catch (UnsupportedOptionsException unknown) {
            throw new ArchiveException("is compressed with xz and an unknown checksum");
        }
    }

    private void beginBlock() throws ArchiveException {
        if (held[0] == 0) {
            index.begin();
            enter(State.INDEX, 1);
        } else {
            extend(State.BLOCK_HEADER, ((held[0] & BYTE) + 1) * UNIT);
        }
    }

    private void readBlockHeader() throws ArchiveException {
        int end = filled - UNIT;
        need(isChecked(0, end, end));
        ByteBuffer header = ByteBuffer.wrap(held, 1, end - 1);
        int options = header.get();
        boolean hasStored = (options & 0x40) != 0;
        boolean hasContent = (options & 0x80) != 0;
        long stored = hasStored ? XzIndex.number(header) : -1;
        long content = hasContent ? XzIndex.number(header) : -1;
        need((options & 0x3c) == 0 && hasStored == stored >= 0 && hasContent == content >= 0);
        if ((options & 3) != 0 || XzIndex.number(header) != LZMA2) {
            throw new ArchiveException("is compressed with xz and a filter other than LZMA2");
        }
        need(XzIndex.number(header) == 1 && header.hasRemaining());
        int size = header.get();
        need(size >= 0 && size <= 40 && isZero(header.position(), end));
        int allocated = window.grow(size == 40 ? 0xffff_ffffL : (2L | size & 1) << size / 2 + 11);
        if (allocated > 0) {
            lzma = null; // garbage before the next one is allocated
            lzma = new LZMA2InputStream(feed, allocated);
        }
        block = new XzIndex.Block(filled, stored, content);
        isReset = false;
        enter(State.CHUNK, 1);
    }

    private void beginChunk() throws ArchiveException {
        int control = held[0] & BYTE;
        if (control == 0) {
            block.addStored(1);
            enter(State.PADDING, block.padding());
            return;
        }
        need(control <= 2 || control >= 0x80);
        need(isReset || control == 1 || control >= 0xe0); // no block refers to the one before it
        isReset = true;
        extend(State.CHUNK_HEADER, control < 0x80 ? STORED_HEADER : control < 0xc0 ? LZMA_HEADER : LZMA_HEADER + 1);
    }

    private int short16(int offset) {
        return (held[offset] & BYTE) << Byte.SIZE | held[offset + 1] & BYTE;
    }

    private void beginContent() throws ArchiveException {
        block.addStored(filled);
        feed.rewind();
        left = short16(1) + 1 + (held[0] < 0 ? (held[0] & 0x1f) << Short.SIZE : 0);
    }

    private ByteBuffer decode() throws ArchiveException {
        byte[] piece = new byte[Math.min(left, PIECE_BYTES)];
        try {
            for (int length = 0; length < piece.length; ) {
                int part = lzma == null ? -1 : lzma.read(piece, length, piece.length - length);
                need(part > 0);
                length += part;
            }
        } catch (IOException | IndexOutOfBoundsException damaged) {
            throw window.damaged();
        }
        left -= piece.length;
        check.update(piece, 0, piece.length);
        block.addContent(piece.length);
        if (left == 0) {
            need(feed.isAtEnd());
            enter(State.CHUNK, 1);
        }
        return ByteBuffer.wrap(piece);
    }

    private void readIndex() throws ArchiveException {
        need(index.read(held[0] & BYTE));
        if (index.isRead()) {
            enter(State.INDEX_CHECK, UNIT);
        } else {
            enter(State.INDEX, 1);
        }
    }

    private void readFooter() throws ArchiveException {
        need(Arrays.equals(Arrays.copyOfRange(held, 10, 12), FOOTER_MAGIC) && isChecked(4, 10, 0));
        need(Arrays.equals(Arrays.copyOfRange(held, 8, 10), flags) && (number(4) + 1) * UNIT == index.bytes());
        enter(State.STREAM, UNIT);
    }

    @Override
    public void close() {
        window.close();
    }

    /** The chunk that is held. */
    private final class Feed extends InputStream {
        private int position;

        void rewind() {
            position = 0;
        }

        boolean isAtEnd() {
            return position == filled;
        }

        @Override
        public int read() {
            return position < filled ? held[position++] & BYTE : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            int part = Math.min(length, filled - position);
            System.arraycopy(held, position, into, offset, part);
            position += part;
            return part == 0 ? -1 : part;
        }
    }
}
