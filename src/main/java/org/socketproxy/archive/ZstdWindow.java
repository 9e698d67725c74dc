package org.socketproxy.archive;

import java.util.Arrays;

/** Ring buffer with the last bytes of a frame of Zstandard. A block is never larger than the window, and is read before the next one. */
final class ZstdWindow {
    /** Shorter distances are copied byte by byte. */
    private static final int SHORT = 32;

    private byte[] bytes = new byte[0];
    private int position;
    private int unread;
    private long written;
    private long size;

    void allocate(int capacity) {
        bytes = new byte[0];
        bytes = new byte[capacity];
    }

    /** Begins a frame, which cannot refer to the one before it. */
    void begin(long windowSize) {
        size = windowSize;
        position = 0;
        written = 0;
    }

    boolean hasUnread() {
        return unread > 0;
    }

    int unread() {
        return unread;
    }

    private void advance(int length) {
        position += length;
        if (position == bytes.length) {
            position = 0;
        }
        unread += length;
        written += length;
    }

    void add(byte[] from, int offset, int length) {
        for (int done = 0; done < length; ) {
            int part = Math.min(length - done, bytes.length - position);
            System.arraycopy(from, offset + done, bytes, position, part);
            advance(part);
            done += part;
        }
    }

    void fill(byte value, int length) {
        for (int left = length; left > 0; ) {
            int part = Math.min(left, bytes.length - position);
            Arrays.fill(bytes, position, position + part, value);
            advance(part);
            left -= part;
        }
    }

    /** Repeats earlier bytes, or returns false if the frame or the window does not have them. */
    boolean repeat(long distance, int length) {
        if (distance < 1 || distance > written || distance > size) {
            return false;
        }
        for (int left = length; left > 0; ) {
            int from = position - (int) distance;
            from = from < 0 ? from + bytes.length : from;
            int part = Math.min(left, bytes.length - Math.max(from, position));
            if (distance < SHORT) {
                for (int i = 0; i < part; i++) {
                    bytes[position + i] = bytes[from + i];
                }
            } else {
                part = (int) Math.min(part, distance); // the bytes after it are not written yet
                System.arraycopy(bytes, from, bytes, position, part);
            }
            advance(part);
            left -= part;
        }
        return true;
    }

    /** Returns a copy of the bytes that were not read before, at most so many. */
    byte[] take(int most) {
        byte[] piece = new byte[Math.min(most, unread)];
        int from = position - unread;
        from = from < 0 ? from + bytes.length : from;
        int part = Math.min(piece.length, bytes.length - from);
        System.arraycopy(bytes, from, piece, 0, part);
        System.arraycopy(bytes, 0, piece, part, piece.length - part);
        unread -= piece.length;
        return piece;
    }
}
