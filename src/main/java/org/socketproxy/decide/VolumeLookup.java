package org.socketproxy.decide;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.socketproxy.policy.create.Violation;

/**
 * Inspects volumes one after the other, and collects the drivers and options that the rules do not allow. A volume that an
 * administrator made of a path of the host gives a container this path.
 */
final class VolumeLookup {
    private static final int NOT_FOUND = 404;

    private final Inquiry question;
    private final Queue<String> names;
    private final boolean mayBeMissing;
    private final Consumer<List<Violation>> decision;
    private final List<Violation> violations = new ArrayList<>();

    /**
     * @param names names of volumes, as the daemon accepts them
     * @param mayBeMissing whether the daemon creates a missing volume with its defaults
     * @param decision called with all violations
     */
    VolumeLookup(Inquiry question, Collection<String> names, boolean mayBeMissing, Consumer<List<Violation>> decision) {
        this.question = question;
        this.names = new ArrayDeque<>(names);
        this.mayBeMissing = mayBeMissing;
        this.decision = decision;
    }

    /** Asks about the next volume, or decides after the last one. */
    void next() {
        String name = names.poll();
        if (name == null) {
            decision.accept(violations);
            return;
        }
        question.ask(
                "/volumes/" + name,
                "volume",
                found -> {
                    violations.addAll(found.volume(question.rules()).of(name));
                    next();
                },
                (status, body) -> isSkipped(status));
    }

    private boolean isSkipped(int status) {
        if (status != NOT_FOUND || !mayBeMissing) {
            return false;
        }
        next();
        return true;
    }
}
