package org.socketproxy.archive;

/**
 * An archive that the daemon must not unpack. The text is the end of a sentence that begins with the archive, such as
 * {@code has the entry disk, which is a block device}; names in it are printable.
 */
public final class ArchiveException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean isOfDevice;

    public ArchiveException(String problem) {
        this(problem, false);
    }

    /** @param isOfDevice whether {@link ArchiveRules#isDeviceAllowed} would allow the archive */
    ArchiveException(String problem, boolean isOfDevice) {
        super(problem, null, false, false);
        this.isOfDevice = isOfDevice;
    }

    /** Returns true if the archive is refused for a device or FIFO. */
    public boolean isOfDevice() {
        return isOfDevice;
    }
}
