package org.socketproxy.exchange;

import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.BodyFacts;
import org.socketproxy.policy.create.RecordedContainer;

/**
 * What the filters of {@code CREATE=safe} have found out about a request.
 *
 * <p>Threading: one thread after the other.
 */
public final class CreateNotes {
    private volatile @Nullable RecordedContainer replaced;
    private volatile BodyFacts facts = BodyFacts.NONE;
    private volatile boolean isRecreated;

    /** Records the container that this create request may replace although the rules deny what it has, or null. */
    public void replaces(@Nullable RecordedContainer container) {
        replaced = container;
    }

    /** Returns the container that this request may create again, or null. */
    public @Nullable RecordedContainer replaced() {
        return replaced;
    }

    /** Records what the body creates. */
    public void creates(BodyFacts read) {
        facts = read;
    }

    /** Records that only {@code CREATE_ALLOW=recreate} allows the request. */
    public void recreates() {
        isRecreated = true;
    }

    BodyFacts facts() {
        return facts;
    }

    boolean isRecreated() {
        return isRecreated;
    }
}
