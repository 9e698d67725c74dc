package org.socketproxy.daemon;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.client.LocalContainers;
import org.socketproxy.client.LocalContainers.Description;
import org.socketproxy.client.LocalContainers.Endpoint;
import org.socketproxy.client.OwnLabels;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.json.StrictJson;

/**
 * Asks the daemon for the networks of the proxy's container, and for the containers on them with their names.
 *
 * <p>Threading: never blocks; one query after the other. Inspects one container at a time, and again only after a change of its name
 * or endpoints.
 */
final class LocalContainerQuery {
    /** Further names are asked for with the next query. */
    private static final Duration NAMES_LIMIT = Duration.ofSeconds(5);

    private static final int SHORT_ID = 12;
    /** Memory for an entry without the characters of its key. */
    private static final int ENTRY_BYTES = 250;

    /** Members of a list: the endpoint changes with its aliases. */
    private static final Set<String> LISTED = Set.of(
            "Id",
            "Names",
            "NetworkSettings",
            "Networks",
            "Networks.*",
            "NetworkID",
            "EndpointID",
            "IPAddress",
            "GlobalIPv6Address",
            "MacAddress",
            "Aliases",
            "DNSNames");
    /** Members of a description, beside the networks; Podman has its default network under another name. */
    private static final Set<String> DESCRIBED = Set.of(
            "Id",
            "Name",
            "Config",
            "Hostname",
            "NetworkSettings",
            "Networks",
            "NetworkID",
            "Aliases",
            "DNSNames",
            "bridge",
            "default",
            "podman");

    private final DaemonQuery query;
    private final String reference;
    private final ContainerLabels labels;
    private volatile Map<String, Named> known = Map.of();

    /** @param reference name or id of the proxy's container */
    LocalContainerQuery(DaemonQuery query, String reference) {
        this.query = query;
        this.reference = reference;
        this.labels = new ContainerLabels(query);
    }

    /** A network of the proxy's container, with endpoints by container; the key without a container begins with {@code ep-}. */
    private record Network(String id, String name, List<IpNetwork> subnets, Map<String, JsonObject> endpoints) {}

    /** Names of a container; the key changes with its name and endpoints. */
    private record Named(String key, Set<String> names) {}

    /**
     * Returns an empty answer if the daemon does not have the proxy's container; fails without a description of the networks.
     *
     * @param isNamed whether the names are needed
     * @param keys keys of the labels that are needed
     */
    CompletableFuture<Optional<Description>> ask(boolean isNamed, Set<String> keys) {
        long begin = System.nanoTime();
        return query.get("/containers/" + reference + "/json").thenCompose(answer -> {
            if (answer.status() == HttpStatus.NOT_FOUND_404) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            return networks(answer).thenCompose(networks -> describe(begin, networks, isNamed, keys));
        });
    }

    private CompletableFuture<List<Network>> networks(Answer own) {
        List<CompletableFuture<Network>> queries = new ArrayList<>();
        object(own).object("NetworkSettings").object("Networks").members().forEach((name, endpoint) -> {
            String id = endpoint instanceof JsonObject joined ? joined.text("NetworkID") : "";
            if (!id.isEmpty()) {
                queries.add(query.get("/networks/" + encode(id)).thenApply(LocalContainerQuery::network));
            }
        });
        return CompletableFuture.allOf(queries.toArray(CompletableFuture[]::new))
                .thenApply(all -> queries.stream().map(CompletableFuture::join).toList());
    }

    private static Network network(Answer answer) {
        JsonObject network = object(answer);
        Map<String, JsonObject> endpoints = new LinkedHashMap<>();
        network.object("Containers").members().forEach((container, endpoint) -> {
            if (endpoint instanceof JsonObject found) {
                endpoints.put(container, found);
            }
        });
        List<String> subnets = network.object("IPAM").elements("Config").stream()
                .map(config -> config.text("Subnet"))
                .toList();
        return new Network(network.text("Id"), network.text("Name"), LocalContainers.subnets(subnets), endpoints);
    }

    private CompletableFuture<Optional<Description>> describe(
            long begin, List<Network> networks, boolean isNamed, Set<String> keys) {
        List<IpNetwork> subnets =
                networks.stream().flatMap(network -> network.subnets.stream()).toList();
        List<Endpoint> endpoints = networks.stream()
                .flatMap(network -> network.endpoints.entrySet().stream())
                .map(each -> Endpoint.of(
                        each.getKey(),
                        each.getValue().text("Name"),
                        List.of(
                                each.getValue().text("IPv4Address"),
                                each.getValue().text("IPv6Address"))))
                .toList();
        CompletableFuture<OwnLabels> labelled =
                labels.ask(endpoints.stream().map(Endpoint::container).collect(Collectors.toSet()), keys);
        if (!isNamed || subnets.isEmpty()) {
            return labelled.thenApply(
                    found -> Optional.of(new Description(begin, subnets, endpoints, Map.of(), true, found)));
        }
        KeyReader listed = new KeyReader();
        return labelled.thenCompose(
                        any -> query.get("/containers/json?all=1&filters=" + filter(networks), null, listed))
                .thenCompose(list -> names(networks, facts(list, listed)))
                .exceptionally(unknown -> false)
                .thenApply(isComplete -> {
                    Map<String, Set<String>> byName = new HashMap<>();
                    known.forEach((container, named) -> named.names.forEach(name ->
                            byName.computeIfAbsent(name, any -> new HashSet<>()).add(container)));
                    return Optional.of(new Description(begin, subnets, endpoints, byName, isComplete, labelled.join()));
                });
    }

    /** Reads a text of each container that changes with its names and endpoints, by its id. */
    private static final class KeyReader extends ResponseReader<Map<String, String>> {
        private final Map<String, String> keys = new LinkedHashMap<>();

        KeyReader() {
            super(JsonElements.ARRAY, LISTED);
        }

        @Override
        protected int read(ByteBuffer element) {
            JsonObject container = StrictJson.object(element);
            String key = container.members().get("Names") + " "
                    + container.object("NetworkSettings").object("Networks");
            keys.put(container.text("Id"), key);
            return ENTRY_BYTES + key.length();
        }

        @Override
        protected Map<String, String> result() {
            return keys;
        }
    }

    /** Reads the names of a container in some networks. */
    private static final class NameReader extends ResponseReader<Set<String>> {
        private final List<Network> networks;
        private Set<String> names = Set.of();

        NameReader(List<Network> networks) {
            super(JsonElements.VALUE, members(networks));
            this.networks = networks;
        }

        /** Names in other networks do not count: a container can have too many of them. */
        private static Set<String> members(List<Network> networks) {
            Set<String> members = new HashSet<>(DESCRIBED);
            networks.forEach(network -> members.addAll(List.of(network.id, network.name)));
            return members;
        }

        @Override
        protected int read(ByteBuffer element) {
            names = names(StrictJson.object(element), networks);
            return 0;
        }

        @Override
        protected Set<String> result() {
            return names;
        }
    }

    /** The list can lack a new container of a network; a container that was never started is only in the list. */
    private CompletableFuture<Boolean> names(List<Network> networks, Map<String, String> list) {
        Map<String, String> keys = new LinkedHashMap<>(list);
        for (Network network : networks) {
            network.endpoints.forEach((container, endpoint) -> {
                if (!container.startsWith("ep-") && !container.startsWith("lb-")) {
                    keys.merge(container, " " + endpoint, String::concat);
                }
            });
        }
        Map<String, Named> kept = new HashMap<>(known);
        kept.keySet().retainAll(keys.keySet());
        known = Map.copyOf(kept);
        Iterator<Map.Entry<String, String>> missing = keys.entrySet().stream()
                .filter(each -> !each.getValue()
                        .equals(Optional.ofNullable(kept.get(each.getKey()))
                                .map(Named::key)
                                .orElse(null)))
                .toList()
                .iterator();
        return inspect(missing, networks, System.nanoTime() + NAMES_LIMIT.toNanos());
    }

    /** Returns false if a name is unknown. */
    private CompletableFuture<Boolean> inspect(
            Iterator<Map.Entry<String, String>> missing, List<Network> networks, long deadline) {
        if (!missing.hasNext()) {
            return CompletableFuture.completedFuture(true);
        }
        if (System.nanoTime() - deadline > 0) {
            return CompletableFuture.completedFuture(false);
        }
        Map.Entry<String, String> next = missing.next();
        NameReader names = new NameReader(networks);
        return query.get("/containers/" + encode(next.getKey()) + "/json", null, names)
                .thenApply(answer ->
                        learn(next, answer.status() == HttpStatus.NOT_FOUND_404 ? null : facts(answer, names)))
                .exceptionally(failed -> false)
                .thenCompose(isKnown -> inspect(missing, networks, deadline).thenApply(rest -> rest && isKnown));
    }

    /** @param names null if there is no such container */
    private boolean learn(Map.Entry<String, String> container, @Nullable Set<String> names) {
        Map<String, Named> changed = new HashMap<>(known);
        changed.remove(container.getKey());
        if (names != null) {
            changed.put(container.getKey(), new Named(container.getValue(), names));
        }
        known = Map.copyOf(changed);
        return true;
    }

    /** Returns the names in the resolver of the networks, in lower case. */
    static Set<String> names(JsonObject inspected, List<Network> networks) {
        Set<String> names = new LinkedHashSet<>();
        String id = inspected.text("Id");
        List<String> ofAll = List.of(
                inspected.text("Name").replaceFirst("^/", ""),
                id.substring(0, Math.min(SHORT_ID, id.length())),
                inspected.object("Config").text("Hostname"));
        Map<String, JsonValue> joined =
                inspected.object("NetworkSettings").object("Networks").members();
        for (Network network : networks) {
            joined.forEach((key, value) -> {
                if (value instanceof JsonObject endpoint
                        && (key.equals(network.name)
                                || key.equals(network.id)
                                || endpoint.text("NetworkID").equals(network.id))) {
                    Stream.of(ofAll, endpoint.texts("Aliases"), endpoint.texts("DNSNames"))
                            .flatMap(List::stream)
                            .filter(name -> !name.isEmpty())
                            .map(name -> name.toLowerCase(Locale.ROOT))
                            .forEach(name -> {
                                names.add(name);
                                names.add(name + "." + network.name.toLowerCase(Locale.ROOT));
                            });
                }
            });
        }
        return names;
    }

    private static String filter(List<Network> networks) {
        List<String> idsAndNames = networks.stream()
                .flatMap(network -> Stream.of(network.id, network.name))
                .toList();
        return encode(JsonText.compact(json -> {
            json.writeStartObject();
            JsonText.writeStrings(json, "network", idsAndNames);
            json.writeEndObject();
        }));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static JsonObject object(Answer answer) {
        if (answer.status() == HttpStatus.OK_200 && StrictJson.readOrNull(answer.body()) instanceof JsonObject object) {
            return object;
        }
        throw new IllegalStateException("The daemon answered with the status " + answer.status()
                + (answer.status() == HttpStatus.OK_200 ? " and a description that cannot be read" : ""));
    }

    private static <T> T facts(Answer answer, ResponseReader<T> reader) {
        T facts = answer.status() == HttpStatus.OK_200 ? reader.facts() : null;
        if (facts == null) {
            throw new IllegalStateException("The daemon answered with the status " + answer.status()
                    + (answer.status() == HttpStatus.OK_200 ? " and a description that is too long" : ""));
        }
        return facts;
    }
}
