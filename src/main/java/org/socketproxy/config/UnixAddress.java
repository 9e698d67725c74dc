package org.socketproxy.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Unix socket address of a listener.
 *
 * @param mode the nine permission bits, such as 0660; a client needs write permission to connect
 * @param group name or number of the file's group, or null for the default
 * @param isInherited whether the process inherits the listening socket, whose file has its own mode and group
 */
public record UnixAddress(
        Path path,
        int mode,
        @Nullable String group,
        @Nullable String name,
        boolean isInherited) implements ListenAddress {
    /** Maximum of the JDK; Linux allows one byte more. */
    public static final int LONGEST_PATH_BYTES = 106;
    /** The owner and the group may connect. */
    static final int DEFAULT_MODE = 0660;

    private static final int OTHERS_WRITE = 0002;

    public UnixAddress(Path path, int mode, @Nullable String group, @Nullable String name) {
        this(path, mode, group, name, false);
    }

    /** Returns true if the path, and a temporary name in the same folder, are short enough to bind. */
    boolean fits(int privateNameBytes) {
        int whole = bytes(path);
        int name = bytes(path.getFileName());
        return whole <= LONGEST_PATH_BYTES && whole - name + privateNameBytes <= LONGEST_PATH_BYTES;
    }

    static int bytes(@Nullable Path path) {
        return path == null ? 0 : path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /** Returns true if all users of the machine have write permission. */
    public boolean isForEverybody() {
        return ((isInherited ? modeOfFile() : mode) & OTHERS_WRITE) != 0;
    }

    /** Returns 0 if there is no file. */
    private int modeOfFile() {
        try {
            return (int) Files.getAttribute(path, "unix:mode");
        } catch (IOException missing) {
            return 0;
        }
    }

    /** Returns the form of {@code LISTEN}, such as {@code unix:///run/proxy/docker.sock?mode=0666}. */
    @Override
    public String toString() {
        String modeText = mode == DEFAULT_MODE ? "" : "&mode=" + String.format("%04o", mode);
        String groupText = group == null ? "" : "&group=" + group;
        String nameText = name == null ? "" : "&name=" + name;
        return "unix://" + path
                + (modeText + groupText + nameText + (isInherited ? "&fd=0" : "")).replaceFirst("^&", "?");
    }
}
