package org.socketproxy.policy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.RegistryPasswords;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Users of registries whose passwords the proxy sends to the daemon in place of those of the clients: {@code REGISTRIES}.
 *
 * <p>Security: the passwords stay in their files, which are read for each request; this has only their paths.
 */
public record RegistryLogins(SortedMap<String, Login> byHost) {
    public static final RegistryLogins NONE = new RegistryLogins(new TreeMap<>());

    public static final ProfileKey<RegistryLogins> KEY =
            new ProfileKey<>(NONE, RegistryLogins::text, RegistryLogins::effect, RegistryLogins::isWithin);

    public static final String ADVICE =
            "use HOST=USER:/FILE, separated by commas, such as ghcr.io=bot:/run/secrets/ghcr: the file has the password";

    private static final int MOST = 64;
    private static final int MAX_BYTES = 16 * 1024;
    private static final Pattern ELEMENT = Pattern.compile(
            "((?:[a-z0-9.-]{1,253}|\\[[0-9a-f:]{2,39}])(?::\\d{1,5})?)=([a-zA-Z0-9$_.@+-]{1,128}):(/[a-zA-Z0-9._/@+-]{1,1024})");

    public RegistryLogins {
        byHost = Collections.unmodifiableSortedMap(new TreeMap<>(byHost));
    }

    /**
     * A user of a registry.
     *
     * @param file absolute path of the file with the password
     */
    public record Login(String user, String file) {
        /**
         * Reads the password.
         *
         * @throws IOException if the file cannot be read, is too large, or is empty; the message has nothing of its content
         */
        public String password() throws IOException {
            try (InputStream content = Files.newInputStream(Path.of(file))) {
                byte[] bytes = content.readNBytes(MAX_BYTES + 1);
                String text = new String(bytes, StandardCharsets.UTF_8).strip();
                if (bytes.length > MAX_BYTES || text.isEmpty()) {
                    throw new IOException("the file is empty or has more than " + MAX_BYTES + " bytes");
                }
                return text;
            }
        }
    }

    /** Reads {@code ghcr.io=bot:/run/secrets/ghcr}; returns empty for another text. */
    public static Optional<RegistryLogins> parse(String text) {
        SortedMap<String, Login> logins = new TreeMap<>();
        for (String element : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            Matcher login = ELEMENT.matcher(element.strip());
            boolean isNew = login.matches()
                    && logins.put(
                                    RegistryPasswords.host(login.group(1)),
                                    new Login(
                                            login.group(2),
                                            Path.of(login.group(3)).normalize().toString()))
                            == null;
            if (!isNew || logins.size() > MOST) {
                return Optional.empty();
            }
        }
        return Optional.of(new RegistryLogins(logins));
    }

    public boolean isEmpty() {
        return byHost.isEmpty();
    }

    /** Returns the login of the only registry that a request reaches, or null. */
    public @Nullable Login of(Set<String> hosts) {
        return hosts.size() == 1 ? byHost.get(hosts.iterator().next()) : null;
    }

    private String text() {
        return byHost.entrySet().stream()
                .map(login -> login.getKey() + "=" + login.getValue().user + ":" + login.getValue().file)
                .collect(Collectors.joining(","));
    }

    private String effect() {
        return "pulls, pushes and builds have the rights of "
                + byHost.entrySet().stream()
                        .map(login -> login.getValue().user + " at " + login.getKey())
                        .collect(Collectors.joining(", "))
                + "; no client gets the passwords (REGISTRIES)";
    }

    private boolean isWithin(RegistryLogins other) {
        return other.byHost.entrySet().containsAll(byHost.entrySet());
    }

    /** Returns what {@code registries} of a policy file has, by host. */
    public static Map<String, Map<String, String>> keys(String text) {
        Map<String, Map<String, String>> keys = new TreeMap<>();
        parse(text)
                .orElse(NONE)
                .byHost
                .forEach((host, login) ->
                        keys.put(host, new TreeMap<>(Map.of("user", login.user, "password-file", login.file))));
        return keys;
    }
}
