package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Entry of a folder that a client sends for a build.
 *
 * <p>Security: the type is in the bits of Go's {@code FileMode}, not in those of POSIX. An entry with several types has one of them for
 * the daemon, so only three values pass.
 */
record FileStat(ProtoMessage fields) {
    private static final long FOLDER = 0x8000_0000L;
    private static final long LINK = 0x0800_0000L;
    private static final long DEVICE = 0x0400_0000L;
    private static final long FIFO = 0x0200_0000L;
    private static final long SOCKET = 0x0100_0000L;
    private static final long SET_UID = 0x0080_0000L;
    private static final long SET_GID = 0x0040_0000L;
    private static final long STICKY = 0x0010_0000L;
    private static final long PERMISSIONS = 0777;
    private static final long NO_TYPE = SET_UID | SET_GID | STICKY | PERMISSIONS;

    private static final String XATTRS = "xattrs";
    /** Attributes of other names belong to the kernel, which reads them in the layers of an image. */
    private static final String USER_XATTR = "user.";

    static FileStat of(ProtoMessage fields) {
        return new FileStat(fields);
    }

    ByteBuffer path() {
        return fields.bytes("path");
    }

    /** Returns the target of a symbolic link, or the earlier path of a hard link. */
    ByteBuffer target() {
        return fields.bytes("linkname");
    }

    private long type() {
        return fields.number("mode") & ~NO_TYPE;
    }

    boolean isFolder() {
        return type() == FOLDER;
    }

    boolean isRegular() {
        return type() == 0;
    }

    boolean isHardLink() {
        return isRegular() && target().hasRemaining();
    }

    void judge() throws DeniedContentException {
        if (type() != 0 && type() != FOLDER && type() != LINK) {
            throw new DeniedContentException("sends " + typeName() + " (" + DeniedContentException.shown(path())
                    + "); only files, folders and symbolic links are allowed");
        }
        if (isFolder() && target().hasRemaining() || fields.number("size") < 0) {
            throw new DeniedContentException("sends a malformed entry (" + DeniedContentException.shown(path()) + ")");
        }
        FilePaths.requireTarget(target());
    }

    private String typeName() {
        long type = type();
        return type == FIFO
                ? "a FIFO"
                : type == SOCKET ? "a socket" : (type & DEVICE) != 0 ? "a device" : "an entry of an unknown type";
    }

    /** Returns the entry without device numbers, and with those attributes that only programs read. */
    ProtoMessage canonical() {
        Map<String, Object> kept = new LinkedHashMap<>(fields.values());
        kept.remove("devmajor");
        kept.remove("devminor");
        if (kept.remove(XATTRS) instanceof Map<?, ?> attributes) {
            Map<String, Object> ofPrograms = new LinkedHashMap<>();
            attributes.forEach((name, value) -> {
                if (name instanceof String key && key.startsWith(USER_XATTR)) {
                    ofPrograms.put(key, value);
                }
            });
            kept.put(XATTRS, ofPrograms);
        }
        return new ProtoMessage(fields.type(), kept);
    }
}
