package org.socketproxy.exchange;

import java.time.Instant;

/**
 * State of an active exchange at one moment.
 *
 * @param id as in the audit log
 * @param client its name, as in the audit log
 * @param profile name of its profile
 * @param operation id of the operation
 * @param path the path without the query, escaped and truncated, because the client may send any text
 * @param container full id of the container of a started exec, or empty if it is not known
 * @param isTunnel whether it is a tunnel
 * @param upstreamBytes bytes of body and tunnel in the direction of the daemon
 * @param downstreamBytes bytes of body and tunnel in the direction of the client
 * @param connection a number that open exchanges have in common if they are streams of one connection of the client
 */
public record ExchangeSnapshot(
        long id,
        String client,
        String profile,
        String operation,
        String path,
        String container,
        Instant begin,
        boolean isTunnel,
        long upstreamBytes,
        long downstreamBytes,
        int connection) {}
