package org.socketproxy.archive;

/** Reserves the memory of one decoder, whose window grows with the largest that its data declare. */
final class DecoderWindow {
    private final String form;
    private final WindowMemory memory;
    private int reserved;

    /** @param form name of the compression */
    DecoderWindow(String form, WindowMemory memory) {
        this.form = form;
        this.memory = memory;
    }

    /**
     * Returns the size of the window to allocate, which is a power of two, or 0 if the present one is large enough. Sizes that grow by a byte
     * in each frame would otherwise be one allocation each.
     *
     * @param declared size that the data declare
     */
    int grow(long declared) throws ArchiveException {
        if (declared > WindowMemory.LARGEST_WINDOW) {
            throw new ArchiveException("is compressed with " + form + " that needs a window of " + declared
                    + " bytes, of which this proxy reads at most " + WindowMemory.LARGEST_WINDOW
                    + ": compress it with xz -6, zstd -19 or less, without --long");
        }
        int size = Math.max(1024, Integer.highestOneBit(Math.max(1, (int) declared - 1)) << 1);
        int needed = size + WindowMemory.BLOCK_BYTES;
        if (needed <= reserved) {
            return 0;
        }
        close(); // the old window is garbage now
        if (!memory.reserve(needed)) {
            throw ArchiveException.ofMemory("is compressed with " + form + ", and its window of " + size
                    + " bytes has no free memory: try again later, or send it without compression or with gzip");
        }
        reserved = needed;
        return size;
    }

    ArchiveException damaged() {
        return new ArchiveException("has damaged " + form + " data");
    }

    void close() {
        memory.release(reserved);
        reserved = 0;
    }
}
