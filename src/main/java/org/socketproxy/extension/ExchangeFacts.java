package org.socketproxy.extension;

import jakarta.servlet.ServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy knows of a request that the policy let through. Nothing here can be changed, and nothing that an extension
 * does changes what is sent.
 *
 * @param id counts the exchanges from 1 since the start of the program; the audit log's {@code #id}
 * @param client address without port, such as {@code 172.18.0.3}, or {@code unix} for a client of a Unix socket
 */
public record ExchangeFacts(long id, String client, Operation operation, Decision decision, Target target) {
    private static final String ATTRIBUTE = ExchangeFacts.class.getName();

    /**
     * The facts of the request that an extension is asked about; request wrappers are seen through.
     *
     * @throws IllegalStateException if this request did not come through the proxy
     */
    public static ExchangeFacts of(ServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof ExchangeFacts facts) {
            return facts;
        }
        throw new IllegalStateException("this request is none that the proxy asks an extension about");
    }

    /**
     * What the client wants to do: one operation of the Docker or Podman API.
     *
     * @param id the official operation id, such as {@code ContainerList}; {@code docker-socket-proxy operations} lists all.
     *     Ids of Podman's own operations end in {@code Libpod}
     * @param method of HTTP, in upper case
     * @param path its template, such as {@code /containers/{id}/json}
     * @param isWrite whether it changes something, or shows what only a writer may see
     */
    public record Operation(String id, String method, String path, boolean isWrite) {}

    /**
     * What the variables say of it.
     *
     * @param isAllowed false only where learn mode let it through
     * @param reason code of the cause, as in the audit log, such as {@code section}
     * @param by the variables that allow it, together; empty where they do not
     */
    public record Decision(boolean isAllowed, String reason, List<String> by) {
        public Decision {
            by = List.copyOf(by);
        }
    }

    /**
     * What the client asks for, as it goes to the daemon.
     *
     * @param raw path and query, byte for byte
     * @param version of the API, without its {@code v}, or null where the client names none
     * @param segments of the path behind the version, as received and still escaped, without slashes
     * @param parameters of the query: the decoded values of each name, which folds case. Where the readers of queries differ,
     *     all that any of them sees is here
     */
    public record Target(
            String raw, @Nullable String version, List<String> segments, Map<String, List<String>> parameters) {

        public Target {
            segments = List.copyOf(segments);
            SortedMap<String, List<String>> copies = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            parameters.forEach((name, values) ->
                    copies.computeIfAbsent(name, first -> new ArrayList<>()).addAll(values));
            copies.replaceAll((name, values) -> List.copyOf(values));
            parameters = Collections.unmodifiableSortedMap(copies);
        }

        /**
         * All values of a parameter of the query, in the order of coming; none if it is not there. A client may send several:
         * a rule that allows by a parameter has to ask it of every one.
         *
         * @param name in any case
         */
        public List<String> parameter(String name) {
            return parameters.getOrDefault(name, List.of());
        }
    }
}
