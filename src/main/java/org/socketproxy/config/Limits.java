package org.socketproxy.config;

import java.time.Duration;

/**
 * What clients may take.
 *
 * @param maxConnections of all clients together, to all listeners
 * @param maxConnectionsPerClient of one address
 * @param maxHeaderBytes of a request's line and headers together
 * @param headerTimeout from a connection's begin, or from a later request's first byte, to the end of the request's head
 */
public record Limits(int maxConnections, int maxConnectionsPerClient, int maxHeaderBytes, Duration headerTimeout) {}
