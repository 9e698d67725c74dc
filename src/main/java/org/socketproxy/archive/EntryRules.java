package org.socketproxy.archive;

import java.util.function.IntPredicate;

/**
 * Applies the rules to each entry of one archive.
 *
 * <p>Security: an entry below a link of the same archive, and a hard link to anything but an earlier entry, are refused: Podman
 * follows links out of the folder into which it unpacks. A name that was a link stays one.
 */
final class EntryRules {
    private static final int SET_ID = 06000;
    private static final String CAPABILITY = "security.capability";

    private final ArchiveRules rules;
    private final NameHashes files;
    private final NameHashes links;
    private int entries;

    /** @param memory reserves bytes for names, or returns false */
    EntryRules(ArchiveRules rules, IntPredicate memory) {
        this.rules = rules;
        this.files = new NameHashes(memory);
        this.links = new NameHashes(memory);
    }

    void check(TarEntry entry) throws ArchiveException {
        entries++;
        if (entries > rules.maxEntries()) {
            throw new ArchiveException("has more than " + rules.maxEntries() + " entries");
        }
        if (entry.type().isSpecial() && !rules.isDeviceAllowed()) {
            throw new ArchiveException(
                    "has the entry " + entry.shownName() + ", which is "
                            + entry.type().words(),
                    true);
        }
        if (!rules.isPrivilegeAllowed() && isPrivileged(entry)) {
            throw refused(entry, "which is set-uid or set-gid, or has file capabilities");
        }
        if (links.containsParent(entry.name())) {
            throw refused(entry, "which is below a link of the same archive");
        }
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            checkTarget(entry);
        }
        if (entry.type() == TarEntry.Type.SYMLINK
                || entry.type() == TarEntry.Type.HARD_LINK && links.contains(entry.link())) {
            links.add(entry.name());
        }
        if (entry.type() != TarEntry.Type.FOLDER) {
            files.add(entry.name());
        }
    }

    private static boolean isPrivileged(TarEntry entry) {
        boolean isSetId = entry.type() != TarEntry.Type.SYMLINK
                && entry.type() != TarEntry.Type.FOLDER
                && (entry.mode() & SET_ID) != 0;
        return isSetId || entry.attributes().containsKey(CAPABILITY);
    }

    private void checkTarget(TarEntry entry) throws ArchiveException {
        if (!files.contains(entry.link()) || links.containsParent(entry.link())) {
            throw refused(entry, "which is a hard link to a file that is not in the archive before it");
        }
    }

    static ArchiveException refused(TarEntry entry, String problem) {
        return new ArchiveException("has the entry " + entry.shownName() + ", " + problem);
    }
}
