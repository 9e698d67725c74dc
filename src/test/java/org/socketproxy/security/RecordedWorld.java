package org.socketproxy.security;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.testing.FakeDaemon;

/**
 * A daemon with an object for each name, and the requests that it got. The name decides the owner and the properties of the object, so
 * that no answer depends on earlier requests. An id contains the name in hexadecimal digits. JSON is written with apostrophes.
 */
final class RecordedWorld implements FakeDaemon.Script {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");
    private static final Pattern NAME = Pattern.compile("(?i)\"name\":\\s*\"([^\"]*)\"");
    private static final Pattern NAMED = Pattern.compile(
            "/(containers|exec|images|networks|volumes|services|tasks|secrets|configs|pods|nodes|plugins)/(.+?)(/json|/exists|/inspect)?");
    /** Id of the proxy's container. */
    static final String SELF = "5e1f".repeat(16);

    private static final String SELF_IMAGE = "sha256:" + "5e1a".repeat(16);
    /** Questions of the proxy about itself and about the clients of profiles, which time causes and not a request. */
    private static final Set<String> PERIODIC = Set.of(
            "GET /containers/" + SELF + "/json",
            "GET /images/" + SELF_IMAGE + "/json",
            "GET /networks",
            "GET /containers/json?all=1");

    /** Name in a question for the daemon's error text. */
    private static final Pattern UNKNOWN_NAME = Pattern.compile("/missing[0-9a-f]{32}");

    private final List<String> requests = new ArrayList<>();
    private static final String UNUSED_VOLUMES = "GET /volumes?filters=%7B%22dangling%22";

    private final boolean isPodman;

    RecordedWorld(boolean isPodman) {
        this.isPodman = isPodman;
    }

    /**
     * Returns the requests since the last call: method, target, and the hash of a body. The search for unused volumes is left out: it runs
     * beside the exchanges.
     *
     * @param isSelfKnown whether the proxy knows its container, and asks periodic questions, which are left out
     */
    synchronized List<String> take(boolean isSelfKnown) {
        List<String> taken = requests.stream()
                .filter(request -> !isSelfKnown || !PERIODIC.contains(request))
                .filter(request -> !request.startsWith(UNUSED_VOLUMES))
                .toList();
        requests.clear();
        return taken;
    }

    private synchronized void add(String request) {
        requests.add(request);
    }

    @Override
    public void run(FakeDaemon.Peer peer) throws IOException {
        InputStream in = new BufferedInputStream(peer.input());
        for (String head = readHead(in); head != null; head = readHead(in)) {
            String[] line = head.split(" ", 3);
            String body = readBody(in, head);
            if (UNKNOWN_NAME.matcher(line[1]).find()) { // the proxy keeps its own text
                peer.write(response(line[0], 404, "{}"));
                continue;
            }
            add(line[0] + " " + line[1] + (body.isEmpty() ? "" : " " + RecordedExchange.hash(body)));
            if (head.contains("\r\nUpgrade: ") && line[1].contains("/refuse/")) {
                peer.write(response(line[0], 409, "{'message':'refused'}"));
            } else if (head.contains("\r\nUpgrade: ")) {
                peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                in.readAllBytes();
                return;
            } else {
                peer.write(answer(line[0], line[1], body));
            }
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder(256);
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.append((char) next);
            if (next == '\n' && head.length() > 3 && head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
                return head.toString();
            }
        }
        return null;
    }

    private static String readBody(InputStream in, String head) throws IOException {
        Matcher length = LENGTH.matcher(head);
        if (length.find()) {
            return new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.ISO_8859_1);
        }
        StringBuilder body = new StringBuilder();
        if (head.contains("\r\nTransfer-Encoding: ")) {
            for (int size = Integer.parseInt(readLine(in), 16); size > 0; size = Integer.parseInt(readLine(in), 16)) {
                body.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
                readLine(in);
            }
            readLine(in);
        }
        return body.toString();
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString().strip();
    }

    private String answer(String method, String target, String body) {
        String path = target.replaceFirst("\\?.*", "").replaceFirst("^/v[0-9.]+(?=/)", "");
        boolean isLibpod = path.startsWith("/libpod/");
        if (isLibpod && !isPodman) {
            return response(method, 404, "{'message':'page not found'}");
        }
        String docker = isLibpod ? path.substring("/libpod".length()) : path;
        if (method.equals("POST") && docker.endsWith("/create")) {
            Matcher name = NAME.matcher(body);
            String created = name.find() ? name.group(1) : "own-created";
            return response(
                    method, 201, docker.startsWith("/volumes") ? describe("volumes", created) : created(created));
        }
        Matcher named = NAMED.matcher(docker);
        String list = method.equals("GET") ? list(docker) : null;
        if (list != null) {
            return response(method, 200, list);
        }
        boolean isDescribed =
                named.matches() && (named.group(3) != null || !named.group(2).contains("/")) && method.equals("GET");
        if (!isDescribed) {
            return response(method, 200, "{}");
        }
        String name = nameOf(named.group(2));
        return owner(name).isEmpty()
                ? response(
                        method, 404, "{'message':'no such object: " + name.replaceAll("[^ -~]|['\"\\\\]", "_") + "'}")
                : response(method, 200, describe(named.group(1), name));
    }

    private static String created(String name) {
        return "{'Id':'" + id(name) + "','Warnings':[]}";
    }

    private static String list(String path) {
        return switch (path) {
            case "/containers/json", "/images/json", "/networks/json", "/volumes/json", "/pods/json" ->
                elements(path.split("/")[1]);
            case "/networks", "/services", "/tasks", "/secrets", "/configs", "/secrets/json" ->
                elements(path.split("/")[1]);
            case "/volumes" -> "{'Volumes':" + elements("volumes") + ",'Warnings':null}";
            case "/system/df" ->
                "{'LayersSize':9,'Images':" + elements("images") + ",'Containers':" + elements("containers")
                        + ",'Volumes':" + elements("volumes") + ",'BuildCache':[]}";
            case "/info" ->
                "{'ID':'x','Containers':5,'ContainersRunning':4,'ContainersPaused':0,'ContainersStopped':1,'Images':3}";
            case "/events" -> event("container", "own1") + event("container", "foreign1") + event("network", "own2");
            default -> null;
        };
    }

    private static String elements(String kind) {
        return "[" + describe(kind, "own1") + "," + describe(kind, "foreign1") + "," + describe(kind, "own2") + "]";
    }

    private static String event(String type, String name) {
        return "{'Type':'" + type + "','Action':'create','Actor':{'ID':'" + id(name) + "','Attributes':{'name':'" + name
                + "','owner':'" + owner(name) + "'}},'time':1}\n";
    }

    /** Returns the owner of an object, or nothing if no object has the name. */
    private static String owner(String name) {
        String plain = name.toLowerCase(Locale.ROOT);
        if (SELF_IMAGE.endsWith(plain) || plain.contains("guard") || plain.contains("foreign")) {
            return "other";
        }
        if (plain.contains("own") || plain.contains("busybox") || plain.length() < 3) {
            return "ci";
        }
        return plain.contains("missing") ? "" : List.of("ci", "other", "", "ci").get((plain.hashCode() & 0x7fff) % 4);
    }

    /** Returns the id: a letter of the owner, and the name in hexadecimal digits. */
    private static String id(String name) {
        if (name.contains("guard")) {
            return SELF;
        }
        String digits = HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8));
        String padded = (owner(name).equals("ci") ? "a" : "f") + digits + "0".repeat(64);
        return padded.substring(0, 64);
    }

    private static String nameOf(String reference) {
        String id = reference.replaceFirst("^sha256(:|%3A)", "");
        if (id.equals(SELF)) {
            return "guard";
        }
        if (!id.matches("[af][0-9a-f]{24}(?:[0-9a-f]{39})?")) {
            return reference;
        }
        StringBuilder name = new StringBuilder();
        for (int i = 1; i + 2 <= id.length() && !id.startsWith("00", i); i += 2) {
            name.append((char) Integer.parseInt(id.substring(i, i + 2), 16));
        }
        return name.toString().matches("[!-~&&[^'\"\\\\]]+")
                ? name.toString()
                : (id.startsWith("a") ? "own-" : "foreign-") + "id";
    }

    private static String describe(String kind, String reference) {
        String name = reference.replaceAll("[^ -~]|['\"\\\\]", "_");
        String id = id(name);
        String labels = "'Labels':{'owner':'" + owner(name) + "'}";
        return switch (kind) {
            case "containers" -> container(name, id, labels);
            case "exec" ->
                "{'ID':'" + id + "','ContainerID':'" + id + "','ProcessConfig':{'privileged':" + name.contains("priv")
                        + "}}";
            case "images" -> {
                String tag = name.replaceFirst("@.*", "");
                yield "{'Id':'sha256:" + id + "','RepoTags':['" + (tag.contains(":") ? tag : tag + ":latest")
                        + "'],'RepoDigests':[]," + labels + ",'Config':{'Env':['TOKEN=secret'],'User':''," + labels
                        + "}}";
            }
            case "networks", "pods" ->
                "{'Id':'" + id + "','Name':'" + name + "','Driver':'bridge'," + labels + ",'Containers':"
                        + (kind.equals("pods") ? "[{'Id':'" + id + "','Name':'" + name + "-infra'}]" : "{}") + "}";
            case "volumes" ->
                "{'Name':'" + name + "','Driver':'local','Mountpoint':'/v/" + name + "','Options':"
                        + (name.contains("bind") ? "{'type':'none','o':'bind','device':'/etc'}" : "null") + "," + labels
                        + "}";
            case "tasks" -> "{'ID':'" + id.substring(0, 25) + "','ServiceID':'" + id.substring(0, 25) + "'}";
            default ->
                "{'ID':'" + id.substring(0, 25) + "','Spec':{'Name':'" + name + "'," + labels
                        + "},'Version':{'Index':1}}";
        };
    }

    private static String container(String name, String id, String labels) {
        String mounts = name.contains("mix")
                ? "{'Type':'volume','Name':'foreign-data','Destination':'/d','RW':true}"
                : name.contains("vol") ? "{'Type':'volume','Name':'own-data','Destination':'/d','RW':true}" : "";
        return "{'Id':'" + id + "','Name':'/" + name + "','Names':['/" + name + "'],'Image':'"
                + (id.equals(SELF) ? SELF_IMAGE : "sha256:" + id("own-image"))
                + "','Config':{'Image':'own-image','Env':['PASSWORD=secret','A=b'],'Cmd':['sh']," + labels + "},"
                + labels
                + ",'HostConfig':{'Privileged':" + name.contains("priv") + ",'NetworkMode':'none','Binds':"
                + (name.contains("bind") ? "['/etc:/etc']" : "null") + "},'Mounts':[" + mounts
                + "],'State':{'Status':'running'},'NetworkSettings':{'Networks':{}}}";
    }

    private static String response(String method, int status, String text) {
        byte[] body = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return "HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                + "\r\n\r\n" + (method.equals("HEAD") ? "" : new String(body, StandardCharsets.ISO_8859_1));
    }
}
