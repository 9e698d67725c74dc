package org.socketproxy.exchange;

/**
 * The tunnel that an exchange has become.
 *
 * @param status status of the response to the client
 * @param bodyBytes length of the request body before the upgrade; Jetty reuses its counters afterwards
 */
record Upgrade(Tunnel tunnel, int status, long bodyBytes) {
    long upstreamBytes() {
        return bodyBytes + tunnel.upstreamBytes();
    }
}
