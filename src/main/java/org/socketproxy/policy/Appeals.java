package org.socketproxy.policy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Asks a person about requests of one client that its profile denies.
 *
 * <p>Threading: thread-safe; never blocks.
 *
 * <p>Security: an approval is for the same parts of a request only, and for one request.
 */
public interface Appeals {
    /**
     * A part of a denied request.
     *
     * @param field JSON pointer, or {@code ?name} of a parameter
     * @param remedy the setting that would allow it; null if none does
     */
    record Part(String field, @Nullable Remedy remedy) {}

    /**
     * A denied request.
     *
     * @param image the image that it pulls, or from which it creates a container, as the client names it; or empty
     * @param parts all that the profile denies, at least one
     */
    record Plea(Profile profile, Operation operation, String image, List<Part> parts) {
        public Plea {
            parts = List.copyOf(parts);
        }

        /** Returns true if an approval of the other one is for this one. */
        public boolean isLike(Plea other) {
            return operation.equals(other.operation) && image.equals(other.image) && parts.equals(other.parts);
        }
    }

    /**
     * The answer of a person, or that none has come.
     *
     * @param profile with which the request is judged again; null if it stays denied
     * @param note end of the sentence of the denial, such as {@code ; A7F3 waits for approval}
     */
    record Answer(@Nullable Profile profile, String note) {}

    /** Asks about a request; returns null if nobody is asked about such a request. A cancelled answer takes no approval. */
    @Nullable
    CompletableFuture<Answer> ask(Plea plea);

    /** Returns the rules by which an approved request has created the container; null for another container. */
    @Nullable
    CreateRules rulesOf(String container);
}
