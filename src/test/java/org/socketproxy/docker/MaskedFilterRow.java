package org.socketproxy.docker;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A filter of a list or of events in {@code masked-filters.tsv}. */
record MaskedFilterRow(Operation operation, String filter, boolean isMasked) {
    private static final Path TABLE = Path.of("src/main/resources/org/socketproxy/policy/mask/masked-filters.tsv");

    /** Values that the daemons parse. */
    private static final Map<String, String> VALUES = Map.ofEntries(
            Map.entry("exited", "0"),
            Map.entry("status", "running"),
            Map.entry("health", "healthy"),
            Map.entry("expose", "80"),
            Map.entry("publish", "80"),
            Map.entry("is-task", "true"),
            Map.entry("dangling", "true"),
            Map.entry("enabled", "true"),
            Map.entry("until", "1h"),
            Map.entry("role", "manager"),
            Map.entry("membership", "accepted"),
            Map.entry("desired-state", "running"),
            Map.entry("mode", "replicated"),
            Map.entry("restart-policy", "always"),
            Map.entry("ctr-number", "0"),
            Map.entry("ctr-status", "running"),
            Map.entry("readonly", "false"),
            Map.entry("intermediate", "false"),
            Map.entry("manifest", "false"),
            Map.entry("containers", "false"));

    /** The rows of one API; those of image search ask a registry. */
    static List<MaskedFilterRow> read(boolean isLibpod) throws IOException {
        List<MaskedFilterRow> rows = new ArrayList<>();
        for (String row : Files.readAllLines(TABLE).stream().skip(1).toList()) {
            String[] cells = row.split("\t");
            for (String id : cells[0].split(",")) {
                Operation operation = OperationCatalogue.load().byId(id).orElseThrow();
                if (operation.method().equals("GET")
                        && operation.isLibpod() == isLibpod
                        && !id.startsWith("ImageSearch")) {
                    for (String filter : cells[1].split(" ")) {
                        rows.add(new MaskedFilterRow(operation, filter, !cells[2].equals("-")));
                    }
                }
            }
        }
        return rows;
    }

    /** Asks with a value that the mask does not allow, if there is one; else with a valid one, or this name. */
    int status(ProxyUnderTest proxy, String target, String name) throws IOException {
        String value = isMasked ? "comment=/a b" : VALUES.getOrDefault(filter, name);
        String filters = URLEncoder.encode("{\"" + filter + "\":[\"" + value + "\"]}", StandardCharsets.UTF_8);
        try (RawClient client = proxy.connect()) {
            return client.request("GET", target + (target.contains("?") ? "&" : "?") + "filters=" + filters)
                    .readAnswer("GET")
                    .status();
        }
    }
}
