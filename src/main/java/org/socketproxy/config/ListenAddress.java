package org.socketproxy.config;

import org.jspecify.annotations.Nullable;

/** Address of a listener; its text has the form of the setting {@code LISTEN}. */
public sealed interface ListenAddress permits NetworkAddress, UnixAddress {
    /** Returns the unique name of the listener ({@code ?name=}), or null. */
    @Nullable
    String name();

    /** Returns whether the process inherits the listening socket as descriptor 0 ({@code ?fd=0}). */
    boolean isInherited();
}
