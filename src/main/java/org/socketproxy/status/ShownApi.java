package org.socketproxy.status;

import java.util.List;
import java.util.function.Predicate;
import org.socketproxy.dockerapi.Operation;

/**
 * The API of the daemon, which the page shows first; the other one is folded. An unknown daemon counts as Docker.
 */
public enum ShownApi {
    DOCKER("the Docker API"),
    PODMAN("Podman's libpod API");

    private static final String LIBPOD = "LIBPOD_";
    private static final List<String> PODMANS = List.of("Libpod", "Podman");

    private final String words;

    ShownApi(String words) {
        this.words = words;
    }

    /** @param daemon name and version, such as {@code Docker 28.5.2}; may be empty */
    static ShownApi of(String daemon) {
        return PODMANS.stream().anyMatch(daemon::startsWith) ? PODMAN : DOCKER;
    }

    public ShownApi other() {
        return this == DOCKER ? PODMAN : DOCKER;
    }

    public String words() {
        return words;
    }

    public String owner() {
        return this == DOCKER ? "Docker" : "Podman";
    }

    Predicate<Operation> operations() {
        return operation -> operation.isLibpod() == (this == PODMAN);
    }

    /** Returns true if a variable belongs to the API; variables without a prefix are Docker's. */
    boolean has(String variable) {
        return variable.startsWith(LIBPOD) == (this == PODMAN);
    }
}
