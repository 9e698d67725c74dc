package org.socketproxy.decide;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.inquiry.Inspector;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.ResponseTransform.ElementTransform;
import org.socketproxy.policy.TransformException;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.ObjectIndex;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeRule.Subject;
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
    private final Scope scope;
    /** The profile's objects. */
    private final ObjectIndex own;
    /** Networks of other profiles. Their labels never change, so that each is inspected once. */
    private final ObjectIndex foreign = new ObjectIndex();

    private final Inspector inspector;
    private final ClientConnection client;
    private final ElementTransform scan;
    private final ElementTransform shown;
    private ByteArrayOutputStream held = new ByteArrayOutputStream();
    private @Nullable CompletableFuture<?> awaited;

    /** @param own the profile's objects at the beginning of the stream */
    EventTransform(Scope scope, ObjectIndex own, Inspector inspector, ClientConnection client) {
        this.scope = scope;
        this.own = own;
        this.inspector = inspector;
        this.client = client;
        ScopedEvents events = new ScopedEvents(scope, own);
        this.shown = new ElementTransform(events.elements());
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
        shown.accept(ByteBuffer.wrap(judged), out);
    }

    /** Asks about one object after the other. */
    private CompletableFuture<?> ask() {
        CompletableFuture<?> all = CompletableFuture.completedFuture(null);
        for (Unknown object : unknown) {
            all = all.handle((any, failure) -> null).thenCompose(any -> inspect(object));
        }
        unknown.clear();
        return all.handle((any, failure) -> null);
    }

    private CompletableFuture<@Nullable Void> inspect(Unknown object) {
        if (foreign.has(object.kind(), object.id())) {
            return CompletableFuture.completedFuture(null);
        }
        Subject subject = Subject.valueOf(object.kind().name());
        return inspector
                .inspect(ObjectRef.query(subject, object.id()), client)
                .thenAccept(found -> record(object, found.object(subject).orElse(null)));
    }

    private void record(Unknown unknown, @Nullable InspectedObject found) {
        boolean isDescribed = found != null && found.id().equals(unknown.id());
        if (found != null && isDescribed && scope.isOwn(found.object())) {
            own.add(found.object());
            return;
        }
        own.remove(unknown.kind(), unknown.id());
        if (found != null && isDescribed && unknown.kind() == ObjectKind.NETWORK) {
            foreign.add(found.object());
        }
    }

    @Override
    public @Nullable CompletableFuture<?> awaited() {
        return awaited;
    }

    @Override
    public void end() throws TransformException {
        shown.end();
    }

    @Override
    public boolean reduce() {
        return shown.reduce();
    }

    @Override
    public int reduced() {
        return shown.reduced();
    }

    @Override
    public int heldBytes() {
        return held.size() + scan.heldBytes() + shown.heldBytes() + own.heldBytes() + foreign.heldBytes();
    }
}
