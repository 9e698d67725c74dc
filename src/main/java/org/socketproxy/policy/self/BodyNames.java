package org.socketproxy.policy.self;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.CreateRules;

/** Finds names of containers and networks in a body. The daemons find a member under each spelling that differs in case. */
public final class BodyNames {
    /** In the modes of namespaces. */
    private static final String CONTAINER = "container:";

    private static final String MODE = "nsmode";
    private static final String OF_CONTAINER = "container";
    private static final String VALUE = "value";

    private static final String DEFAULT = "default";
    /** Mode of Podman's own API that is the same as the bridge; in the Docker API it is the name of a network. */
    private static final String PRIVATE = "private";
    /** Modes that join the networks of the body, or the default one. */
    private static final Set<String> BRIDGES = Set.of("", DEFAULT, "bridge");

    private BodyNames() {}

    /**
     * Returns the texts of a member of the body.
     *
     * @param member name of the member in lower case, of letters that no other character folds to
     */
    public static List<String> values(JsonValue body, String member) {
        List<String> values = new ArrayList<>();
        if (body instanceof JsonObject object) {
            object.members().forEach((name, value) -> {
                if (fold(name).equals(member) && value instanceof JsonString text) {
                    values.add(text.text());
                }
            });
        }
        return values;
    }

    /**
     * Returns the texts of all members with a name, at any depth, including elements of an array.
     *
     * @param member as in {@link #values}
     */
    public static List<String> deepValues(JsonValue body, String member) {
        List<String> values = new ArrayList<>();
        visit(body, (name, value) -> {
            if (name.equals(member)) {
                values.addAll(value instanceof JsonString text ? List.of(text.text()) : texts(value));
            }
        });
        return values;
    }

    /** Visits all members of all objects, with their names in lower case. */
    static void visit(JsonValue value, BiConsumer<String, JsonValue> visitor) {
        if (value instanceof JsonArray array) {
            array.elements().forEach(element -> visit(element, visitor));
        } else if (value instanceof JsonObject object) {
            object.members().forEach((name, member) -> {
                visitor.accept(fold(name), member);
                visit(member, visitor);
            });
        }
    }

    /** Dotted and dotless i fold to i in some decoders. */
    static String fold(String name) {
        return name.replace('\u0130', 'i').replace('\u0131', 'i').toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the containers that the body joins: every text {@code container:NAME}, of Podman's own API the value of every object with
     * the mode {@code container}, and the sources of {@code VolumesFrom}.
     */
    public static List<String> joined(JsonValue body) {
        List<String> names = new ArrayList<>();
        collect(body, names);
        for (String member : List.of("volumesfrom", "volumes_from")) {
            deepValues(body, member).forEach(name -> names.add(name.split(":", 2)[0]));
        }
        return names;
    }

    private static void collect(JsonValue value, List<String> names) {
        if (value instanceof JsonString text && text.text().startsWith(CONTAINER)) {
            names.add(text.text().substring(CONTAINER.length()));
        } else if (value instanceof JsonArray array) {
            array.elements().forEach(element -> collect(element, names));
        } else if (value instanceof JsonObject object) {
            if (object.text(MODE).equals(OF_CONTAINER)) {
                names.add(object.text(VALUE));
            }
            object.members().values().forEach(member -> collect(member, names));
        }
    }

    /** Returns the strings of an array; empty for another value. */
    static List<String> texts(@Nullable JsonValue array) {
        List<String> texts = new ArrayList<>();
        if (array instanceof JsonArray list) {
            list.elements().forEach(element -> addText(element, texts));
        }
        return texts;
    }

    /** Returns the names and ids of the networks that a body joins. A container without a network gets the default one. */
    static List<String> networks(Operation operation, JsonValue body) {
        List<String> modes = new ArrayList<>();
        List<String> named = new ArrayList<>();
        visit(body, (name, value) -> {
            switch (name) {
                case "networkmode" -> addText(value, modes);
                case "netns" -> {
                    if (value instanceof JsonObject mode) {
                        modes.add(mode.text("nsmode").replace(PRIVATE, DEFAULT));
                    }
                }
                case "endpointsconfig", "networks", "cni_networks" -> addNetworks(value, named);
                case "configfrom" -> named.addAll(values(value, "network"));
                default -> {}
            }
        });
        if (!CreateRules.isCreatingContainers(operation)) {
            return named;
        }
        boolean isOfPod = values(body, "pod").stream().anyMatch(pod -> !pod.isEmpty());
        if (modes.isEmpty() && named.isEmpty() && !isOfPod) {
            named.add(DEFAULT);
        }
        for (String mode : modes) {
            if (!BRIDGES.contains(mode)) {
                named.add(mode);
            } else if (named.isEmpty() || mode.equals("bridge") && !operation.isLibpod()) {
                named.add(DEFAULT);
            }
        }
        named.removeIf(network -> network.startsWith(CONTAINER));
        return named;
    }

    /** Returns the names of the networks that the steps of a build join. */
    static List<String> networks(List<String> modes) {
        return modes.isEmpty()
                ? List.of(DEFAULT)
                : modes.stream()
                        .map(mode -> BRIDGES.contains(mode) ? DEFAULT : mode)
                        .toList();
    }

    private static void addText(JsonValue value, List<String> texts) {
        if (value instanceof JsonString text) {
            texts.add(text.text());
        }
    }

    private static void addNetworks(JsonValue value, List<String> named) {
        if (value instanceof JsonObject byName) {
            named.addAll(byName.members().keySet());
            byName.members().values().forEach(endpoint -> named.addAll(nonEmpty(endpoint, "networkid")));
        } else if (value instanceof JsonArray array) {
            for (JsonValue element : array.elements()) {
                addText(element, named);
                named.addAll(values(element, "target"));
            }
        }
    }

    private static List<String> nonEmpty(JsonValue object, String member) {
        return values(object, member).stream().filter(text -> !text.isEmpty()).toList();
    }

    /** Returns the subnets of a new network. A text that cannot be read is no subnet for the daemon either. */
    static List<IpNetwork> subnets(JsonValue body) {
        return deepValues(body, "subnet").stream()
                .flatMap(text -> IpNetwork.read(text).stream())
                .toList();
    }
}
