package org.socketproxy.recreate;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.PrivilegeChecks;
import org.socketproxy.policy.create.ProtectedBinds;
import org.socketproxy.policy.create.ResourceChecks;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.mask.MaskRules;

/**
 * A container as the daemon described it before a client removed or renamed it. With {@code CREATE_ALLOW=recreate} a client
 * may create it again with another image of {@code CREATE_IMAGES}, although the rules deny its rights.
 *
 * <p>Security: the new container has the same rights, user, command, environment and labels.
 *
 * @param image full id of the image, such as {@code sha256:…}; empty if the description has another form
 * @param name without the slash in front
 * @param config configuration of the container and of its image; without the image before {@link #withImage}
 */
public record RecreateRecord(
        String id, String name, String image, JsonObject hostConfig, JsonObject networks, RecreatedConfig config) {
    private static final String CONFIG = "Config";
    private static final String HOST_CONFIG = "HostConfig";
    private static final String NETWORK_SETTINGS = "NetworkSettings";
    private static final String NETWORKS = "Networks";
    private static final String NETWORKING_CONFIG = "NetworkingConfig";
    private static final String ENDPOINTS = "EndpointsConfig";
    private static final String IMAGE = "Image";
    private static final String MAC_ADDRESS = "MacAddress";
    /** A client with an older API does not know these fields; the daemon then sets its default. */
    private static final Set<String> DEFAULTED = Set.of("ConsoleSize", "Isolation");
    /** Lists for which the daemon has a default. An empty list protects no path. */
    private static final Set<String> PROTECTED_PATHS = Set.of("MaskedPaths", "ReadonlyPaths");

    private static final Pattern IMAGE_ID = Pattern.compile("sha256:[0-9a-f]{64}");

    private static final Set<String> IGNORED_OF_ENDPOINT = Set.of(
            "EndpointID",
            "Gateway",
            "IPAddress",
            "IPPrefixLen",
            "IPv6Gateway",
            "GlobalIPv6Address",
            "GlobalIPv6PrefixLen",
            "DNSNames");

    private static final int SHORT_ID = 12;

    /** Reads the daemon's response to ContainerInspect; null if it does not describe a container. */
    public static @Nullable RecreateRecord read(ByteBuffer inspect) {
        JsonObject container = ProtectedBinds.shown(StrictJson.object(inspect));
        boolean isContainer =
                ObjectIds.isFull(container.text("Id")) && container.text("Name").startsWith("/");
        return isContainer ? of(container) : null;
    }

    private static RecreateRecord of(JsonObject container) {
        JsonObject hostConfig = container.object(HOST_CONFIG);
        JsonObject networks = container.object(NETWORK_SETTINGS).object(NETWORKS);
        Set<String> published = hostConfig.object("PortBindings").members().keySet();
        return new RecreateRecord(
                container.text("Id"),
                container.text("Name").substring(1),
                IMAGE_ID.matcher(container.text(IMAGE)).matches() ? container.text(IMAGE) : "",
                hostConfig,
                networks,
                new RecreatedConfig(
                        withAddress(container.object(CONFIG), networks, hostConfig.text("NetworkMode")),
                        JsonObject.EMPTY,
                        published));
    }

    /** Adds the MAC address of the network mode, which API 1.52 describes only there, and clients of older versions send here. */
    private static JsonObject withAddress(JsonObject config, JsonObject networks, String mode) {
        JsonObject endpoint = networks.object(mode.equals("default") ? "bridge" : mode);
        if (config.members().containsKey(MAC_ADDRESS)
                || endpoint.text(MAC_ADDRESS).isEmpty()) {
            return config;
        }
        Map<String, JsonValue> members = new LinkedHashMap<>(config.members());
        members.put(MAC_ADDRESS, endpoint.get(MAC_ADDRESS));
        return new JsonObject(members);
    }

    /**
     * The JSON of a container, which takes less memory than its values.
     *
     * @param container in the structure of ContainerInspect
     * @param image the configuration of its image
     */
    public record Packed(ByteBuffer container, ByteBuffer image) {
        /** Returns the container, or null if it has too many values to be read again. */
        public @Nullable RecreateRecord unpack() {
            try {
                RecreateRecord read = RecreateRecord.read(container.duplicate());
                return read != null && StrictJson.read(image.duplicate()) instanceof JsonObject config
                        ? read.withImage(new ImageConfig(config))
                        : null;
            } catch (InvalidJsonException unreadable) {
                return null;
            }
        }
    }

    /** Returns the compared values in a compact form. */
    public Packed pack() {
        Map<String, JsonValue> described = new HashMap<>(description().members());
        described.put("Id", new JsonString(id));
        described.put("Name", new JsonString("/" + name));
        described.put(IMAGE, new JsonString(image));
        return new Packed(JsonText.write(new JsonObject(described)), JsonText.write(config.image()));
    }

    private JsonObject description() {
        return new JsonObject(Map.of(
                CONFIG,
                config.config(),
                HOST_CONFIG,
                hostConfig,
                NETWORK_SETTINGS,
                new JsonObject(Map.of(NETWORKS, networks))));
    }

    /** Returns this container with the configuration of its image. */
    public RecreateRecord withImage(ImageConfig read) {
        RecreatedConfig whole = new RecreatedConfig(config.config(), read.config(), config.published());
        return new RecreateRecord(id, name, image, hostConfig, networks, whole);
    }

    /** Returns true if the other container has exactly the host configuration of this one. */
    public boolean hasRightsOf(RecreateRecord other) {
        return isSameHostConfig(hostConfig, other.hostConfig);
    }

    /**
     * Returns true if a body that the rules deny creates this container again.
     *
     * @param violations all that the rules deny in the body; empty if it is denied for another reason, which stays
     */
    public boolean isCreatedBy(CreateRules rules, ByteBuffer body, List<Violation> violations) {
        try {
            return isCurable(violations) && StrictJson.read(body) instanceof JsonObject object && isSame(rules, object);
        } catch (InvalidJsonException unreadable) {
            return false;
        }
    }

    /** Returns true if a body describes this container, with an image that the rules allow. */
    private boolean isSame(CreateRules rules, JsonObject body) {
        return isImageAllowed(rules, body)
                && isSameHostConfig(body.object(HOST_CONFIG), hostConfig)
                && isEachEndpointWithin(body.object(NETWORKING_CONFIG).object(ENDPOINTS))
                && config.isKeptBy(
                        rules.clientLabels().without(body, config.config().object("Labels")));
    }

    /**
     * Returns a body with the recorded values in place of the masked ones; null if the result does not describe this container, so that
     * no other container gets the values.
     */
    public @Nullable ByteBuffer filled(CreateRules rules, MaskRules mask, ByteBuffer body) {
        try {
            if (!(StrictJson.read(body.duplicate()) instanceof JsonObject object)) {
                return null;
            }
            JsonObject filled = new MaskedBody(mask, description(), config.image()).fill(object);
            return isSame(rules, filled) ? JsonText.write(filled) : null;
        } catch (InvalidJsonException | ElementException unreadable) {
            return null;
        }
    }

    /**
     * Returns the full id of the container that a body connects to a network, if recreate may cure its violations; otherwise an empty
     * string. A name could move to another container.
     */
    public static String connected(
            CreateRules rules, Operation operation, ByteBuffer body, List<Violation> violations) {
        boolean isConnect = operation.verb() == Verb.CONNECT && !operation.isLibpod();
        if (!rules.isRecreateAllowed() || !isConnect || !isCurable(violations)) {
            return "";
        }
        String container = JsonBody.of(body).object().text("Container");
        return ObjectIds.isFull(container) ? container : "";
    }

    /**
     * Returns true if a body connects a container to a network of this one, with nothing that this one did not have there.
     *
     * @param network name or full id of the network
     */
    public boolean isConnectedBy(String network, ByteBuffer body) {
        try {
            JsonValue endpoint = StrictJson.read(body) instanceof JsonObject object
                    ? object.object("EndpointConfig")
                    : JsonObject.EMPTY;
            return networks.members().entrySet().stream()
                    .filter(mine -> mine.getKey().equals(network)
                            || ObjectIds.isFull(network)
                                    && mine.getValue() instanceof JsonObject described
                                    && described.text("NetworkID").equals(network))
                    .anyMatch(mine -> isEachEndpointWithin(new JsonObject(Map.of(mine.getKey(), endpoint))));
        } catch (InvalidJsonException unreadable) {
            return false;
        }
    }

    private static boolean isCurable(List<Violation> violations) {
        return !violations.isEmpty()
                && violations.size() < Violation.MOST
                && violations.stream()
                        .allMatch(violation -> violation.kind() == Kind.FIELD && !violation.isOfUnprotectedBind());
    }

    /** The rules for images apply as to every container. */
    private static boolean isImageAllowed(CreateRules rules, JsonObject body) {
        String image = body.text(IMAGE);
        return rules.images().isLimited() && !image.isEmpty() && rules.images().allows(image);
    }

    private static boolean isSameHostConfig(JsonObject mine, JsonObject recorded) {
        Set<String> names = new HashSet<>(mine.members().keySet());
        names.addAll(recorded.members().keySet());
        return names.stream().allMatch(name -> {
            boolean isAnnotated = name.equals("Annotations");
            if (name.equals("RestartPolicy") && mine.object(name).text("Name").equals("no")) {
                return true;
            }
            JsonValue own = isAnnotated ? ResourceChecks.withoutLimits(mine.get(name)) : mine.get(name);
            JsonValue other = isAnnotated ? ResourceChecks.withoutLimits(recorded.get(name)) : recorded.get(name);
            if (PROTECTED_PATHS.contains(name)) {
                return own.equals(other) || own == JsonLiteral.NULL && PrivilegeChecks.isDefault(name, other);
            }
            return own.equals(other)
                    || own.isZero() && other.isZero()
                    || own == JsonLiteral.NULL && DEFAULTED.contains(name);
        });
    }

    private boolean isEachEndpointWithin(JsonObject endpoints) {
        return endpoints.members().entrySet().stream().allMatch(endpoint -> {
            JsonValue recorded = networks.get(endpoint.getKey());
            return endpoint.getValue().isZero()
                    || recorded instanceof JsonObject before
                            && endpoint.getValue() instanceof JsonObject after
                            && after.members().entrySet().stream()
                                    .allMatch(member ->
                                            isEndpointMemberWithin(member.getKey(), member.getValue(), before));
        });
    }

    private boolean isEndpointMemberWithin(String member, JsonValue value, JsonObject before) {
        if (member.equals("Aliases") && value instanceof JsonArray aliases) {
            return aliases.elements().stream()
                    .allMatch(alias -> alias.equals(new JsonString(id.substring(0, SHORT_ID)))
                            || Stream.of(member, "DNSNames")
                                    .anyMatch(list -> before.get(list) instanceof JsonArray names
                                            && names.elements().contains(alias)));
        }
        return IGNORED_OF_ENDPOINT.contains(member) || isWithin(value, before.get(member));
    }

    /** Returns true for a value that is zero, equal, or has only elements or members of the recorded one. */
    private static boolean isWithin(JsonValue value, JsonValue recorded) {
        if (value.isZero() || value.equals(recorded)) {
            return true;
        }
        if (value instanceof JsonObject object && recorded instanceof JsonObject before) {
            return before.members().entrySet().containsAll(object.members().entrySet());
        }
        return false;
    }

    /**
     * The configuration that an image gives to its containers.
     *
     * @param config empty for an image without a readable configuration
     */
    public record ImageConfig(JsonObject config) {
        private static final int LONGEST_BYTES = 64 * 1024;

        /** Reads the daemon's response to ImageInspect, up to 64 KiB. */
        public static ImageConfig read(ByteBuffer inspect) {
            boolean isLong = inspect.remaining() > LONGEST_BYTES;
            return new ImageConfig(
                    isLong ? JsonObject.EMPTY : StrictJson.object(inspect).object("Config"));
        }
    }

    /** Without the environment and the command, which can be secret. */
    @Override
    public String toString() {
        return "RecreateRecord[" + id + "]";
    }
}
