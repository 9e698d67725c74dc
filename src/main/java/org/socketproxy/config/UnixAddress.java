package org.socketproxy.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket to accept connections on.
 *
 * @param path absolute, of a file in a folder
 * @param mode the nine bits of the file's permissions, such as 0660; to connect, one has to be allowed to write
 * @param group name or number of the file's group, or null for the one that the system gives it
 */
public record UnixAddress(Path path, int mode, @Nullable String group) implements ListenAddress {
    /** What Java takes; Linux would take one more. */
    public static final int LONGEST_PATH_BYTES = 106;
    /** Who owns it and its group may connect. */
    static final int DEFAULT_MODE = 0660;

    private static final int OTHERS_WRITE = 0002;

    /**
     * Whether it can be bound at its place and at a name of its own beside it.
     *
     * @param privateNameBytes length of that name, which takes the place of the file's
     */
    boolean fits(int privateNameBytes) {
        int whole = bytes(path);
        int name = bytes(path.getFileName());
        return whole <= LONGEST_PATH_BYTES && whole - name + privateNameBytes <= LONGEST_PATH_BYTES;
    }

    private static int bytes(@Nullable Path path) {
        return path == null ? 0 : path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /** Whether every user of the machine who can see the file can connect. */
    public boolean isForEverybody() {
        return (mode & OTHERS_WRITE) != 0;
    }

    /** As it is written in a setting, such as {@code unix:///run/proxy/docker.sock?mode=0666}. */
    @Override
    public String toString() {
        String modeText = mode == DEFAULT_MODE ? "" : "&mode=" + String.format("%04o", mode);
        String groupText = group == null ? "" : "&group=" + group;
        return "unix://" + path + (modeText + groupText).replaceFirst("^&", "?");
    }
}
