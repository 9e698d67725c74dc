package org.socketproxy.exchange;

import java.time.Instant;

/**
 * One exchange that was allowed and has not ended, as of now.
 *
 * @param id as in the audit log
 * @param client its name, as in the audit log
 * @param operation id of the operation
 * @param isTunnel whether raw bytes flow
 * @param upstreamBytes how many bytes of bodies and tunnels went to the daemon
 * @param downstreamBytes how many came back
 */
public record ExchangeSnapshot(
        long id,
        String client,
        String operation,
        Instant begin,
        boolean isTunnel,
        long upstreamBytes,
        long downstreamBytes) {}
