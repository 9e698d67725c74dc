package org.socketproxy.archive;

/**
 * An archive that the daemon must not unpack. The text is the end of a sentence that begins with the archive, such as
 * {@code has the entry disk, which is a block device}; names in it are printable.
 */
public final class ArchiveException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean isOfDevice;
    private final boolean isOfMemory;

    public ArchiveException(String problem) {
        this(problem, false, false);
    }

    /** @param isOfDevice whether {@link ArchiveRules#isDeviceAllowed} would allow the archive */
    ArchiveException(String problem, boolean isOfDevice) {
        this(problem, isOfDevice, false);
    }

    private ArchiveException(String problem, boolean isOfDevice, boolean isOfMemory) {
        super(problem, null, false, false);
        this.isOfDevice = isOfDevice;
        this.isOfMemory = isOfMemory;
    }

    static ArchiveException ofMemory(String problem) {
        return new ArchiveException(problem, false, true);
    }

    /** Returns true if the archive is refused for a device or FIFO. */
    public boolean isOfDevice() {
        return isOfDevice;
    }

    /** Returns true if the archive is not refused, but cannot be read now. */
    public boolean isOfMemory() {
        return isOfMemory;
    }
}
