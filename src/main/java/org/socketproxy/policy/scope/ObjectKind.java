package org.socketproxy.policy.scope;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Kind of the objects of a scope. An exec belongs to its container, a task to its service. */
public enum ObjectKind {
    CONTAINER,
    NETWORK,
    VOLUME,
    IMAGE,
    SERVICE,
    SECRET,
    CONFIG,
    /** Only Podman has pods. */
    POD;

    /** Returns the singular, such as {@code container}, as audit records and messages have it. */
    public String noun() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the plural, such as {@code containers}, as {@code TARGETS} has it. */
    public String word() {
        return noun() + "s";
    }

    /** Returns the kind of a plural. */
    public static Optional<ObjectKind> of(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }
}
