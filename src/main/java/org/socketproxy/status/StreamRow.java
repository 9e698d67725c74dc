package org.socketproxy.status;

import java.util.List;
import java.util.regex.Pattern;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ExchangeSnapshot;

/**
 * A row of the table of open streams and tunnels.
 *
 * @param object the object that the path names, such as {@code container web}, or the container of the exec that it names; or empty
 */
public record StreamRow(ExchangeSnapshot exchange, String object) {
    private static final Pattern VERSION = Pattern.compile("/v\\d+(\\.\\d+)*(?=/)");

    private static final Pattern FULL_ID = Pattern.compile("[0-9a-f]{64}");
    private static final int SHORT_ID = 12;

    static List<StreamRow> of(List<ExchangeSnapshot> exchanges, List<Operation> operations) {
        return exchanges.stream()
                .map(exchange -> new StreamRow(exchange, object(exchange, operations)))
                .toList();
    }

    private static String object(ExchangeSnapshot exchange, List<Operation> operations) {
        if (!exchange.container().isEmpty()) {
            return "exec in container " + shortened(exchange.container());
        }
        return operations.stream()
                .filter(operation -> operation.id().equals(exchange.operation()))
                .map(operation -> object(operation.path().toString(), exchange.path()))
                .findFirst()
                .orElse("");
    }

    /** Returns the short form of a full id, as Docker's command line shows it. */
    private static String shortened(String name) {
        return FULL_ID.matcher(name).matches() ? name.substring(0, SHORT_ID) : name;
    }

    /** Finds the first object by its place in the template; the segment before it is its kind in the plural. */
    static String object(String template, String path) {
        String[] wanted = template.split("/", -1);
        String[] segments = VERSION.matcher(path).replaceFirst("").split("/", -1);
        for (int place = 1; place < Math.min(wanted.length, segments.length); place++) {
            if (wanted[place].startsWith("{")) {
                return wanted[place - 1].replaceFirst("s$", "") + " " + shortened(segments[place]);
            }
        }
        return "";
    }
}
