package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses the addresses of the listeners and reports each invalid one. */
final class ListenReader {
    /** Length of the temporary file name under which the proxy binds a socket before it renames it. */
    static final int PRIVATE_NAME_BYTES = 7;

    static final String UNIX = "unix://";
    private static final AddressFault FAULT = new AddressFault(List.of("tcp://", "tls://", UNIX), 2375);
    private static final String UNIX_FORM = "use the absolute path of a file, such as unix:///run/proxy/docker.sock";
    private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");

    private final BiConsumer<String, String> refuse;
    private final List<ListenAddress> addresses = new ArrayList<>();

    /** @param refuse receives each invalid address, and the fix */
    ListenReader(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
    }

    /** Returns the valid addresses in their order. */
    List<ListenAddress> read(String value) {
        for (String text : value.split(",", -1)) {
            add(text.strip());
        }
        return addresses;
    }

    private void add(String text) {
        if (text.startsWith(UNIX)) {
            UnixAddress unix = unix(text);
            if (unix != null) {
                addresses.add(unix);
            }
            return;
        }
        NetworkAddress.parseWithTls(text)
                .ifPresentOrElse(address -> add(text, address), () -> refuse.accept(text, FAULT.of(text)));
    }

    private void add(String text, NetworkAddress address) {
        boolean isTaken =
                addresses.stream().anyMatch(other -> other instanceof NetworkAddress known && known.overlaps(address));
        if (isTaken) {
            refuse.accept(text, "another address of LISTEN uses this port; use another port");
        } else {
            addresses.add(address);
        }
    }

    private @Nullable UnixAddress unix(String text) {
        String[] parts = text.substring(UNIX.length()).split("\\?", 2);
        Path path = path(text, parts[0]);
        Map<String, String> parameters = parts.length == 1 ? Map.of() : parameters(text, parts[1]);
        if (path == null || parameters == null) {
            return null;
        }
        String mode = parameters.get("mode");
        if (mode != null && !MODE.matcher(mode).matches()) {
            refuse.accept(text, "use four octal digits for the mode, such as mode=0660");
            return null;
        }
        UnixAddress unix = new UnixAddress(
                path, mode == null ? UnixAddress.DEFAULT_MODE : Integer.parseInt(mode, 8), parameters.get("group"));
        if (!unix.fits(PRIVATE_NAME_BYTES)) {
            refuse.accept(
                    text,
                    "this path is too long: the path of a socket has at most " + UnixAddress.LONGEST_PATH_BYTES
                            + " bytes, and the file name counts as at least " + PRIVATE_NAME_BYTES
                            + "; use a shorter path");
            return null;
        }
        if (addresses.stream()
                .anyMatch(other ->
                        other instanceof UnixAddress known && known.path().equals(path))) {
            refuse.accept(text, "LISTEN contains this socket twice; remove one");
            return null;
        }
        return unix;
    }

    private @Nullable Path path(String text, String name) {
        try {
            Path path = Path.of(name);
            if (path.isAbsolute() && path.getFileName() != null && !name.endsWith("/")) {
                return path;
            }
        } catch (InvalidPathException none) {
            // Reported below.
        }
        refuse.accept(text, UNIX_FORM);
        return null;
    }

    private @Nullable Map<String, String> parameters(String text, String query) {
        Map<String, String> parameters = new HashMap<>();
        for (String parameter : query.split("&", -1)) {
            String[] nameAndValue = parameter.split("=", 2);
            boolean isKnown = nameAndValue[0].equals("mode") || nameAndValue[0].equals("group");
            if (!isKnown || nameAndValue.length == 1 || nameAndValue[1].isBlank()) {
                refuse.accept(
                        text, "after ? use only mode=0660, group=name or group=number, or both with & between them");
                return null;
            }
            if (parameters.put(nameAndValue[0], nameAndValue[1]) != null) {
                refuse.accept(text, "the parameter " + nameAndValue[0] + " occurs twice; remove one");
                return null;
            }
        }
        return parameters;
    }
}
