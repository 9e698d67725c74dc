package org.socketproxy.archive;

import java.util.Map;
import org.socketproxy.client.PrintableText;

/**
 * One entry of an archive. Texts are byte strings: each character is one byte.
 *
 * @param name clean: without a slash at its begin and end, {@code .} and {@code ..}; empty for the root folder
 * @param link target of a link; clean for a hard link; else empty
 * @param mode permission bits with set-uid, set-gid and sticky, without the type
 * @param seconds time of the last change, perhaps negative
 * @param attributes extended attributes, such as {@code security.capability}
 */
public record TarEntry(
        Type type,
        String name,
        String link,
        int mode,
        long uid,
        long gid,
        long size,
        long seconds,
        int nanos,
        int major,
        int minor,
        Map<String, String> attributes) {
    private static final int SHOWN_CHARS = 120;

    /** Type of an entry, with the byte that stands for it. */
    public enum Type {
        FILE('0', "a file"),
        HARD_LINK('1', "a hard link"),
        SYMLINK('2', "a symbolic link"),
        CHARACTER_DEVICE('3', "a character device"),
        BLOCK_DEVICE('4', "a block device"),
        FOLDER('5', "a folder"),
        FIFO('6', "a FIFO");

        private final char flag;
        private final String words;

        Type(char flag, String words) {
            this.flag = flag;
            this.words = words;
        }

        char flag() {
            return flag;
        }

        /** Returns the type with an article, for a sentence. */
        public String words() {
            return words;
        }

        boolean isDevice() {
            return this == CHARACTER_DEVICE || this == BLOCK_DEVICE;
        }

        /** Returns true if opening the file on the daemon's host can block, or reaches a device of the host. */
        public boolean isSpecial() {
            return isDevice() || this == FIFO;
        }

        public boolean isLink() {
            return this == SYMLINK || this == HARD_LINK;
        }
    }

    /** Returns the last component of the name. */
    public String baseName() {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    /** Returns a printable form of the name. */
    public String shownName() {
        return shown(name);
    }

    static String shown(String bytes) {
        return bytes.isEmpty() ? "/" : PrintableText.escape(bytes, SHOWN_CHARS);
    }
}
