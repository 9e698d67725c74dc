import com.sun.jdi.Bootstrap;
import com.sun.jdi.ObjectCollectedException;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.MethodEntryEvent;
import com.sun.jdi.request.EventRequest;
import com.sun.jdi.request.MethodEntryRequest;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts the classes of the proxy that a warm request enters, its asynchronous dispatches and the requests at the daemon, by the debugger
 * interface of the JVM: {@code make classes}. It starts the proxy before a daemon of its own.
 */
final class EnteredClasses {
    private static final String ALL = "AUTH BUILD COMMIT CONTAINERS EXEC IMAGES NETWORKS POST VOLUMES";
    private static final String CREATE = "{\"Image\":\"app:1\",\"HostConfig\":{\"NetworkMode\":\"net\",\"Binds\":[\"data:/data\"]}}";

    private static final List<String> atDaemon = Collections.synchronizedList(new ArrayList<>());
    private static final Map<String, Integer> entered = Collections.synchronizedMap(new TreeMap<>());
    private static volatile int dispatches;
    private static volatile long lastEvent;

    private static boolean isVerbose;

    public static void main(String[] arguments) throws Exception {
        isVerbose = arguments.length > 1;
        HttpServer daemon = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        daemon.setExecutor(Executors.newCachedThreadPool());
        daemon.createContext("/", EnteredClasses::answer);
        daemon.start();
        String host = "tcp://127.0.0.1:" + daemon.getAddress().getPort();
        System.out.println("| request | classes | top-level classes | without listener and jetty | dispatches | requests at the daemon |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | --- |");
        measure("plain GET", arguments[0], host, Map.of("CONTAINERS", "1"), "GET /containers/json", "");
        if (arguments.length > 2) { // for the test
            System.exit(0);
        }
        Map<String, String> confined = new TreeMap<>(Map.of("CREATE", "safe", "TARGETS", "label:owner=ci"));
        List.of(ALL.split(" ")).forEach(variable -> confined.put(variable, "1"));
        measure("confined create", arguments[0], host, confined, "POST /containers/create?name=web", CREATE);
        measure("exec start", arguments[0], host, confined, "POST /exec/ID/start", "{\"Detach\":true}");
        System.exit(0);
    }

    private static void measure(
            String name, String classPath, String host, Map<String, String> settings, String request, String body)
            throws Exception {
        int port = freePort();
        ProcessBuilder builder = new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0",
                "-cp",
                classPath,
                "org.socketproxy.server.Main");
        builder.environment().putAll(settings);
        builder.environment().putAll(Map.of(
                "DOCKER_HOST", host, "LISTEN", "tcp://127.0.0.1:" + port, "STATUS_LISTEN", "off", "PROTECT_SELF", "0"));
        Process proxy = builder.redirectErrorStream(true).start();
        try {
            VirtualMachine machine = attach(new BufferedReader(new InputStreamReader(proxy.getInputStream())));
            Socket client = connect(port);
            String bytes = request.replace("ID", "%s") + " HTTP/1.1\r\nHost: d\r\n"
                    + (body.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n")
                    + "\r\n" + body;
            for (int i = 0; i < 100; i++) {
                exchange(client, bytes.formatted(id(i)));
            }
            Thread.sleep(500); // the last of the warm requests ends
            listen(machine);
            atDaemon.clear();
            exchange(client, bytes.formatted(id(100)));
            while (System.nanoTime() - lastEvent < 400_000_000L) {
                Thread.sleep(100);
            }
            print(name);
        } finally {
            proxy.destroyForcibly();
        }
    }

    private static String id(int number) {
        return String.format("a%063x", number);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Attaches to the port that the JVM prints, and reads its further output to the end. */
    private static VirtualMachine attach(BufferedReader output) throws Exception {
        String line = output.readLine();
        AttachingConnector connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                .filter(each -> each.name().equals("com.sun.jdi.SocketAttach"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> settings = connector.defaultArguments();
        settings.get("hostname").setValue("127.0.0.1");
        settings.get("port").setValue(line.substring(line.lastIndexOf(':') + 1).strip());
        VirtualMachine machine = connector.attach(settings);
        Thread reader = new Thread(() -> output.lines().forEach(each -> {}));
        reader.setDaemon(true);
        reader.start();
        return machine;
    }

    private static Socket connect(int port) throws Exception {
        for (int tries = 0; ; tries++) {
            try {
                return new Socket("127.0.0.1", port);
            } catch (IOException notYet) {
                if (tries == 300) {
                    throw notYet;
                }
                Thread.sleep(100);
            }
        }
    }

    private static void exchange(Socket client, String bytes) throws IOException {
        client.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) client.getInputStream().read());
        }
        if (!head.toString().startsWith("HTTP/1.1 2")) {
            throw new IOException(head.toString());
        }
        Matcher length = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n").matcher(head);
        if (length.find()) {
            client.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
        } else {
            StringBuilder chunks = new StringBuilder();
            while (!chunks.toString().endsWith("0\r\n\r\n")) {
                chunks.append((char) client.getInputStream().read());
            }
        }
    }

    /** Counts the methods that the proxy enters from now on. */
    private static void listen(VirtualMachine machine) {
        entered.clear();
        dispatches = 0;
        lastEvent = System.nanoTime();
        for (String pattern : List.of("org.socketproxy.*", "org.eclipse.jetty.ee10.servlet.AsyncContextState")) {
            MethodEntryRequest request = machine.eventRequestManager().createMethodEntryRequest();
            request.addClassFilter(pattern);
            request.setSuspendPolicy(EventRequest.SUSPEND_NONE);
            request.enable();
        }
        Map<ThreadReference, String> names = new HashMap<>();
        Thread reader = new Thread(() -> {
            try {
                while (true) {
                    EventSet events = machine.eventQueue().remove();
                    for (Event event : events) {
                        if (event instanceof MethodEntryEvent entry) {
                            String thread = names.computeIfAbsent(entry.thread(), EnteredClasses::name);
                            count(thread, entry.method().declaringType().name(), entry.method().name());
                        }
                    }
                }
            } catch (InterruptedException | com.sun.jdi.VMDisconnectedException ended) {
                // The process was destroyed.
            }
        });
        reader.setDaemon(true);
        reader.start();
    }

    private static String name(ThreadReference thread) {
        try {
            return thread.name();
        } catch (ObjectCollectedException ended) {
            return "";
        }
    }

    /** Ignores lambdas and the threads that work without a request. */
    private static void count(String thread, String type, String method) {
        if (type.startsWith("org.socketproxy.") && thread.startsWith("proxy-") && !type.contains("$$Lambda")) {
            lastEvent = System.nanoTime();
            entered.merge(type, 1, Integer::sum);
        } else if (method.equals("dispatch")) {
            dispatches++;
        }
    }

    private static void print(String name) {
        long files = entered.keySet().stream()
                .map(type -> type.replaceFirst("\\$.*", ""))
                .distinct()
                .count();
        long inner = entered.keySet().stream()
                .filter(type -> !type.matches("org\\.socketproxy\\.(listener|jetty)\\..*"))
                .count();
        System.out.println("| " + name + " | " + entered.size() + " | " + files + " | " + inner + " | " + dispatches + " | "
                + atDaemon.size() + ": " + String.join(", ", atDaemon).replaceAll("a[0-9a-f]{63}", "ID") + " |");
        if (isVerbose) {
            entered.forEach((type, methods) -> System.out.println("    " + type + " " + methods));
        }
    }

    /** Answers with an object of the owner ci for each name. */
    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (!path.equals("/_ping")) { // from time to time, without a request
            atDaemon.add(exchange.getRequestMethod() + " " + path);
        }
        exchange.getRequestBody().readAllBytes();
        String labels = "\"Labels\":{\"owner\":\"ci\"}";
        String asked = path.replaceFirst("^/[a-z]+/([^/]*).*", "$1");
        String number = asked.matches("a[0-9a-f]{63}") ? asked : id(0);
        String id = "\"Id\":\"" + number + "\"";
        String kind = path.split("/")[1] + (path.matches("/containers/(create|json)|.*/start") ? "" : " inspect");
        String json =
                switch (kind) {
                    case "containers" -> path.endsWith("/json") ? "[]" : "{" + id + "}";
                    case "exec" -> "";
                    case "images inspect" ->
                        "{\"Id\":\"sha256:" + id(0) + "\",\"RepoTags\":[\"app:1\"],\"Config\":{" + labels + "}}";
                    case "networks inspect" -> "{" + id + ",\"Name\":\"net\"," + labels + "}";
                    case "volumes inspect" -> "{\"Name\":\"data\",\"Driver\":\"local\"," + labels + "}";
                    case "exec inspect" ->
                        "{\"ID\":\"" + number + "\",\"ContainerID\":\"" + number + "\",\"ProcessConfig\":{}}";
                    default ->
                        "{" + id + ",\"Name\":\"/web\",\"Config\":{" + labels
                                + "},\"HostConfig\":{\"NetworkMode\":\"none\"},\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"data\"}]}";
                };
        byte[] bytes = json.getBytes(StandardCharsets.US_ASCII);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
