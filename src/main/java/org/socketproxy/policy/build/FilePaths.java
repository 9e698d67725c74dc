package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Paths of the entries that a client sends, in the order of a walk: each folder before its content, names in the order of their bytes.
 * The daemon demands the same order. It needs only the folders above the last entry.
 */
final class FilePaths {
    private static final int MOST_BYTES = 4096;
    private static final int MOST_NAME_BYTES = 255;
    private static final byte SLASH = '/';

    /** Path of the last folder of {@link #folders}, which is the last entry or above it. */
    private byte[] folder = {};
    /** The folders above the next entry, the root first. */
    private final List<Folder> folders = new ArrayList<>(List.of(new Folder(0)));

    /** A folder, by the length of its path. */
    private static final class Folder {
        private final int length;
        private byte[] lastName = {};

        Folder(int length) {
            this.length = length;
        }
    }

    /** Adds the path of the next entry. */
    void add(ByteBuffer path, boolean isFolder) throws DeniedContentException {
        byte[] bytes = bytes(path);
        requireClean(bytes, path);
        int slash = lastSlash(bytes);
        int parentLength = Math.max(slash, 0);
        while (!isIn(bytes, parentLength)) {
            if (folders.size() == 1) {
                throw disorder(path);
            }
            folders.remove(folders.size() - 1);
            folder = Arrays.copyOf(folder, last().length);
        }
        byte[] name = Arrays.copyOfRange(bytes, slash + 1, bytes.length);
        if (Arrays.compareUnsigned(last().lastName, name) >= 0) {
            throw disorder(path);
        }
        last().lastName = name;
        if (isFolder) {
            folder = bytes;
            folders.add(new Folder(bytes.length));
        }
    }

    private Folder last() {
        return folders.get(folders.size() - 1);
    }

    /** Returns true if the parent of a path is the last folder. */
    private boolean isIn(byte[] path, int parentLength) {
        return parentLength == folder.length && Arrays.equals(path, 0, parentLength, folder, 0, parentLength);
    }

    /** Denies a hard link to anything but an earlier path. The daemon demands that the path exists. */
    void requireEarlier(ByteBuffer target, ByteBuffer path) throws DeniedContentException {
        byte[] earlier = bytes(target);
        requireClean(earlier, target);
        if (compare(earlier, bytes(path)) >= 0) {
            throw disorder(path);
        }
    }

    /** Compares paths in the order of a walk: a slash is before all other bytes. */
    private static int compare(byte[] first, byte[] second) {
        int same = Arrays.mismatch(first, second);
        if (same < 0) {
            return 0;
        }
        if (same == first.length || same == second.length) {
            return first.length - second.length;
        }
        return rank(first[same]) - rank(second[same]);
    }

    private static int rank(byte character) {
        return character == SLASH ? 0 : character & 0xff;
    }

    /** Denies a link with a target that is no path. */
    static void requireTarget(ByteBuffer target) throws DeniedContentException {
        boolean hasNul = false;
        for (int at = target.position(); at < target.limit(); at++) {
            hasNul |= target.get(at) == 0;
        }
        if (hasNul || target.remaining() > MOST_BYTES) {
            throw new DeniedContentException("sends a link with a malformed target");
        }
    }

    private static void requireClean(byte[] path, ByteBuffer shown) throws DeniedContentException {
        if (path.length > MOST_BYTES) {
            throw new DeniedContentException("sends a path of more than " + MOST_BYTES + " bytes");
        }
        int start = 0;
        for (int at = 0; at <= path.length; at++) {
            if (at == path.length || path[at] == SLASH) {
                int length = at - start;
                boolean isDots = length > 0 && length <= 2 && path[start] == '.' && path[at - 1] == '.';
                if (length == 0 || length > MOST_NAME_BYTES || isDots) {
                    throw malformed(shown);
                }
                start = at + 1;
            } else if (path[at] == 0) {
                throw malformed(shown);
            }
        }
    }

    private static DeniedContentException malformed(ByteBuffer path) {
        return new DeniedContentException(
                "sends a path that is not below the folder (" + DeniedContentException.shown(path) + ")");
    }

    private static DeniedContentException disorder(ByteBuffer path) {
        return new DeniedContentException(
                "sends paths that are not in order (" + DeniedContentException.shown(path) + ")");
    }

    private static int lastSlash(byte[] path) {
        int at = path.length - 1;
        while (at >= 0 && path[at] != SLASH) {
            at--;
        }
        return at;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.duplicate().get(copy);
        return copy;
    }
}
