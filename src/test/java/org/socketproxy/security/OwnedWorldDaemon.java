package org.socketproxy.security;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.security.OwnedWorld.Kind;
import org.socketproxy.security.OwnedWorld.Thing;
import org.socketproxy.testing.FakeDaemon;

/** Answers for the objects of a world as dockerd does, and records the requests. Its JSON is written with apostrophes. */
final class OwnedWorldDaemon implements FakeDaemon.Script {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");
    private static final Pattern TARGET = Pattern.compile("(?:/v[0-9.]+)?(/[^?]*)(?:\\?(.*))?");
    private static final Pattern LABELS = Pattern.compile("'Labels':\\{([^}]*)}");
    private static final Pattern NAME = Pattern.compile("'Name':'([^']*)'");
    private static final Pattern FILTER = Pattern.compile("'([a-z!]+)':\\{([^}]*)}");
    private static final Pattern PAIR = Pattern.compile("'([^']*)':'([^']*)'");

    private volatile OwnedWorld world = new OwnedWorld(List.of());
    private volatile Runnable disturbance = () -> {};
    private final List<Seen> seen = new ArrayList<>();
    private final List<Thing> touched = new ArrayList<>();

    /** A request, with apostrophes in its body. */
    record Seen(String method, String target, String body) {
        String line() {
            return method + " " + target;
        }
    }

    private record Answer(int status, String body) {}

    void show(OwnedWorld shown) {
        world = shown;
    }

    /** Sets what happens after each request has arrived, before the daemon handles it. */
    void disturb(Runnable change) {
        disturbance = change;
    }

    /** Returns the objects on which requests have acted since the last call, without descriptions, volumes and images. */
    synchronized List<Thing> takeTouched() {
        List<Thing> taken = List.copyOf(touched);
        touched.clear();
        return taken;
    }

    private synchronized void touch(Thing thing) {
        if (thing.kind() != Kind.VOLUME && thing.kind() != Kind.IMAGE) {
            touched.add(thing);
        }
    }

    /** Returns the requests since the last call. */
    synchronized List<Seen> take() {
        List<Seen> taken = List.copyOf(seen);
        seen.clear();
        return taken;
    }

    private synchronized void record(Seen request) {
        seen.add(request);
    }

    @Override
    public void run(FakeDaemon.Peer peer) throws IOException {
        InputStream in = new BufferedInputStream(peer.input());
        for (String head = readHead(in); head != null; head = readHead(in)) {
            Matcher length = LENGTH.matcher(head);
            String body = length.find()
                    ? new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.ISO_8859_1)
                    : "";
            String[] line = head.split(" ", 3);
            Seen request = new Seen(line[0], line[1], body.replace('"', '\''));
            record(request);
            disturbance.run();
            Answer answer = answer(request);
            String json = answer.body.replace('\'', '"');
            peer.write("HTTP/1.1 " + answer.status + " X\r\nContent-Type: application/json\r\nContent-Length: "
                    + json.length() + "\r\n\r\n" + (line[0].equals("HEAD") ? "" : json));
        }
    }

    /** Reads a head from a buffer, because reading each byte from the socket would take most of the time of a test. */
    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder(256);
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.append((char) next);
            if (next == '\n'
                    && head.length() > 3
                    && head.substring(head.length() - 4).equals("\r\n\r\n")) {
                return head.toString();
            }
        }
        return null;
    }

    private Answer answer(Seen request) {
        if (request.target.contains("/libpod/")) { // as dockerd
            return new Answer(404, "{'message':'page not found'}");
        }
        Matcher target = TARGET.matcher(request.target);
        if (!target.matches()) {
            throw new IllegalStateException(request.target);
        }
        String path = target.group(1);
        Map<String, List<String>> filters = filters(target.group(2));
        Kind kind = OwnedWorld.kindOf(path);
        return switch (path) {
            case "/events" -> new Answer(200, events());
            case "/system/df" -> new Answer(200, usage());
            case "/tasks" -> tasks(filters);
            case "/containers/json", "/images/json", "/networks", "/volumes", "/services", "/secrets" ->
                new Answer(200, list(kind, filters));
            case "/configs" -> new Answer(200, list(kind, filters));
            case "/containers/prune", "/images/prune", "/networks/prune", "/volumes/prune" ->
                new Answer(200, "{'Deleted':" + ids(world.select(kind, filters)) + "}");
            case "/volumes/create" -> new Answer(201, describe(createVolume(request.body)));
            case "/containers/create", "/networks/create", "/services/create", "/secrets/create", "/configs/create" ->
                new Answer(201, "{'Id':'created'}");
            default -> act(kind, path, request.method.equals("GET"));
        };
    }

    /** The swarm looks up the service of the filter. */
    private Answer tasks(Map<String, List<String>> filters) {
        List<String> asked = filters.getOrDefault("service", List.of());
        if (asked.isEmpty()) {
            return new Answer(200, list(Kind.TASK, Map.of()));
        }
        List<Thing> found = world.find(Kind.SERVICE, asked.get(0));
        return found.size() == 1
                ? new Answer(
                        200,
                        list(Kind.TASK, Map.of("service", List.of(found.get(0).id()))))
                : new Answer(404, "{'message':'service " + asked.get(0) + " not found'}");
    }

    private static String ids(List<Thing> things) {
        return things.stream().map(thing -> "'" + thing.id() + "'").collect(Collectors.joining(",", "[", "]"));
    }

    private static Map<String, List<String>> filters(String query) {
        Map<String, List<String>> filters = new HashMap<>();
        if (query != null) {
            Matcher found = Pattern.compile("filters=([^&]*)").matcher(query);
            String json = found.find() ? URLDecoder.decode(found.group(1), StandardCharsets.UTF_8) : "";
            FILTER.matcher(json.replace('"', '\''))
                    .results()
                    .forEach(filter -> filters.put(
                            filter.group(1),
                            Pattern.compile("'([^']*)':(?:true|false)")
                                    .matcher(filter.group(2))
                                    .results()
                                    .map(value -> value.group(1))
                                    .toList()));
        }
        return filters;
    }

    private Thing createVolume(String body) {
        Matcher name = NAME.matcher(body);
        Matcher labels = LABELS.matcher(body);
        Map<String, String> pairs = labels.find()
                ? PAIR.matcher(labels.group(1))
                        .results()
                        .collect(Collectors.toMap(pair -> pair.group(1), pair -> pair.group(2)))
                : Map.of();
        String text = name.find() ? name.group(1) : "anonymous";
        List<Thing> existing = world.find(Kind.VOLUME, text);
        if (!existing.isEmpty()) {
            return existing.get(0);
        }
        Thing volume = new Thing(Kind.VOLUME, text, List.of(text), pairs, List.of(), false);
        world.add(volume);
        return volume;
    }

    /** Acts on the object that the path names, or describes it. */
    private Answer act(Kind kind, String path, boolean isGet) {
        String rest = path.substring(path.indexOf('/', 1) + 1);
        String term =
                kind == Kind.IMAGE ? rest.replaceFirst("/(?:json|history|tag)$", "") : rest.replaceFirst("/.*", "");
        List<Thing> found = world.find(kind, term);
        if (found.size() != 1) {
            return new Answer(found.isEmpty() ? 404 : 400, "{'message':'missing or ambiguous'}");
        }
        boolean isDescription =
                rest.equals(term + "/json") || rest.equals(term) && kind != Kind.IMAGE && kind != Kind.CONTAINER;
        if (isGet && isDescription) {
            return new Answer(200, describe(found.get(0)));
        }
        if (rest.equals(term + "/history")) {
            return new Answer(
                    200,
                    "[{'Id':'" + found.get(0).id() + "','Tags':"
                            + texts(found.get(0).names()) + "}]");
        }
        touch(found.get(0));
        return new Answer(200, "{'acted':'" + found.get(0).id() + "'}");
    }

    private static String labels(Thing thing) {
        return thing.labels().entrySet().stream()
                .map(label -> "'" + label.getKey() + "':'" + label.getValue() + "'")
                .collect(Collectors.joining(",", "'Labels':{", "}"));
    }

    private static String texts(List<String> texts) {
        return texts.stream().map(text -> "'" + text + "'").collect(Collectors.joining(",", "[", "]"));
    }

    private static String describe(Thing thing) {
        String id = thing.id();
        String name = thing.names().isEmpty() ? "" : thing.names().get(0);
        return switch (thing.kind()) {
            case CONTAINER ->
                "{'Id':'" + id + "','Name':'/" + name + "','Config':{" + labels(thing) + "},'HostConfig':{'Privileged':"
                        + thing.isPrivileged() + ",'NetworkMode':'none'},'Mounts':[]}";
            case EXEC ->
                "{'ID':'" + id + "','ContainerID':'" + thing.parts().get(0) + "','ProcessConfig':{'privileged':false}}";
            case IMAGE ->
                "{'Id':'" + id + "','RepoTags':" + texts(thing.names()) + ",'RepoDigests':[],'Config':{" + labels(thing)
                        + "}}";
            case NETWORK ->
                "{'Id':'" + id + "','Name':'" + name + "'," + labels(thing) + ",'Containers':"
                        + thing.parts().stream()
                                .map(part -> "'" + part + "':{'Name':'x'}")
                                .collect(Collectors.joining(",", "{", "}"))
                        + "}";
            case VOLUME -> "{'Name':'" + name + "','Driver':'local','Options':null," + labels(thing) + "}";
            case TASK -> "{'ID':'" + id + "','ServiceID':'" + thing.parts().get(0) + "'}";
            case SERVICE, SECRET, CONFIG -> "{'ID':'" + id + "','Spec':{'Name':'" + name + "'," + labels(thing) + "}}";
        };
    }

    private String list(Kind kind, Map<String, List<String>> filters) {
        String elements = world.select(kind, filters).stream()
                .map(OwnedWorldDaemon::element)
                .collect(Collectors.joining(",", "[", "]"));
        return kind == Kind.VOLUME ? "{'Volumes':" + elements + ",'Warnings':null}" : elements;
    }

    private static String element(Thing thing) {
        return switch (thing.kind()) {
            case CONTAINER ->
                "{'Id':'" + thing.id() + "','Names':['/" + thing.names().get(0) + "']," + labels(thing) + "}";
            case IMAGE ->
                "{'Id':'" + thing.id() + "','RepoTags':" + texts(thing.names()) + ",'RepoDigests':[]," + labels(thing)
                        + "}";
            case NETWORK ->
                "{'Id':'" + thing.id() + "','Name':'" + thing.names().get(0) + "'," + labels(thing)
                        + ",'Containers':{}}";
            case EXEC, VOLUME, SERVICE, TASK, SECRET, CONFIG -> describe(thing);
        };
    }

    private String usage() {
        return "{'LayersSize':1,'Images':" + list(Kind.IMAGE, Map.of()) + ",'Containers':"
                + list(Kind.CONTAINER, Map.of()) + ",'Volumes':"
                + list(Kind.VOLUME, Map.of()).replaceAll("^\\{'Volumes':|,'Warnings':null}$", "") + ",'BuildCache':[]}";
    }

    /** Each object is created, and each container of a network joins it. */
    private String events() {
        Stream<String> created = world.things().stream()
                .filter(thing -> thing.kind() != Kind.EXEC && thing.kind() != Kind.TASK)
                .map(thing -> event(thing, "create", "'name':'" + thing.names().get(0) + "'"));
        Stream<String> joined = world.of(Kind.NETWORK).stream()
                .flatMap(network -> network.parts().stream()
                        .map(part -> event(
                                network,
                                "connect",
                                "'name':'" + network.names().get(0) + "','container':'" + part + "'")));
        return Stream.concat(created, joined).map(event -> event + "\n").collect(Collectors.joining());
    }

    private static String event(Thing thing, String action, String attributes) {
        boolean hasLabels = thing.kind() == Kind.CONTAINER || thing.kind() == Kind.IMAGE;
        String labels = hasLabels
                ? thing.labels().entrySet().stream()
                        .map(label -> ",'" + label.getKey() + "':'" + label.getValue() + "'")
                        .collect(Collectors.joining())
                : "";
        String type = thing.kind().path().replaceFirst("s$", "");
        return "{'Type':'" + type + "','Action':'" + action + "','Actor':{'ID':'" + thing.id() + "','Attributes':{"
                + attributes + labels + "}},'time':1}";
    }
}
