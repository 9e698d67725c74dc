package org.socketproxy.config;

/** Address of a listener; its text has the form of the setting {@code LISTEN}. */
public sealed interface ListenAddress permits NetworkAddress, UnixAddress {}
