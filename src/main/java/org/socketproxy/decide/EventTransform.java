package org.socketproxy.decide;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.ElementTransform;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.TransformException;
import org.socketproxy.policy.scope.ScopedEvents;
import org.socketproxy.policy.scope.ScopedEvents.Unknown;

/**
 * Removes events of other profiles from a stream. Events without labels wait until the daemon has described their object; the
 * stream is not read meanwhile, which gives back-pressure.
 *
 * <p>Threading: one thread at a time.
 */
final class EventTransform implements ResponseTransform {
    private final Set<Unknown> unknown = new LinkedHashSet<>();
    private final Function<Unknown, CompletableFuture<?>> inspection;
    private final IntSupplier knownBytes;
    private final ElementTransform scan;
    private final ElementTransform own;
    private ByteArrayOutputStream held = new ByteArrayOutputStream();
    private @Nullable CompletableFuture<?> awaited;

    /**
     * Creates the transform of one stream.
     *
     * @param inspection asks about an object, and records whether it belongs to the profile; a failure means that it does not
     * @param knownBytes memory for the objects by which the events are judged
     */
    EventTransform(ScopedEvents events, Function<Unknown, CompletableFuture<?>> inspection, IntSupplier knownBytes) {
        this.inspection = inspection;
        this.knownBytes = knownBytes;
        this.own = new ElementTransform(events.elements());
        this.scan = new ElementTransform(events.scan(unknown::add));
    }

    @Override
    public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) throws TransformException {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.get(bytes);
        held.writeBytes(bytes);
        scan.accept(ByteBuffer.wrap(bytes), any -> {});
        if (!unknown.isEmpty()) {
            awaited = ask();
        }
        if (awaited != null && !awaited.isDone()) {
            return;
        }
        awaited = null;
        byte[] judged = held.toByteArray();
        held = new ByteArrayOutputStream();
        own.accept(ByteBuffer.wrap(judged), out);
    }

    /** Asks about one object after the other. */
    private CompletableFuture<?> ask() {
        CompletableFuture<?> all = CompletableFuture.completedFuture(null);
        for (Unknown object : unknown) {
            all = all.handle((any, failure) -> null)
                    .thenCompose(any -> inspection.apply(object).thenApply(answer -> null));
        }
        unknown.clear();
        return all.handle((any, failure) -> null);
    }

    @Override
    public @Nullable CompletableFuture<?> awaited() {
        return awaited;
    }

    @Override
    public void end() throws TransformException {
        own.end();
    }

    @Override
    public boolean reduce() {
        return own.reduce();
    }

    @Override
    public int reduced() {
        return own.reduced();
    }

    @Override
    public int heldBytes() {
        return held.size() + scan.heldBytes() + own.heldBytes() + knownBytes.getAsInt();
    }
}
