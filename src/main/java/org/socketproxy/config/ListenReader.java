package org.socketproxy.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the addresses of the listeners, and the file names of their certificates. */
final class ListenReader {
    /** Length of the temporary name under which the proxy binds a socket. */
    static final int PRIVATE_NAME_BYTES = 7;

    static final String UNIX = "unix://";
    private static final AddressDiagnosis FAULT = new AddressDiagnosis(List.of("tcp://", "tls://", UNIX), 2375);
    private static final String UNIX_FORM = "use the absolute path of a file, such as unix:///run/proxy/docker.sock";
    private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,64}");
    private static final Parameters OF_UNIX = new Parameters(
            Set.of("mode", "group", "name", "fd"),
            "after ? use only mode=0660, group=name or group=number, name=word, and fd=0, with & between them");
    private static final Parameters OF_NETWORK = new Parameters(
            Set.of("name", "reuse-port", "fd"),
            "after ? use only name=word, such as name=ci, which names the listener, reuse-port=1, and fd=0, with & between them");

    private final Reading reading;
    private final List<ListenAddress> addresses = new ArrayList<>();

    private record Parameters(Set<String> known, String advice) {}

    private ListenReader(Reading reading) {
        this.reading = reading;
    }

    static List<ListenAddress> read(Reading reading) {
        reading.checkTruth(Setting.DISABLE_IPV6);
        ListenReader reader = new ListenReader(reading);
        for (String text : reading.text(Setting.LISTEN).split(",", -1)) {
            reader.add(text.strip());
        }
        return reader.addresses.stream()
                .map(address ->
                        address instanceof NetworkAddress network ? family(reading, Setting.LISTEN, network) : address)
                .toList();
    }

    /** Restricts an address to IPv4 if {@code DISABLE_IPV6} is set. */
    static NetworkAddress family(Reading reading, Setting setting, NetworkAddress address) {
        if (!reading.isYes(Setting.DISABLE_IPV6)) {
            return address;
        }
        if (address.isV6()) {
            reading.refuse(
                    setting,
                    address.toString(),
                    "DISABLE_IPV6=1 does not allow IPv6; use an IPv4 address, or unset DISABLE_IPV6");
        }
        return address.withoutV6();
    }

    /** Returns the files, not loaded; null without a TLS listener or if a file is missing. */
    static Settings.@Nullable Tls tls(Reading reading, List<ListenAddress> listen) {
        boolean isNeeded =
                listen.stream().anyMatch(address -> address instanceof NetworkAddress network && network.isTls());
        Path certificate = pem(reading, Setting.TLS_CERT, isNeeded);
        Path key = pem(reading, Setting.TLS_KEY, isNeeded);
        Path clientAuthorities = pem(reading, Setting.TLS_CLIENT_CA, false);
        return !isNeeded || certificate == null || key == null
                ? null
                : new Settings.Tls(certificate, key, clientAuthorities);
    }

    private static @Nullable Path pem(Reading reading, Setting setting, boolean isNeeded) {
        if (!reading.text(setting).isEmpty()) {
            return reading.value(
                            setting,
                            Parsers::absolutePath,
                            "use the absolute path of a PEM file, such as /certs/cert.pem")
                    .orElse(null);
        }
        if (isNeeded) {
            reading.refuse(
                    setting,
                    "a tls:// address in LISTEN requires it; name a PEM file, such as /certs/"
                            + (setting == Setting.TLS_CERT ? "cert.pem" : "key.pem"));
        }
        return null;
    }

    private void refuse(String text, String advice) {
        reading.refuse(Setting.LISTEN, text, advice);
    }

    private void add(String text) {
        String[] parts = text.split("\\?", 2);
        boolean isUnix = text.startsWith(UNIX);
        Map<String, String> parameters =
                parts.length == 1 ? Map.of() : parameters(text, parts[1], isUnix ? OF_UNIX : OF_NETWORK);
        if (isUnix) {
            UnixAddress unix = unix(text, parts[0].substring(UNIX.length()), parameters);
            if (unix != null) {
                addresses.add(unix);
            }
            return;
        }
        NetworkAddress network = NetworkAddress.parseWithTls(parts[0]).orElse(null);
        if (network == null) {
            refuse(text, FAULT.of(parts[0]));
        } else if (parameters != null) {
            String shared = parameters.get("reuse-port");
            if (shared != null && !shared.equals("1")) {
                refuse(text, "use reuse-port=1, or remove it");
            } else {
                add(text, network.with(parameters.get("name"), shared != null, parameters.containsKey("fd")));
            }
        }
    }

    private void add(String text, NetworkAddress address) {
        boolean isTaken =
                addresses.stream().anyMatch(other -> other instanceof NetworkAddress known && known.overlaps(address));
        if (isTaken) {
            refuse(text, "another address of LISTEN uses this port; use another port");
        } else {
            addresses.add(address);
        }
    }

    /** @param parameters null if they are invalid, so that only the path is checked */
    private @Nullable UnixAddress unix(String text, String file, @Nullable Map<String, String> parameters) {
        Path path = Parsers.absoluteFile(file).orElse(null);
        if (path == null) {
            refuse(text, UNIX_FORM);
        }
        if (path == null || parameters == null) {
            return null;
        }
        String mode = parameters.get("mode");
        if (mode != null && !MODE.matcher(mode).matches()) {
            refuse(text, "use four octal digits for the mode, such as mode=0660");
            return null;
        }
        UnixAddress unix = new UnixAddress(
                path,
                mode == null ? UnixAddress.DEFAULT_MODE : Integer.parseInt(mode, 8),
                parameters.get("group"),
                parameters.get("name"),
                parameters.containsKey("fd"));
        if (!unix.fits(PRIVATE_NAME_BYTES)) {
            refuse(
                    text,
                    "this path is too long: the path of a socket has at most " + UnixAddress.LONGEST_PATH_BYTES
                            + " bytes, and the file name counts as at least " + PRIVATE_NAME_BYTES
                            + "; use a shorter path");
            return null;
        }
        if (addresses.stream()
                .anyMatch(other ->
                        other instanceof UnixAddress known && known.path().equals(path))) {
            refuse(text, "LISTEN contains this socket twice; remove one");
            return null;
        }
        return unix;
    }

    private @Nullable Map<String, String> parameters(String text, String query, Parameters allowed) {
        Map<String, String> parameters = new HashMap<>();
        for (String parameter : query.split("&", -1)) {
            String[] nameAndValue = parameter.split("=", 2);
            boolean isKnown = allowed.known.contains(nameAndValue[0]);
            if (!isKnown || nameAndValue.length == 1 || nameAndValue[1].isBlank()) {
                refuse(text, allowed.advice);
                return null;
            }
            if (parameters.put(nameAndValue[0], nameAndValue[1]) != null) {
                refuse(text, "the parameter " + nameAndValue[0] + " occurs twice; remove one");
                return null;
            }
        }
        String name = parameters.get("name");
        if (name != null && !isUsable(text, name) || parameters.containsKey("fd") && !isInheritable(text, parameters)) {
            return null;
        }
        return parameters;
    }

    private boolean isInheritable(String text, Map<String, String> parameters) {
        if (!"0".equals(parameters.get("fd"))) {
            refuse(text, "use fd=0: the proxy can inherit only descriptor 0");
            return false;
        }
        if (!Set.of("name", "fd").containsAll(parameters.keySet())) {
            refuse(text, "with fd=0 the socket has its settings already: use only name=word beside it");
            return false;
        }
        if (addresses.stream().anyMatch(ListenAddress::isInherited)) {
            refuse(text, "another address of LISTEN has descriptor 0; remove fd=0 from one");
            return false;
        }
        return true;
    }

    private boolean isUsable(String text, String name) {
        if (!NAME.matcher(name).matches()) {
            refuse(text, "the name of a listener has 1 to 64 letters, digits, -, _ and ., such as name=ci");
            return false;
        }
        if (addresses.stream().anyMatch(other -> name.equals(other.name()))) {
            refuse(text, "another address of LISTEN has the name " + name + "; use another name");
            return false;
        }
        return true;
    }
}
