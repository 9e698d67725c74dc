package org.socketproxy.policy.build;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Names of the secrets, SSH agents and registries for which the daemon may ask the clients of a profile on their sessions.
 *
 * @param allowed names by kind; a kind without an entry allows every name
 */
public record SessionNames(Map<Kind, Set<String>> allowed) {
    public static final SessionNames ALL = new SessionNames(Map.of());

    public static final ProfileKey<SessionNames> KEY =
            new ProfileKey<>(ALL, SessionNames::text, SessionNames::text, SessionNames::isWithin);

    /** Element that allows no name. */
    public static final String NONE = "none";

    private static final String DOCKER_HUB = "docker.io";
    private static final Set<String> HOSTS_OF_DOCKER_HUB = Set.of("index.docker.io", "registry-1.docker.io");

    /** Kind of a name: one setting. */
    public enum Kind {
        SECRET("BUILD_SECRETS", "secrets", "secret", "[\\w.@:/+-]{1,128}"),
        SSH("BUILD_SSH", "ssh", "SSH agent", "[\\w.@:/+-]{1,128}"),
        REGISTRY(
                "BUILD_REGISTRIES",
                "registries",
                "registry",
                "(?:[\\w.-]{1,253}|\\[[0-9a-fA-F:]{2,39}])(?::\\d{1,5})?");

        private final String setting;
        private final String key;
        private final String noun;
        private final Pattern form;

        Kind(String setting, String key, String noun, String form) {
            this.setting = setting;
            this.key = key;
            this.noun = noun;
            this.form = Pattern.compile(form);
        }

        public String setting() {
            return setting;
        }

        /** Returns the key below {@code build} in the policy file. */
        public String key() {
            return key;
        }

        public String noun() {
            return noun;
        }

        /** Returns true if a setting can have the name. */
        public boolean isName(String name) {
            return form.matcher(name).matches();
        }

        /** Returns one form of a name that has several. */
        private String normalized(String name) {
            if (this != REGISTRY) {
                return name;
            }
            String host = name.toLowerCase(Locale.ROOT);
            return HOSTS_OF_DOCKER_HUB.contains(host) ? DOCKER_HUB : host;
        }
    }

    public SessionNames {
        Map<Kind, Set<String>> copy = new EnumMap<>(Kind.class);
        allowed.forEach((kind, names) -> {
            Set<String> all = new TreeSet<>();
            names.forEach(name -> all.add(kind.normalized(name)));
            copy.put(kind, Collections.unmodifiableSet(all));
        });
        allowed = Collections.unmodifiableMap(copy);
    }

    /** Returns true unless every name of this kind is allowed. */
    public boolean limits(Kind kind) {
        return allowed.containsKey(kind);
    }

    boolean allows(Kind kind, String name) {
        Set<String> names = allowed.get(kind);
        return names == null || names.contains(kind.normalized(name));
    }

    /** Returns true if these names allow no more than the others. */
    public boolean isWithin(SessionNames other) {
        return other.allowed.entrySet().stream()
                .allMatch(
                        each -> each.getValue().containsAll(allowed.getOrDefault(each.getKey(), Set.of("any other"))));
    }

    /** Returns the setting of a kind as it is written, such as {@code BUILD_SSH=default}; it must limit the names. */
    public String assignment(Kind kind) {
        return kind.setting + "=" + String.join(",", elements(kind));
    }

    /** Returns the elements of a setting; none without a limit. */
    public Set<String> elements(Kind kind) {
        Set<String> names = allowed.get(kind);
        return names == null ? Set.of() : names.isEmpty() ? Set.of(NONE) : names;
    }

    private String text() {
        return String.join(" ", assignments());
    }

    /** Returns all settings with a limit. */
    public List<String> assignments() {
        List<String> all = new ArrayList<>();
        allowed.keySet().forEach(kind -> all.add(assignment(kind)));
        return all;
    }
}
