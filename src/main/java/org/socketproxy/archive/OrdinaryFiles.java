package org.socketproxy.archive;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files that the daemon opens by their names after it has unpacked an archive. Each of them is an ordinary file, at most once, and no
 * folder above it is a link.
 *
 * <p>Security: a device or a FIFO would be opened on the host, and Podman would follow a link out of the archive.
 */
public final class OrdinaryFiles implements EntryJudge {
    private final Set<String> names;
    private final Set<String> baseNames;
    private final Set<String> seen = new HashSet<>();

    /**
     * Creates a judge of one archive.
     *
     * @param names clean names
     * @param baseNames last components of names that are ordinary files or folders, each as often as the client likes
     */
    public OrdinaryFiles(Set<String> names, Set<String> baseNames) {
        this.names = Set.copyOf(names);
        this.baseNames = Set.copyOf(baseNames);
    }

    /** Returns the clean form of a name, of which each character is one byte. */
    public static String clean(String name) throws ArchiveException {
        return TarNames.clean(name);
    }

    @Override
    public @Nullable Content begin(TarEntry entry) throws ArchiveException {
        TarEntry.Type type = entry.type();
        if (names.contains(entry.name())) {
            if (type != TarEntry.Type.FILE) {
                throw EntryRules.refused(entry, "which is " + type.words() + ", and the daemon opens it");
            }
            if (!seen.add(entry.name())) {
                throw EntryRules.refused(entry, "twice, and the daemon opens it");
            }
        }
        boolean isAbove =
                type != TarEntry.Type.FOLDER && names.stream().anyMatch(name -> name.startsWith(entry.name() + "/"));
        boolean isOpened =
                baseNames.contains(entry.baseName()) && type != TarEntry.Type.FILE && type != TarEntry.Type.FOLDER;
        if (isAbove || isOpened) {
            throw EntryRules.refused(entry, "which is " + type.words() + ", and the daemon opens this path");
        }
        return null;
    }
}
