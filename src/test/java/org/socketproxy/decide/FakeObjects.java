package org.socketproxy.decide;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.testing.FakeDaemon;

/** A daemon with one object of each kind, named {@code thing}, which all have the same owner in a label. */
final class FakeObjects implements FakeDaemon.Script {
    static final String LONG = "a".repeat(64);
    static final String SHORT = "b".repeat(25);
    private static final Pattern QUESTION = Pattern.compile(
            "GET /(?:v4\\.0\\.0/libpod/(?:images/.+|(?:pods|networks)/[^/]+)/json|containers/[^/]+/json|exec/[^/]+/json|images/.+/json|images/missing[0-9a-f]{32}(?::tag[0-9a-f]{32})?/get|(?:networks|volumes|services|tasks|secrets|configs)/[^/?]+)");

    private volatile @Nullable String owner;
    private volatile String name = "thing";
    private volatile boolean isPrivileged;

    /** Sets the owner of all objects; null removes them. */
    void exist(@Nullable String label) {
        owner = label;
    }

    /** Gives all objects another name. */
    void rename(String other) {
        name = other;
    }

    /** Makes the container a privileged one. */
    void privilege() {
        isPrivileged = true;
    }

    static boolean isQuestion(String line) {
        return QUESTION.matcher(line).matches();
    }

    static String id(Subject subject) {
        return switch (subject) {
            case CONTAINER, EXEC, NETWORK, POD -> LONG;
            case IMAGE -> "sha256:" + LONG;
            case VOLUME, NONE -> "thing";
            case SERVICE, TASK, SECRET, CONFIG -> SHORT;
        };
    }

    @Override
    public void run(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            String line = head.substring(0, head.indexOf(" HTTP/"));
            if (line.matches("GET /(?:containers|images)/json\\?.*")) {
                peer.write(response(200, "[]"));
            } else if (line.endsWith("/history")) {
                peer.write(response(200, "[]"));
            } else if (line.matches("GET .*/libpod/containers/.*/json")) { // no dependencies
                peer.write(response(200, "{\"Id\":\"" + LONG + "\"}"));
            } else if (line.startsWith("GET /v4.0.0/libpod/networks/")) { // as dockerd
                peer.write(response(404, "{}"));
            } else if (!isQuestion(line)) {
                peer.write(response(200, line.startsWith("HEAD") ? "" : "{}"));
            } else if (owner == null) {
                peer.write(response(404, "{\"message\":\"none\"}"));
            } else {
                peer.write(response(
                        200,
                        describe(line.replace("v4.0.0/libpod/", "").split("/")[1])
                                .replace('\'', '"')));
            }
        }
    }

    private static String response(int status, String body) {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return "HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n"
                + body;
    }

    private String describe(String kind) {
        String labels = "'Labels':{'owner':'" + owner + "'}";
        return switch (kind) {
            case "containers" ->
                "{'Id':'" + LONG + "','Name':'/" + name + "','Config':{" + labels + "}," + "'HostConfig':{'Privileged':"
                        + isPrivileged + ",'NetworkMode':'none'},'Mounts':[]}";
            case "exec" -> "{'ID':'" + LONG + "','ContainerID':'" + LONG + "','ProcessConfig':{'privileged':false}}";
            case "images" ->
                "{'Id':'sha256:" + LONG + "','RepoTags':['" + (owner.equals("ci") ? name : "other")
                        + ":1'],'RepoDigests':[],'Config':{" + labels + "}}";
            case "networks", "pods" -> "{'Id':'" + LONG + "','Name':'" + name + "'," + labels + "}";
            case "volumes" -> "{'Name':'" + name + "','Driver':'local','Options':null," + labels + "}";
            case "tasks" -> "{'ID':'" + SHORT + "','ServiceID':'" + SHORT + "'}";
            default -> "{'ID':'" + SHORT + "','Spec':{'Name':'" + name + "'," + labels + "}}";
        };
    }
}
