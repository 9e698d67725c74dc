package org.socketproxy.archive;

/**
 * Rules and bounds for the entries of one archive.
 *
 * @param isDeviceAllowed whether devices and FIFOs are allowed
 * @param isPrivilegeAllowed whether set-uid and set-gid bits and file capabilities are allowed
 * @param maxBytes the most bytes of the archive, after decompression
 * @param maxEntries the most entries
 */
public record ArchiveRules(boolean isDeviceAllowed, boolean isPrivilegeAllowed, long maxBytes, int maxEntries) {
    /** Files without any right of their own. */
    public static final ArchiveRules STRICT = new ArchiveRules(false, false, 256L << 30, 1_000_000);

    public ArchiveRules allowingDevices(boolean isAllowed) {
        return new ArchiveRules(isAllowed, isPrivilegeAllowed, maxBytes, maxEntries);
    }

    public ArchiveRules allowingPrivileges(boolean isAllowed) {
        return new ArchiveRules(isDeviceAllowed, isAllowed, maxBytes, maxEntries);
    }
}
