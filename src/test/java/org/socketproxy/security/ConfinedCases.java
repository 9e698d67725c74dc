package org.socketproxy.security;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.socketproxy.security.OwnedWorld.Kind;
import org.socketproxy.security.OwnedWorld.Thing;

/** Makes random requests of a confined client, with the decision of the oracle. */
final class ConfinedCases {
    /** Requests for one object; {@code !} marks those that enter a container. */
    private static final List<String> ACTS = List.of(
            "GET /containers/X/json",
            "GET /containers/X/top",
            "GET /containers/X/logs?stdout=1",
            "GET /containers/X/changes",
            "POST /containers/X/stop",
            "POST /containers/X/kill",
            "POST /containers/X/pause",
            "POST /containers/X/wait",
            "POST /containers/X/resize?h=1&w=1",
            "DELETE /containers/X?force=1",
            "POST /containers/X/start !",
            "POST /containers/X/restart !",
            "POST /containers/X/unpause !",
            "POST /containers/X/update !{}",
            "POST /containers/X/exec !{'Cmd':['true']}",
            "GET /containers/X/archive?path=%2F !",
            "HEAD /containers/X/archive?path=%2F !",
            "GET /exec/X/json",
            "POST /exec/X/resize?h=1&w=1",
            "POST /exec/X/start !{'Detach':true}",
            "GET /networks/X",
            "DELETE /networks/X",
            "GET /volumes/X",
            "DELETE /volumes/X",
            "GET /images/X/json",
            "GET /images/X/history",
            "DELETE /images/X",
            "GET /services/X",
            "GET /services/X/logs?stdout=1",
            "DELETE /services/X",
            "GET /tasks/X",
            "GET /tasks/X/logs?stdout=1",
            "GET /secrets/X",
            "DELETE /secrets/X",
            "GET /configs/X",
            "DELETE /configs/X");

    private static final List<Kind> LISTED =
            List.of(Kind.CONTAINER, Kind.NETWORK, Kind.VOLUME, Kind.IMAGE, Kind.SERVICE, Kind.SECRET, Kind.CONFIG);
    private static final List<Kind> PRUNED = List.of(Kind.CONTAINER, Kind.NETWORK, Kind.VOLUME, Kind.IMAGE);
    private static final List<Kind> CREATED = List.of(Kind.NETWORK, Kind.VOLUME, Kind.SECRET, Kind.CONFIG);

    private final OwnedWorldGenerator generator;
    private final ConfinementOracle oracle;
    private final OwnedWorld world;

    ConfinedCases(OwnedWorldGenerator generator, ConfinementOracle oracle) {
        this.generator = generator;
        this.oracle = oracle;
        this.world = oracle.world();
    }

    ConfinedCase next() {
        return switch (generator.random().nextInt(16)) {
            case 0, 1 -> list();
            case 2 -> prune();
            case 3 -> tasks();
            case 4 -> generator.random().nextBoolean() ? streamed() : usage();
            case 5, 6, 7 -> createContainer();
            case 8 -> create();
            case 9 -> connect();
            case 10 -> service();
            case 11 -> rename();
            case 12 -> tag();
            default -> act();
        };
    }

    /** Returns a request that names one object or several ones. */
    ConfinedCase nextActing() {
        return switch (generator.random().nextInt(8)) {
            case 0 -> createContainer();
            case 1 -> connect();
            case 2 -> service();
            case 3 -> rename();
            default -> act();
        };
    }

    private ConfinedCase act() {
        String[] parts = generator.any(ACTS).split(" ", 3);
        Kind kind = OwnedWorld.kindOf(parts[1]);
        String body = parts.length == 3 ? parts[2].substring(1) : "";
        String term = generator.term(world, kind);
        String target = parts[1].replace("X", term);
        Thing own = oracle.own(kind, term, parts[0].equals("DELETE"));
        ConfinedCase result = own == null
                ? ConfinedCase.denied(parts[0], target, body, Set.of(404))
                : parts.length == 3 && !oracle.isEnterable(own)
                        ? ConfinedCase.denied(parts[0], target, body, Set.of(403))
                        : ConfinedCase.allowed(
                                        parts[0],
                                        target,
                                        body,
                                        200,
                                        parts[0] + " " + parts[1].replace("X", forwarded(kind, term, own)))
                                .showing(oracle.visible(own), false);
        return isHidden(kind, term, own) ? result : result.open();
    }

    private static String forwarded(Kind kind, String term, Thing own) {
        return kind == Kind.IMAGE || kind == Kind.VOLUME ? term : own.id();
    }

    /** The start of an id that an object of others has too, as an id or as a name, finds no own object. */
    private boolean isHidden(Kind kind, String term, Thing own) {
        List<Thing> alone = world.with(oracle::isOwn).find(kind, term);
        return own == null ? alone.isEmpty() : alone.equals(List.of(own));
    }

    private static String query(String filters) {
        return filters.equals("{}")
                ? ""
                : "?filters=" + URLEncoder.encode(filters.replace('\'', '"'), StandardCharsets.UTF_8);
    }

    private ConfinedCase list() {
        Kind kind = generator.any(LISTED);
        Map<String, List<String>> filters = generator.filters(kind, false);
        String path = kind == Kind.CONTAINER || kind == Kind.IMAGE ? "/" + kind.path() + "/json" : "/" + kind.path();
        String query = query(generator.encode(filters));
        return ConfinedCase.allowed("GET", path + query, "", 200, "GET " + path)
                .showing(oracle.listed(kind, filters), true);
    }

    private ConfinedCase tasks() {
        String term = generator.random().nextBoolean() ? generator.term(world, Kind.SERVICE) : "";
        List<Thing> found = world.with(oracle::isOwn).find(Kind.SERVICE, term);
        if (term.isEmpty() || found.size() == 1) {
            Map<String, List<String>> filters = term.isEmpty()
                    ? Map.of()
                    : Map.of("service", List.of(found.get(0).id()));
            String query = term.isEmpty() ? "" : query(generator.encode(Map.of("service", List.of(term))));
            return ConfinedCase.allowed("GET", "/tasks" + query, "", 200, "GET /tasks")
                    .showing(oracle.listed(Kind.TASK, filters), true);
        }
        String target = "/tasks" + query(generator.encode(Map.of("service", List.of(term))));
        return ConfinedCase.denied("GET", target, "", Set.of(404));
    }

    private ConfinedCase prune() {
        Kind kind = generator.any(PRUNED);
        Map<String, List<String>> filters = generator.filters(kind, true);
        String target = "/" + kind.path() + "/prune" + query(generator.encode(filters));
        boolean isPossible = oracle.isByLabels(kind)
                && (kind != Kind.IMAGE || oracle.labels(kind).size() == 1);
        return isPossible
                ? ConfinedCase.allowed("POST", target, "", 200, "POST /" + kind.path() + "/prune")
                        .showing(
                                world.select(kind, filters).stream()
                                        .filter(oracle::isOwn)
                                        .map(Thing::id)
                                        .collect(Collectors.toSet()),
                                true)
                : ConfinedCase.denied("POST", target, "", Set.of(403));
    }

    private ConfinedCase streamed() {
        return ConfinedCase.allowed("GET", "/events", "", 200, "GET /events").showing(oracle.streamed(), true);
    }

    private ConfinedCase usage() {
        Set<String> ids = new TreeSet<>(oracle.listed(Kind.CONTAINER, Map.of()));
        ids.addAll(oracle.listed(Kind.IMAGE, Map.of()));
        ids.addAll(oracle.listed(Kind.VOLUME, Map.of()));
        return ConfinedCase.allowed("GET", "/system/df", "", 200, "GET /system/df")
                .showing(ids, true);
    }

    private ConfinedCase rename() {
        String term = generator.term(world, Kind.CONTAINER);
        String name = generator.term(world, Kind.CONTAINER);
        String rest = "/rename?name=" + name;
        String target = "/containers/" + term + rest;
        Thing own = oracle.own(Kind.CONTAINER, term, false);
        return !oracle.isNewName(name)
                ? ConfinedCase.denied("POST", target, "", Set.of(403)).open()
                : own == null
                        ? ConfinedCase.denied("POST", target, "", Set.of(404)).open()
                        : ConfinedCase.allowed("POST", target, "", 200, "POST /containers/" + own.id() + rest)
                                .showing(Set.of(own.id()), true)
                                .open();
    }

    private ConfinedCase tag() {
        String term = generator.term(world, Kind.IMAGE);
        String name = generator.any(List.of("app", "team/app", "web"));
        String target = "/images/" + term + "/tag?repo=" + name + "&tag=9";
        boolean isNewName = oracle.isLimitedToReferences() && oracle.isReference(name + ":9");
        Thing own = oracle.own(Kind.IMAGE, term, false);
        return !isNewName
                ? ConfinedCase.denied("POST", target, "", Set.of(403)).open()
                : own == null
                        ? ConfinedCase.denied("POST", target, "", Set.of(404)).open()
                        : ConfinedCase.allowed("POST", target, "", 200, "POST " + target)
                                .showing(Set.of(own.id()), true)
                                .open();
    }

    /** A client sends labels of its own, and other values for those of its profile. */
    private String labels(Kind kind) {
        Map<String, String> labels = new TreeMap<>(Map.of("a", "b"));
        oracle.labels(kind).keySet().forEach(key -> labels.put(key, "other"));
        return labels.entrySet().stream()
                .map(label -> "'" + label.getKey() + "':'" + label.getValue() + "'")
                .collect(Collectors.joining(",", "'Labels':{", "}"));
    }

    private ConfinedCase create() {
        Kind kind = generator.any(CREATED);
        String name = generator.any(OwnedWorldGenerator.names(kind));
        String target = "/" + kind.path() + "/create";
        String body = "{'Name':'" + name + "'," + (kind == Kind.SECRET || kind == Kind.CONFIG ? "'Data':'eA=='," : "")
                + labels(kind) + "}";
        boolean isTaken =
                kind == Kind.VOLUME && !world.find(kind, name).isEmpty() && oracle.own(kind, name, false) == null;
        return !oracle.isName(kind, name)
                ? ConfinedCase.denied("POST", target, body, Set.of(403)).open()
                : isTaken
                        ? ConfinedCase.denied("POST", target, body, Set.of(409)).open()
                        : ConfinedCase.allowed("POST", target, body, 201, "POST " + target)
                                .containing(Set.of(), oracle.labels(kind))
                                .showing(kind == Kind.VOLUME ? Set.of(name) : Set.of(), false)
                                .open();
    }

    private ConfinedCase connect() {
        String network = generator.term(world, Kind.NETWORK);
        String container = generator.term(world, Kind.CONTAINER);
        String act = generator.any(List.of("/connect", "/disconnect"));
        String target = "/networks/" + network + act;
        String body = "{'Container':'" + container + "'}";
        Thing ownNetwork = oracle.own(Kind.NETWORK, network, false);
        Thing own = oracle.own(Kind.CONTAINER, container, false);
        return ownNetwork == null || own == null
                ? ConfinedCase.denied("POST", target, body, Set.of(404)).open()
                : ConfinedCase.allowed("POST", target, body, 200, "POST /networks/" + ownNetwork.id() + act)
                        .containing(Set.of("'Container':'" + own.id() + "'"), Map.of())
                        .showing(Set.of(ownNetwork.id()), true)
                        .open();
    }

    private ConfinedCase createContainer() {
        return new ContainerCase(generator, oracle, labels(Kind.CONTAINER)).make();
    }

    private ConfinedCase service() {
        String name = generator.any(List.of("ci-s", "web-s", "s"));
        String image = generator.term(world, Kind.IMAGE);
        boolean isUpdate = generator.random().nextBoolean();
        String service = generator.term(world, Kind.SERVICE);
        String target = isUpdate ? "/services/" + service + "/update?version=1" : "/services/create";
        List<String> contained = new ArrayList<>(List.of("'Image':'" + image + "'"));
        boolean isOwn = oracle.isUsableImage(image);
        StringBuilder spec = new StringBuilder("'Image':'" + image + "'");
        StringBuilder networks = new StringBuilder();
        for (Kind kind : List.of(Kind.SECRET, Kind.CONFIG, Kind.NETWORK)) {
            if (generator.isOneOf(3)) {
                String term = generator.term(world, kind);
                Thing part = oracle.own(kind, term, false);
                isOwn &= part != null;
                // The swarm looks for the name of a network when it creates the service.
                boolean isNamed =
                        kind == Kind.NETWORK && part != null && !part.id().startsWith(term);
                String id = part == null ? "" : isNamed ? term : part.id();
                switch (kind) {
                    case SECRET -> spec.append(",'Secrets':[{'SecretID':'" + term + "','SecretName':'s'}]");
                    case CONFIG -> spec.append(",'Configs':[{'ConfigID':'" + term + "','ConfigName':'s'}]");
                    default -> networks.append(",'Networks':[{'Target':'" + term + "'}]");
                }
                contained.add((kind == Kind.SECRET ? "'SecretID'" : kind == Kind.CONFIG ? "'ConfigID'" : "'Target'")
                        + ":'" + id + "'");
            }
        }
        String body = "{'Name':'" + name + "','TaskTemplate':{'ContainerSpec':{" + spec + "}" + networks + "}}";
        Thing updated = oracle.own(Kind.SERVICE, service, false);
        if (isUpdate && updated == null) {
            return ConfinedCase.denied("POST", target, body, Set.of(404)).open();
        }
        if (!oracle.isName(Kind.SERVICE, name)) {
            return ConfinedCase.denied("POST", target, body, Set.of(403)).open();
        }
        String line = isUpdate ? "/services/" + updated.id() + "/update?version=1" : target;
        return isOwn
                ? ConfinedCase.allowed("POST", target, body, isUpdate ? 200 : 201, "POST " + line)
                        .containing(new TreeSet<>(contained), oracle.labels(Kind.SERVICE))
                        .showing(isUpdate ? Set.of(updated.id()) : Set.of(), false)
                        .open()
                : ConfinedCase.denied("POST", target, body, Set.of(404)).open();
    }
}
