package org.socketproxy.status;

import java.util.List;
import java.util.regex.Pattern;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ExchangeSnapshot;

/**
 * A row of the table of open streams and tunnels.
 *
 * @param object the object that the path names, such as {@code container web}; or empty
 */
public record StreamRow(ExchangeSnapshot exchange, String object) {
    private static final Pattern VERSION = Pattern.compile("/v\\d+(\\.\\d+)*(?=/)");

    static List<StreamRow> of(List<ExchangeSnapshot> exchanges, List<Operation> operations) {
        return exchanges.stream()
                .map(exchange -> new StreamRow(
                        exchange,
                        operations.stream()
                                .filter(operation -> operation.id().equals(exchange.operation()))
                                .map(operation -> object(operation.path().toString(), exchange.path()))
                                .findFirst()
                                .orElse("")))
                .toList();
    }

    /** Finds the first object by its place in the template; the segment before it is its kind in the plural. */
    static String object(String template, String path) {
        String[] wanted = template.split("/", -1);
        String[] segments = VERSION.matcher(path).replaceFirst("").split("/", -1);
        for (int place = 1; place < Math.min(wanted.length, segments.length); place++) {
            if (wanted[place].startsWith("{")) {
                return wanted[place - 1].replaceFirst("s$", "") + " " + segments[place];
            }
        }
        return "";
    }
}
