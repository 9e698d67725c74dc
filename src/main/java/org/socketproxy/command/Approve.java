package org.socketproxy.command;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.lease.ControlClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the requests of leases that wait for approval, and answers one. */
@Command(
        name = "approve",
        description =
                "Lists the requests of leases that wait for approval; with ID allows one of them, as another user than the"
                        + " one who has opened the lease.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "2:the proxy refuses, or does not answer"})
final class Approve implements Callable<Integer> {
    private final Map<String, String> environment;
    private final PrintStream out;

    @Option(names = LeaseCommands.CONTROL, paramLabel = LeaseCommands.ADDRESS, description = LeaseCommands.MEANING)
    private @Nullable String address;

    @Option(names = "--refuse", description = "denies the request at once")
    private boolean isRefused;

    @Parameters(arity = "0..1", paramLabel = "ID", description = "such as A7F3")
    private @Nullable String id;

    Approve(Map<String, String> environment, PrintStream out) {
        this.environment = environment;
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        Path control = LeaseCommands.control(address, environment);
        if (id == null) {
            if (isRefused) {
                throw new IllegalArgumentException("name the request: approve ID --refuse");
            }
            print(control, "GET", "/approvals", "");
            return 0;
        }
        String target = "/approvals/" + URLEncoder.encode(id.toUpperCase(Locale.ROOT), StandardCharsets.UTF_8);
        print(control, isRefused ? "DELETE" : "POST", target, isRefused ? "refused " : "approved ");
        return 0;
    }

    private void print(Path control, String method, String target, String done) throws IOException {
        try (ControlClient client = LeaseCommands.ask(control, method, target)) {
            if (client.next() instanceof JsonArray requests) {
                requests.elements().forEach(each -> out.println(done + line((JsonObject) each)));
            }
        }
    }

    private static String line(JsonObject request) {
        StringBuilder line = new StringBuilder(request.text("approval") + "\tlease " + request.text("lease") + " ("
                + request.text("template") + ", uid " + LeaseCommands.count(request, "uid") + ")\t"
                + request.text("operation"));
        if (!request.text("image").isEmpty()) {
            line.append(" of ").append(JsonPointers.printable(request.text("image")));
        }
        if (request.get("settings") instanceof JsonArray settings) {
            settings.elements()
                    .forEach(setting ->
                            line.append("\n\t").append(setting instanceof JsonString text ? text.text() : ""));
        }
        return line.toString();
    }
}
