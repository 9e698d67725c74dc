package org.socketproxy.archive;

/**
 * An archive that the daemon must not unpack. The text is the end of a sentence that begins with the archive, such as
 * {@code has the entry disk, which is a block device}; names in it are printable.
 */
public final class ArchiveException extends Exception {
    private static final long serialVersionUID = 1;

    public ArchiveException(String problem) {
        super(problem, null, false, false);
    }
}
