package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What a dockerd holds: names, ids and settings of its objects, as text. Two equal sets before and after a request show that
 * it created, changed and removed nothing.
 */
public final class DaemonObjects {
    private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");
    private static final Pattern IMAGE = Pattern.compile("\"Id\":\"sha256:[0-9a-f]{64}\"");
    private static final Pattern TAGS = Pattern.compile("\"RepoTags\":\\[([^]]*)]");
    private static final Pattern CHANGE = Pattern.compile("\"Path\":\"[^\"]*\"");
    /** Not a volume in place of a bind, which the proxy removes at any time if no container uses it. */
    private static final Pattern NAMED = Pattern.compile("\"Name\":\"(?!socket-proxy-bind_)[^\"]*\"");
    /** Name, start and privileges of a container. */
    private static final Pattern OF_CONTAINER =
            Pattern.compile("\"StartedAt\":\"[^\"]*\"|\"Name\":\"/[^\"]*\"|\"HostConfig\":\\{.*\"GraphDriver\"");

    private static final Pattern CHANGING =
            Pattern.compile("\"Version\":\\{\"Index\":[0-9]+}|\"UpdatedAt\":\"[^\"]*\"");

    private DaemonObjects() {}

    /** Asks the daemon on a Unix socket. */
    public static SortedSet<String> of(Path socket) throws IOException {
        SortedSet<String> objects = new TreeSet<>();
        for (MatchResult id : matches(ID, get(socket, "/containers/json?all=1"))) {
            String inspect = get(socket, "/containers/" + id.group(1) + "/json");
            matches(OF_CONTAINER, inspect).forEach(part -> objects.add(id.group(1) + " " + part.group()));
            matches(CHANGE, get(socket, "/containers/" + id.group(1) + "/changes"))
                    .forEach(change -> objects.add(id.group(1) + " changed " + change.group()));
        }
        String images = get(socket, "/images/json?all=1");
        matches(IMAGE, images).forEach(image -> objects.add(image.group()));
        matches(TAGS, images)
                .forEach(tags -> objects.addAll(List.of(tags.group(1).split(","))));
        matches(NAMED, get(socket, "/volumes")).forEach(volume -> objects.add(volume.group()));
        matches(ID, get(socket, "/networks")).forEach(network -> objects.add(network.group()));
        objects.addAll(ofSwarm(socket));
        return objects;
    }

    /** The objects of the swarm, without the tasks and their containers, which change by themselves. */
    public static SortedSet<String> ofSwarm(Path socket) throws IOException {
        SortedSet<String> objects = new TreeSet<>();
        for (String list : List.of("/services", "/secrets", "/configs", "/nodes", "/swarm", "/plugins")) {
            objects.add(CHANGING.matcher(get(socket, list)).replaceAll(""));
        }
        matches(NAMED, get(socket, "/networks")).forEach(network -> objects.add(network.group()));
        return objects;
    }

    private static List<MatchResult> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().toList();
    }

    private static String get(Path socket, String target) throws IOException {
        try (RawClient client = RawClient.connect(socket)) {
            return client.request("GET", target).readAnswer("GET").body();
        }
    }
}
