package org.socketproxy.decide;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/**
 * A daemon whose objects have the label {@code owner}: with a name that begins with {@code own} or an id of letters a that of the
 * client, with {@code foreign} or letters f another one; the others are missing.
 */
final class FakeOwners implements FakeDaemon.Script {
    static final String OWN = "a".repeat(64);
    static final String FOREIGN = "f".repeat(64);
    private static final String BRIDGE = "b".repeat(64);
    private static final Set<String> BUILT_IN = Set.of("bridge", BRIDGE);
    private static final int LONG_BYTES = 32 << 20;
    private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)");

    private volatile boolean isLong;
    private final Queue<String> bodies = new ConcurrentLinkedQueue<>();
    private final Queue<String> queries = new ConcurrentLinkedQueue<>();
    private volatile boolean isPodman = true;
    private volatile CountDownLatch answers = new CountDownLatch(0);

    /** Returns what the daemon got beside queries: the request line and the body, with apostrophes for quotes. */
    Queue<String> bodies() {
        return bodies;
    }

    /** Returns the request lines of the queries. */
    Queue<String> queries() {
        return queries;
    }

    /** Answers with bodies that are larger than all buffers. */
    void answerAtLength() {
        isLong = true;
    }

    /** Lets no write be answered before the latch is open. */
    void holdAnswers(CountDownLatch latch) {
        answers = latch;
    }

    /** Answers 404 on Podman's own API. */
    void beDockerd() {
        isPodman = false;
    }

    /** Sends a body, in which apostrophes are quotes, and returns the status, the body and the audit record. */
    static String post(ChainUnderTest chain, String target, String body) throws Exception {
        return send(chain, "POST " + target, body);
    }

    /** Sends a request like {@link #post}, with another method. */
    static String send(ChainUnderTest chain, String request, String body) throws Exception {
        try (RawClient client = chain.connect()) {
            String json = body.replace('\'', '"');
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + json.length() + "\r\n\r\n" + json);
            var answer = client.readAnswer(request.substring(0, request.indexOf(' ')));
            return answer.status() + " " + answer.body().strip() + " " + chain.takeRecord();
        }
    }

    @Override
    public void run(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readHead(); head != null; head = peer.readHead()) {
            Matcher length = LENGTH.matcher(head);
            String body = length.find() ? peer.read(Integer.parseInt(length.group(1))) : "";
            String line = head.substring(0, head.indexOf(" HTTP/"));
            if (line.equals("GET /volumes/new") && isVolumeCreated()) {
                peer.write(response(200, volume("new", "")));
            } else if (line.startsWith("GET /v4.0.0/libpod/networks/")) {
                peer.write(response(isPodman ? 200 : 404, "{}"));
            } else if (line.startsWith("GET /containers/json?all=1")) {
                peer.write(response(
                        200, "[" + listed(OWN, "own", "ci") + "," + listed(FOREIGN, "foreign", "other") + "]"));
            } else if (FakeObjects.isQuestion(line)) {
                queries.add(line);
                peer.write(described(line.replace("/v4.0.0/libpod/", "/")));
            } else {
                bodies.add(line + " " + body.replace('"', '\''));
                await(answers);
                String longBody = isLong ? " ".repeat(LONG_BYTES) : "";
                peer.write(response(201, line.endsWith("/volumes/create") ? volume("new", body) : "{}" + longBody));
            }
        }
    }

    /** Each container uses a volume, a network and an image, to whose names {@code used} is added. */
    private static String listed(String id, String name, String owner) {
        return "{'Id':'" + id + "','Names':['/" + name + "'],'Image':'" + name + "used:1','ImageID':'sha256:" + id
                + "','Labels':{'owner':'" + owner + "'},'Mounts':[{'Type':'volume','Name':'" + name + "used'}],"
                + "'NetworkSettings':{'Networks':{'" + name + "used':{'NetworkID':'" + id + "'}}}}";
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            throw new InterruptedIOException();
        }
    }

    private boolean isVolumeCreated() {
        return bodies.stream().anyMatch(each -> each.startsWith("POST /volumes/create "));
    }

    private static String described(String line) {
        String[] parts = line.split("/");
        boolean isImage = parts[1].equals("images");
        String name = isImage ? parts[parts.length - 2].replaceFirst(":.*", "") : parts[2];
        if (parts[1].equals("networks") && BUILT_IN.contains(name)) {
            return response(200, "{'Id':'" + BRIDGE + "','Name':'bridge','Labels':{}}");
        }
        boolean isOwn = name.startsWith("own") || OWN.startsWith(name);
        if (!isOwn && !name.startsWith("foreign") && !FOREIGN.startsWith(name)) {
            return response(404, "{'message':'none'}");
        }
        String id = isOwn ? OWN : FOREIGN;
        String labels = "'Labels':{'owner':'" + (isOwn ? "ci" : "other") + "'}";
        String first = name.startsWith("own") || name.startsWith("foreign") ? name : isOwn ? "own" : "foreign";
        return response(
                200,
                switch (parts[1]) {
                    case "containers" ->
                        "{'Id':'" + id + "','Name':'/" + first + "','Config':{" + labels
                                + "},'HostConfig':{'NetworkMode':'none'},'Mounts':[]}";
                    case "exec" ->
                        "{'ID':'" + id + "','ContainerID':'" + id + "','ProcessConfig':{'privileged':false}}";
                    case "images" ->
                        "{'Id':'sha256:" + id + "','RepoTags':['" + registry(line, first) + first + ":1'],'Config':{"
                                + labels + "}}";
                    case "volumes" -> "{'Name':'" + first + "','Driver':'local'," + labels + "}";
                    case "networks", "pods" -> "{'Id':'" + id + "','Name':'" + first + "'," + labels + "}";
                    default ->
                        "{'ID':'" + id.substring(0, 25) + "','Spec':{'Name':'" + first + "'," + labels
                                + ",'TaskTemplate':{'ContainerSpec':{'Labels':{'owner':'"
                                + (first.equals("owntasks") ? "other" : "ci") + "'}}}}}";
                });
    }

    /** The images {@code ownshort} have another name, which Podman finds too. */
    private static String registry(String line, String first) {
        if (first.startsWith("ownshort")) {
            return "localhost/b/";
        }
        String image = line.substring(line.indexOf("/images/") + "/images/".length());
        String name = image.replaceFirst("/json$", "");
        return name.substring(0, name.lastIndexOf('/') + 1);
    }

    private static String volume(String name, String body) {
        Matcher named = Pattern.compile("\"Name\":\"([^\"]*)\"").matcher(body);
        return "{'Name':'" + (named.find() ? named.group(1) : name) + "','Driver':'local','Labels':{'owner':'ci'}}";
    }

    private static String response(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body.replace('\'', '"');
    }
}
