package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * The passwords for registries in a header of a request: one, or with hosts as names one for each. Podman reads both forms in both headers.
 *
 * <p>Security: what is forwarded is written again from the known fields. No message has a value.
 */
public final class RegistryPasswords {
    public static final String AUTH = "X-Registry-Auth";
    public static final String CONFIG = "X-Registry-Config";
    /** An empty object. */
    public static final String NONE = "e30=";

    public static final List<String> HEADERS = List.of(AUTH, CONFIG);

    private static final int MOST_HOSTS = 1000;
    private static final String ADDRESS = "serveraddress";
    private static final Set<String> FIELDS =
            Set.of("username", "password", "auth", "email", ADDRESS, "identitytoken", "registrytoken");
    private static final String HUB = "docker.io";
    private static final Set<String> HOSTS_OF_HUB = Set.of("index.docker.io", "registry-1.docker.io");

    private RegistryPasswords() {}

    /** Returns the host, in lower case and with its port, of an address such as {@code https://index.docker.io/v1/}. */
    public static String host(String address) {
        String text = address.toLowerCase(Locale.ROOT).replaceFirst("^https?://", "");
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        return HOSTS_OF_HUB.contains(host) ? HUB : host;
    }

    /**
     * Returns the value of a header with the entries of some hosts only.
     *
     * @param values one for each line of the header
     * @param reached hosts to which the daemon sends the only password; empty if they are not known
     * @return empty if no entry remains
     * @throws InvalidJsonException if the header is not JSON of the known form in base64
     */
    public static String kept(List<String> values, Set<String> reached, Predicate<String> hosts)
            throws InvalidJsonException {
        JsonValue read = read(values);
        if (!(read instanceof JsonObject object) || object.isZero()) {
            return "";
        }
        if (!isByHost(object)) {
            Map<String, JsonValue> entry = entry(object);
            boolean isKnown = !reached.isEmpty() || !address(entry).isEmpty();
            return isKnown && reached.stream().allMatch(hosts) && isOf(entry, hosts) ? write(entry) : "";
        }
        Map<String, JsonValue> kept = new LinkedHashMap<>();
        for (Map.Entry<String, JsonValue> each : object.members().entrySet()) {
            Map<String, JsonValue> entry = entry(each.getValue() instanceof JsonObject one ? one : JsonObject.EMPTY);
            if (!entry.isEmpty() && hosts.test(host(each.getKey())) && isOf(entry, hosts)) {
                kept.put(each.getKey(), new JsonObject(entry));
            }
        }
        return kept.isEmpty() ? "" : write(kept);
    }

    /** Returns the value of {@link #AUTH} with a password, which the daemon sends to this host alone. */
    public static String login(String host, String user, String password) {
        return write(fields(host, user, password));
    }

    /**
     * Returns the value of {@link #CONFIG} with a password for a host, in place of others for it.
     *
     * @param before the value without it, one for each line of the header
     * @throws InvalidJsonException as {@link #kept}
     */
    public static String with(List<String> before, String host, String user, String password)
            throws InvalidJsonException {
        Map<String, JsonValue> entries = new LinkedHashMap<>();
        if (read(before) instanceof JsonObject object && isByHost(object)) {
            entries.putAll(object.members());
        }
        entries.keySet().removeIf(key -> host(key).equals(host));
        entries.put(address(host), new JsonObject(fields(host, user, password)));
        return write(entries);
    }

    private static Map<String, JsonValue> fields(String host, String user, String password) {
        Map<String, JsonValue> fields = new LinkedHashMap<>();
        fields.put("username", new JsonString(user));
        fields.put("password", new JsonString(password));
        fields.put(ADDRESS, new JsonString(address(host)));
        return fields;
    }

    /** Daemons know Docker Hub by this address. */
    private static String address(String host) {
        return host.equals(HUB) ? "https://index.docker.io/v1/" : host;
    }

    private static JsonValue read(List<String> values) throws InvalidJsonException {
        if (values.size() > 1) {
            throw new InvalidJsonException("", "comes twice");
        }
        String text = String.join("", values).strip();
        if (text.isEmpty() || text.equals("null")) { // Podman reads this word as no password
            return JsonLiteral.NULL;
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text.replace('+', '-').replace('/', '_'));
            JsonValue value = StrictJson.read(ByteBuffer.wrap(bytes));
            if (!(value instanceof JsonObject) && value != JsonLiteral.NULL) {
                throw new InvalidJsonException("", "is not an object");
            }
            return value;
        } catch (IllegalArgumentException malformed) {
            throw new InvalidJsonException("", "is not base64");
        }
    }

    private static boolean isByHost(JsonObject object) throws InvalidJsonException {
        boolean isByHost = object.members().values().stream()
                .allMatch(value -> value instanceof JsonObject || value == JsonLiteral.NULL);
        if (isByHost && object.members().size() > MOST_HOSTS) {
            throw new InvalidJsonException("", "has more than " + MOST_HOSTS + " hosts");
        }
        return isByHost;
    }

    /** Returns the known fields; daemons read their names in any case, and no others. */
    private static Map<String, JsonValue> entry(JsonObject object) throws InvalidJsonException {
        Map<String, JsonValue> entry = new LinkedHashMap<>();
        for (Map.Entry<String, JsonValue> each : object.members().entrySet()) {
            String name = each.getKey().toLowerCase(Locale.ROOT);
            boolean isKnown = FIELDS.contains(name);
            if (isKnown && !(each.getValue() instanceof JsonString) && each.getValue() != JsonLiteral.NULL) {
                throw new InvalidJsonException("", "has a " + name + " that is not a string");
            }
            if (isKnown && entry.put(name, each.getValue()) != null) {
                throw new InvalidJsonException("", "has " + name + " twice");
            }
        }
        return entry;
    }

    private static String address(Map<String, JsonValue> entry) {
        return entry.get(ADDRESS) instanceof JsonString address ? address.text() : "";
    }

    private static boolean isOf(Map<String, JsonValue> entry, Predicate<String> hosts) {
        return address(entry).isEmpty() || hosts.test(host(address(entry)));
    }

    private static String write(Map<String, JsonValue> members) {
        ByteBuffer bytes = JsonText.write(new JsonObject(members));
        return StandardCharsets.ISO_8859_1
                .decode(Base64.getUrlEncoder().encode(bytes))
                .toString();
    }

    /** Returns the registry of the image, or null if the reference is not valid. */
    public static @Nullable String registry(String reference) {
        return ImageName.parse(reference).map(image -> host(image.name())).orElse(null);
    }

    /** Returns the registries of the images; empty if one of them is not known. */
    public static Set<String> registries(List<String> references) {
        Set<String> hosts = new TreeSet<>();
        for (String reference : references) {
            String host = registry(reference);
            if (host == null) {
                return Set.of();
            }
            hosts.add(host);
        }
        return hosts;
    }
}
