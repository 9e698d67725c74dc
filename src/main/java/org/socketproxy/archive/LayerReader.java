package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Judges a layer of an image, whose bytes pass unchanged because of their digest.
 *
 * <p>Security: a form that two readers of tar read differently is refused. Devices and FIFOs are ordinary in a layer, but not in place of
 * the files that runtimes open to find the user of a container.
 */
final class LayerReader implements AutoCloseable {
    private static final int MOST_ENTRIES = ArchiveRules.STRICT.maxEntries();
    private static final Set<String> ACCOUNTS = Set.of("etc/passwd", "etc/group");
    private static final String FOLDER = "etc";
    private static final String OPENED = ", and the daemon opens this path";

    /** Counts decoded bytes, and refuses too many. */
    interface Bound {
        void add(int bytes) throws ArchiveException;
    }

    private final Decompression compressed;
    private final Sha256 content = new Sha256();
    private final TarReader reader;
    private final Bound bound;
    private int entries;
    /** An account file, or the folder of these, that is a link. */
    private @Nullable TarEntry link;

    private boolean hasSpecial;

    LayerReader(IntPredicate memory, WindowMemory windows, Bound bound) {
        this.compressed = new Decompression(windows);
        this.reader = new TarReader(new Judging(), memory);
        this.bound = bound;
    }

    void accept(ByteBuffer part) throws ArchiveException {
        for (ByteBuffer piece = compressed.read(part); piece != null; piece = compressed.read(part)) {
            read(piece);
        }
    }

    private void read(ByteBuffer piece) throws ArchiveException {
        bound.add(piece.remaining());
        content.add(piece);
        reader.accept(piece);
    }

    /** Returns the digest of the content after decompression. */
    String end() throws ArchiveException {
        ByteBuffer last = compressed.end();
        if (last != null) {
            read(last);
        }
        reader.end();
        return content.text();
    }

    private final class Judging implements TarReader.Sink {
        @Override
        public void begin(TarEntry entry) throws ArchiveException {
            entries++;
            if (entries > MOST_ENTRIES) {
                throw new ArchiveException("has more than " + MOST_ENTRIES + " entries");
            }
            boolean isAccount = ACCOUNTS.contains(entry.name());
            if (isAccount && entry.type().isSpecial()) {
                throw EntryRules.refused(entry, "which is " + entry.type().words() + OPENED);
            }
            hasSpecial |= entry.type().isSpecial();
            if (entry.type().isLink() && (isAccount || entry.name().equals(FOLDER))) {
                link = entry;
            }
            if (hasSpecial && link != null) {
                throw EntryRules.refused(
                        link,
                        "which is " + link.type().words() + ", perhaps to a device or FIFO of the layer" + OPENED);
            }
        }

        @Override
        public void content(ByteBuffer part) {}

        @Override
        public void end() {}
    }

    @Override
    public void close() {
        compressed.close();
    }
}
