package org.socketproxy.archive;

/**
 * Memory for the decoders of xz and zstd. An encoder decides how many bytes before the current one its data can repeat: the window of zstd,
 * the dictionary of xz.
 */
public interface WindowMemory {
    /** The largest window: that of {@code xz -6} and {@code zstd -19}. */
    int LARGEST_WINDOW = 8 << 20;
    /** Memory for one block and the tables of its codes. */
    int BLOCK_BYTES = 512 * 1024;
    /** The most that one decoder reserves. */
    int MOST_BYTES = LARGEST_WINDOW + BLOCK_BYTES;

    /** Refuses xz and zstd. */
    WindowMemory NONE = new WindowMemory() {
        @Override
        public boolean reserve(int bytes) {
            return false;
        }

        @Override
        public void release(int bytes) {}
    };

    /** Reserves bytes, or returns false if so many are not free. */
    boolean reserve(int bytes);

    void release(int bytes);
}
