package org.socketproxy.command;

import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.lease.ControlClient;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code sandbox}, {@code leases} and {@code approve}, which ask a running proxy by its control socket. */
final class LeaseCommands {
    static final String CONTROL = "--control";
    static final String ADDRESS = "ADDRESS";
    static final String MEANING =
            "control socket of the proxy, such as /var/lib/docker-socket-proxy/leases/control.sock; default: that in LEASES";
    private static final String UNIX = "unix://";
    /** Sockets of daemons, which a command of a sandbox must not open. */
    static final List<String> DAEMONS =
            List.of("/var/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock");
    /** Variables by which a client would find another daemon. */
    private static final List<String> UNSET = List.of("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH");

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);

    private LeaseCommands() {}

    static CommandLine addTo(Object commands, Map<String, String> environment, PrintStream out, PrintStream err) {
        CommandLine sandbox = new CommandLine(new Sandbox(environment, DAEMONS, err));
        return new CommandLine(commands)
                .addSubcommand(new LeasesCommand(environment, out))
                .addSubcommand(new Approve(environment, out))
                .addSubcommand(sandbox.setStopAtPositional(true)); // the options of its command
    }

    static Path control(@Nullable String option, Map<String, String> environment) {
        String folder = environment.getOrDefault("LEASES", "").strip();
        if (option == null && folder.isEmpty()) {
            throw new IllegalArgumentException("name the control socket of the proxy: " + CONTROL + " " + ADDRESS);
        }
        return option == null
                ? Path.of(folder, "control.sock")
                : Path.of(option.startsWith(UNIX) ? option.substring(UNIX.length()) : option);
    }

    static ControlClient ask(Path control, String method, String target) throws IOException {
        ControlClient client;
        try {
            client = ControlClient.send(control, method, target);
        } catch (IOException failed) {
            throw new IOException("the proxy does not answer at " + control + ": " + failed.getMessage(), failed);
        }
        if (client.status() != 200) {
            try (client) {
                throw new IOException(client.object().text("message"));
            }
        }
        return client;
    }

    static String count(JsonObject lease, String member) {
        return lease.get(member) instanceof JsonNumber number ? number.text() : "0";
    }

    /** Lists and ends leases. */
    @Command(
            name = "leases",
            description = "leases ls lists the leases of this user, of root all; leases end ID ends one.",
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {"0:done", "2:the proxy refuses, or does not answer"})
    static final class LeasesCommand {
        private final Map<String, String> environment;
        private final PrintStream out;

        LeasesCommand(Map<String, String> environment, PrintStream out) {
            this.environment = environment;
            this.out = out;
        }

        @Command(name = "ls", description = "Lists leases: id, template, state, end, objects, denials.")
        int ls(@Option(names = CONTROL, paramLabel = ADDRESS, description = MEANING) @Nullable String address)
                throws IOException {
            try (ControlClient client = ask(control(address, environment), "GET", "/leases")) {
                if (client.next() instanceof JsonArray leases) {
                    leases.elements().forEach(each -> print((JsonObject) each));
                }
            }
            return 0;
        }

        private void print(JsonObject lease) {
            String problem = lease.text("problem");
            out.println(lease.text("lease") + "\t" + lease.text("template") + "\t" + lease.text("state") + "\tends "
                    + lease.text("ends") + "\t" + count(lease, "objects") + " objects\t" + count(lease, "denials")
                    + " denials"
                    + (problem.isEmpty() ? "" : "\t" + problem));
        }

        @Command(name = "end", description = "Ends a lease.")
        int end(
                @Option(names = CONTROL, paramLabel = ADDRESS, description = MEANING) @Nullable String address,
                @Parameters(paramLabel = "ID") String id)
                throws IOException {
            String name = URLEncoder.encode(id, StandardCharsets.UTF_8);
            ask(control(address, environment), "DELETE", "/leases/" + name).close();
            return 0;
        }
    }

    /** Runs a command with a lease. */
    @Command(
            name = "sandbox",
            description =
                    "Opens a lease, runs a command that uses it, and ends the lease: sandbox --lease agent --for 2h --"
                            + " COMMAND. The command gets DOCKER_HOST. With --in it runs in a container of the lease.",
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "2:no lease can be opened, or this user can open the socket of a daemon",
                "else that of the command"
            })
    static final class Sandbox implements Callable<Integer> {
        private final Map<String, String> environment;
        private final List<String> daemons;
        private final PrintStream err;

        @Option(names = CONTROL, paramLabel = ADDRESS, description = MEANING)
        private @Nullable String address;

        @Option(names = "--lease", paramLabel = "TEMPLATE", defaultValue = "sandbox", description = "default: sandbox")
        private String template = "sandbox";

        @Option(names = "--for", paramLabel = "TIME", description = "such as 2h; default: as long as possible")
        private @Nullable String time;

        @Option(
                names = "--project",
                paramLabel = "PATH",
                description = "folder that containers of the lease can bind, for reading and writing; default: none")
        private @Nullable Path project;

        @Option(
                names = "--seat-belt",
                description = "run the command although it can open the socket of a daemon: it is not confined")
        private boolean isSeatBelt;

        @ArgGroup(exclusive = false)
        private @Nullable SandboxContainer container;

        @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "with --in the default is that of the image")
        private List<String> command = new ArrayList<>();

        /** @param daemons sockets that the command must not open */
        Sandbox(Map<String, String> environment, List<String> daemons, PrintStream err) {
            this.environment = environment;
            this.daemons = daemons;
            this.err = err;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            if (container == null) {
                if (command.isEmpty()) {
                    throw new IllegalArgumentException("name the command: sandbox … -- COMMAND");
                }
                refuseOpenDaemon();
            }
            Path folder = project == null ? null : project.toRealPath();
            String target = "/leases?template=" + URLEncoder.encode(template, StandardCharsets.UTF_8)
                    + (time == null ? "" : "&for=" + URLEncoder.encode(time, StandardCharsets.UTF_8));
            if (folder != null) {
                target += "&project=" + URLEncoder.encode(folder.toString(), StandardCharsets.UTF_8);
            }
            Path control = control(address, environment);
            try (ControlClient holder = ask(control, "POST", target)) {
                JsonObject lease = holder.object();
                String id = lease.text("lease");
                err.println("lease " + id + ": ends "
                        + TIME.format(Instant.parse(lease.text("ends")).atZone(ZoneId.systemDefault())) + ", template "
                        + lease.text("template")
                        + (folder == null ? "" : ", project rw")
                        + (lease.text("proxy").isEmpty() ? "" : ", egress " + lease.text("proxy")));
                int code = run(
                        container == null ? command : container.around(command, folder),
                        lease.text("socket"),
                        lease.text("proxy"));
                long begin = System.nanoTime();
                try {
                    ask(control, "DELETE", "/leases/" + id).close();
                } catch (IOException ended) {
                    // The time of the lease is over.
                }
                JsonObject last = holder.object();
                err.println("lease " + id + " ended: "
                        + (last.text("removed").isEmpty() ? "the proxy has stopped" : last.text("removed"))
                        + String.format(
                                Locale.ROOT,
                                " in %.1f s",
                                Duration.ofNanos(System.nanoTime() - begin).toMillis() / 1000.0)
                        + denials(count(last, "denials")));
                return code;
            }
        }

        private void refuseOpenDaemon() throws IOException {
            List<String> open = daemons.stream().filter(Sandbox::isOpen).toList();
            if (open.isEmpty()) {
                return;
            }
            String sentence =
                    "this user can open " + String.join(" and ", open) + ", so that no lease confines the command";
            if (!isSeatBelt) {
                throw new IOException(sentence
                        + ": run it in a container of the lease (--in IMAGE), or as another user, who is not root and not in"
                        + " the group of the socket; --seat-belt runs it anyway, against mistakes and not against an"
                        + " attacker");
            }
            err.println("WARNING: " + sentence + ": --seat-belt is against mistakes, not against an attacker");
        }

        /** Returns the configuration with which the docker CLI tells containers the proxy for HTTP. */
        private static String proxies(String url) {
            return JsonText.compact(json -> {
                json.writeStartObject();
                json.writeObjectFieldStart("proxies");
                json.writeObjectFieldStart("default");
                json.writeStringField("httpProxy", url);
                json.writeStringField("httpsProxy", url);
                json.writeEndObject();
                json.writeEndObject();
                json.writeEndObject();
            });
        }

        private static String denials(String count) {
            return count.equals("0") ? "" : "; " + count + (count.equals("1") ? " denial" : " denials");
        }

        /** The JDK closes all descriptors in a child process but the standard ones, so that the command does not hold the lease. */
        private int run(List<String> words, String socket, String proxy) throws IOException, InterruptedException {
            Path config = Files.createTempDirectory("docker-config");
            try {
                if (!proxy.isEmpty()) {
                    Files.writeString(config.resolve("config.json"), proxies("http://" + proxy));
                }
                ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
                Map<String, String> variables = builder.environment();
                UNSET.forEach(variables::remove);
                variables.putAll(Map.of(
                        "DOCKER_HOST",
                        UNIX + socket,
                        "DOCKER_CONFIG",
                        config.toString(),
                        "TESTCONTAINERS_RYUK_DISABLED",
                        "true",
                        "TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE",
                        socket,
                        "TESTCONTAINERS_HOST_OVERRIDE",
                        "localhost"));
                Process child = builder.start();
                Thread stop = new Thread(child::destroy, "stop");
                Runtime.getRuntime().addShutdownHook(stop);
                int code = child.waitFor();
                Runtime.getRuntime().removeShutdownHook(stop);
                return code;
            } finally {
                try (var files = Files.walk(config)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        }

        private static boolean isOpen(String socket) {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                return channel.connect(UnixDomainSocketAddress.of(socket));
            } catch (IOException closed) {
                return false;
            }
        }
    }
}
