package org.socketproxy.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.security.RecordedRequests.Corpus;
import org.socketproxy.security.RecordedRequests.Sent;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** The policies of {@link RecordedExchangesTest}, and the proxies that have them. */
enum RecordedPolicy {
    /** Sections only. */
    SECTIONS(Map.of("CONTAINERS", "1", "IMAGES", "1", "LIBPOD_CONTAINERS", "1"), Corpus.CLIENT, Corpus.COMPAT),
    TECNATIVA(Map.of("CONTAINERS", "1", "COMPAT", "tecnativa"), Corpus.COMPAT),
    LEARN(Map.of("CONTAINERS", "1", "MODE", "learn"), Corpus.CLIENT),
    ALL(ProxyUnderTest.everything(), Corpus.CLIENT, Corpus.COMPAT, Corpus.NAMES),
    SELF(everythingWith("SELF_CONTAINER", RecordedWorld.SELF), Corpus.CLIENT, Corpus.NAMES),
    MASK(everythingWith("MASK", "1"), Corpus.CLIENT),
    SAFE(everythingWith("CREATE", "safe"), Corpus.CLIENT, Corpus.NAMES, Corpus.BODY),
    /** Most permissions of {@code CREATE=safe}, and limits. */
    ALLOW(
            everythingWith(
                    "CREATE", "safe",
                    "BINDS", "/srv/data:ro,/srv/app/**",
                    "CREATE_IMAGES", "busybox,nginx,own*,registry.local/**",
                    "CREATE_REQUIRE", "memory:2g,pids:512",
                    "CREATE_ALLOW",
                            "ports,annotations,devices:/dev/dri,gpu,host-network,join-container,volumes-from,network-options,recreate"),
            Corpus.BODY),
    LABEL(everythingWith("CREATE", "safe", "TARGETS", "label:owner=ci"), Corpus.CLIENT, Corpus.NAMES, Corpus.BODY),
    /** The daemon is a Podman. */
    PODMAN(everythingWith("CREATE", "safe", "TARGETS", "label:owner=ci"), Corpus.NAMES, Corpus.BODY),
    NAME(everythingWith("CREATE", "safe", "TARGETS", "name:own*", "MASK", "1"), Corpus.CLIENT, Corpus.NAMES),
    /** Two profiles, one of which protects the containers of its clients from the other one. */
    PROFILES(Map.of("SELF_CONTAINER", RecordedWorld.SELF), Corpus.CLIENT, Corpus.NAMES);

    private static final Pattern SENTENCE =
            Pattern.compile("\"socket-proxy: (?:\\w+ \\([A-Z]+ \\S+\\) is not allowed: )?([^\"]{1,80})");
    private static final Sent FIRST =
            new Sent(Corpus.CLIENT, "", "POST", "POST /containers/own1/pause HTTP/1.1\r\nHost: d\r\n\r\n", "", 1);

    private static final String PROFILES_FILE = """
            profiles:
              ci:
                clients: [{address: 127.0.0.1}]
                variables: {POST: 1, CONTAINERS: 1, EXEC: 1, NETWORKS: 1, VOLUMES: 1, SERVICES: 1, COMMIT: 1,
                  LIBPOD_CONTAINERS: 1, LIBPOD_NETWORKS: 1, LIBPOD_PODS: 1, ALLOW_ARCHIVE: 1, ALLOW_EXPORT: 1}
                create: {rules: safe, allow: [join-container, volumes-from, network-options, host-network]}
                targets: {label: owner=ci}
              admin:
                clients: [{network: 172.30.2.0/24}]
                variables: {CONTAINERS: 1, POST: 1}
            """;

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final Map<String, String> settings;

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final Set<Corpus> corpora;

    RecordedPolicy(Map<String, String> settings, Corpus... corpora) {
        this.settings = settings;
        this.corpora = EnumSet.copyOf(Arrays.asList(corpora));
    }

    private static Map<String, String> everythingWith(String... settings) {
        Map<String, String> all = ProxyUnderTest.everything();
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return all;
    }

    /** Sends a request to a proxy, and returns its responses as one text. */
    interface Sender {
        String send(ProxyUnderTest proxy, Sent request) throws IOException;
    }

    boolean isFor(Sent request) {
        return corpora.contains(request.corpus());
    }

    /** Sends requests and returns the result of each one. */
    Map<String, RecordedExchange> run(Path folder, List<Sent> requests) throws Exception {
        return run(folder, requests, RecordedPolicy::send);
    }

    /** Sends requests in a way and returns the result of each one. */
    Map<String, RecordedExchange> run(Path folder, List<Sent> requests, Sender sender) throws Exception {
        Map<String, String> complete = new HashMap<>(settings);
        if (this == PROFILES) {
            complete.put(
                    "POLICY",
                    Files.writeString(folder.resolve("policy.yaml"), PROFILES_FILE)
                            .toString());
        }
        return run(Files.createDirectory(folder.resolve(name())), complete, this == PODMAN, requests, sender);
    }

    /** Sends requests to a proxy that tries a policy too. */
    Map<String, RecordedExchange> runTrying(Path folder, Path tried, List<Sent> requests) throws Exception {
        Map<String, String> complete = new HashMap<>(settings);
        complete.put("SHADOW_POLICY", tried.toString());
        return run(
                Files.createDirectory(folder.resolve(name())),
                complete,
                this == PODMAN,
                requests,
                RecordedPolicy::send);
    }

    /** Sends requests of complete bytes to a proxy with some variables, {@code -} for none, {@code *} for all. */
    static Map<String, RecordedExchange> runRaw(Path folder, String variables, List<Sent> requests) throws Exception {
        Map<String, String> settings = variables.equals("*")
                ? ProxyUnderTest.everything()
                : variables.equals("-")
                        ? Map.of()
                        : Arrays.stream(variables.split(",")).collect(Collectors.toMap(name -> name, name -> "1"));
        return run(Files.createTempDirectory(folder, "raw"), settings, false, requests, RecordedPolicy::send);
    }

    private static Map<String, RecordedExchange> run(
            Path folder, Map<String, String> settings, boolean isPodman, List<Sent> requests, Sender sender)
            throws Exception {
        RecordedWorld world = new RecordedWorld(isPodman);
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        Map<String, String> complete = new HashMap<>(settings);
        complete.put("LOG_LEVEL", "info");
        Map<String, RecordedExchange> results = new LinkedHashMap<>();
        try (FakeDaemon daemon = FakeDaemon.running(folder, world)) {
            complete.put("SOCKET_PATH", daemon.socket().toString());
            try (ProxyUnderTest proxy = ProxyUnderTest.recording(
                    complete,
                    lines -> lines.lines()
                            .filter(line -> !line.contains(" would-"))
                            .forEach(records::add))) {
                boolean isSelfKnown = complete.containsKey("SELF_CONTAINER");
                while (exchange(proxy, world, records, isSelfKnown, FIRST, sender)
                        .isSelfUnknown()) {
                    TimeUnit.MILLISECONDS.sleep(10);
                }
                for (Sent request : requests) {
                    results.put(request.label(), exchange(proxy, world, records, isSelfKnown, request, sender));
                }
            }
        }
        return results;
    }

    private static RecordedExchange exchange(
            ProxyUnderTest proxy,
            RecordedWorld world,
            BlockingQueue<String> records,
            boolean isSelfKnown,
            Sent request,
            Sender sender)
            throws Exception {
        String responses = sender.send(proxy, request);
        String audit = audit(records, request.responses());
        return RecordedExchange.of(request.bytes(), audit, responses, world.take(isSelfKnown));
    }

    private static String send(ProxyUnderTest proxy, Sent request) throws IOException {
        List<String> responses = new ArrayList<>();
        try (RawClient client = proxy.connect()) {
            send(client, request.bytes());
            for (int i = 0; i < request.responses(); i++) {
                responses.add(shown(client.readAnswer(request.method())));
            }
        }
        return String.join(" + ", responses);
    }

    /** Ignores a write error: the proxy may respond and close before the client has sent all bytes. */
    static void send(RawClient client, String bytes) {
        try {
            client.send(bytes);
        } catch (IOException closed) {
            // The response is compared.
        }
    }

    private static String shown(RawResponse response) {
        String head = response.head().replaceAll("(?i)\r\nDate: [^\r]*", "");
        return response.status() + " " + RecordedExchange.hash(head + response.body()) + reason(response.body());
    }

    /** Returns the end of a sentence of the proxy, or nothing. */
    private static String reason(String body) {
        Matcher sentence = SENTENCE.matcher(body);
        return sentence.find() ? " " + sentence.group(1).replace(" | ", " ! ").replace(" + ", " . ") : "";
    }

    private static String take(BlockingQueue<String> records) throws InterruptedException {
        String record = records.poll(300, TimeUnit.SECONDS);
        if (record == null) {
            throw new AssertionError("No audit record was written within 30 seconds");
        }
        return record;
    }

    /** Returns the end records of a number of exchanges, and their begin records. */
    private static String audit(BlockingQueue<String> records, int ends) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        for (int left = ends; left > 0; ) {
            String record = take(records);
            if (record.contains(" #")) { // no notice, such as of the begin of learning
                taken.add(plain(record));
                left -= record.contains(" begin seq=") ? 0 : 1;
            }
        }
        return String.join(" + ", taken);
    }

    private static String plain(String record) {
        return record.split(" ", 4)[3]
                .replaceAll(" set=\"[^\"]*\"", "") // only in the first record of each kind
                .replaceAll(" \\d+ms | seq=\\d+$", " ")
                .stripTrailing()
                .replace(" | ", " ! ");
    }
}
