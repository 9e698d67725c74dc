package org.socketproxy.config;

/** An address to accept connections on. Its text is the one that stands in a setting. */
public sealed interface ListenAddress permits NetworkAddress, UnixAddress {}
