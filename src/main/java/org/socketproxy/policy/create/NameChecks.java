package org.socketproxy.policy.create;

import java.util.regex.Pattern;

/** Checks of the names of containers, pods, time zones and variables. */
final class NameChecks {
    private static final Pattern LIKE_AN_ID = Pattern.compile("/*[0-9a-f]{12,64}");
    private static final Pattern POD = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
    private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9_+-]++(?:/[A-Za-z0-9_+-]++)*+");

    private NameChecks() {}

    /** Checks the name of a new container: one like an id would be found by the id of a removed container. */
    static void container(BodyValue value) {
        if (LIKE_AN_ID.matcher(value.text()).matches()) {
            value.deny("has the form of an id");
        }
    }

    /**
     * Checks the form of the pod in the body of Podman's own API: a name or id, by which the proxy asks for the pod. The new container
     * gets the namespaces and mounts of the infra container.
     */
    static void pod(BodyValue value) {
        if (!value.isZero() && !POD.matcher(value.text()).matches()) {
            value.deny("is not the name or id of a pod");
        }
    }

    /** Checks a time zone: Podman copies the file of this name below the folder of the zones into the container. */
    static void timezone(BodyValue value) {
        if (!value.isZero() && !ZONE.matcher(value.text()).matches()) {
            value.deny("is not the name of a time zone");
        }
    }

    /**
     * Checks {@code Env}. Podman reads an element without a value as a variable of the daemon's environment, and {@code *} at the
     * end of its name as every variable with this prefix. dockerd removes a variable without a value.
     */
    static void environment(BodyValue variables) {
        for (BodyValue variable : variables.strings()) {
            if (variable.text().indexOf('=') < 0 && variable.text().indexOf('*') >= 0) {
                variable.deny("names several variables, which Podman copies from its own environment");
            }
        }
    }
}
