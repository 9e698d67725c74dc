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
 * Immutable description of a request that the policy has allowed. An extension cannot change the request that the proxy
 * forwards.
 *
 * @param id number of the exchange, from 1 since the program started; the audit log's {@code #id}
 * @param client address without port, such as {@code 172.18.0.3}, or {@code unix} for a client of a Unix socket
 * @param operation the API operation of the request
 * @param decision the decision of the policy
 * @param target the request target that the proxy forwards
 */
public record ExchangeFacts(long id, String client, Operation operation, Decision decision, Target target) {
    private static final String ATTRIBUTE = ExchangeFacts.class.getName();

    /**
     * Returns the facts of a request that the proxy passed to an extension; the request may be wrapped.
     *
     * @throws IllegalStateException if the request did not come from the proxy
     */
    public static ExchangeFacts of(ServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof ExchangeFacts facts) {
            return facts;
        }
        throw new IllegalStateException("this request did not come from the proxy's extension filter");
    }

    /**
     * One operation of the Docker or Podman API.
     *
     * @param id the official operation id, such as {@code ContainerList}; {@code docker-socket-proxy operations} lists
     *     all. Ids of Podman's own operations end in {@code Libpod}
     * @param method the HTTP method in upper case
     * @param path the path template, such as {@code /containers/{id}/json}
     * @param isWrite whether the request changes state, or reads data that requires write permission
     */
    public record Operation(String id, String method, String path, boolean isWrite) {}

    /**
     * Decision of the policy.
     *
     * @param isAllowed false only if learn mode forwards a request that the policy denies
     * @param reason the reason code of the audit log, such as {@code section}
     * @param by the variables that allow the request together; empty if the policy denies it
     */
    public record Decision(boolean isAllowed, String reason, List<String> by) {
        public Decision {
            by = List.copyOf(by);
        }
    }

    /**
     * Request target as the proxy forwards it.
     *
     * @param raw path and query, byte for byte
     * @param version the API version without its {@code v}, or null if the client names none
     * @param segments the path segments after the version, as received (percent-encoded), without slashes
     * @param parameters the decoded values of each query parameter by case-insensitive name. If query parsers differ,
     *     it contains the values of all of them
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
         * Returns all values of a query parameter in query order, empty if it is missing. A client may send several
         * values: a rule that allows by a parameter must check every value.
         *
         * @param name the parameter's name, case-insensitive
         */
        public List<String> parameter(String name) {
            return parameters.getOrDefault(name, List.of());
        }
    }
}
