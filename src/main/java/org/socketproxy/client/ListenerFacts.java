package org.socketproxy.client;

import org.jspecify.annotations.Nullable;

/**
 * The kinds of facts that a listener knows about its clients.
 *
 * @param name name of the listener, or null
 * @param hasPeers whether the clients have user and group ids
 * @param hasAddresses whether the clients have network addresses
 * @param hasCertificates whether the clients have certificates
 */
public record ListenerFacts(@Nullable String name, boolean hasPeers, boolean hasAddresses, boolean hasCertificates) {}
