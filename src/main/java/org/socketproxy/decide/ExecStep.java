package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.CreationTransform;
import org.socketproxy.policy.create.ExecRules;

/**
 * With {@code EXEC_ALLOW}, remembers each exec that a client has created under the rules, and denies the start of any other exec.
 *
 * <p>Security: the daemon describes neither the environment nor the folder of an exec, so that only its creation can be judged. A
 * restart of the proxy and a change of the rules forget all execs.
 */
final class ExecStep implements Step {
    private final DaemonObjects objects;

    ExecStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        Object rules = List.of(
                trial.profile().name(), Objects.requireNonNull(trial.profile().exec()));
        if (ExecRules.creates(trial.operation())) {
            trial.check(new CreationTransform(response -> admit(rules, response)));
            return null;
        }
        PathTemplate.Match exec = trial.operation().path().match(trial.target());
        return exec != null && objects.execs().isAllowed(rules, exec.text())
                ? null
                : inquiry.denied(List.of(ExecRules.unknownExec())).now();
    }

    /** Remembers the exec before the client gets its id. */
    private CompletableFuture<Boolean> admit(Object rules, ByteBuffer response) {
        try {
            String id = StrictJson.read(response) instanceof JsonObject created ? created.text("Id") : "";
            if (ObjectIds.isFull(id)) {
                objects.execs().allow(rules, id);
            }
        } catch (InvalidJsonException unreadable) {
            // The exec is not admitted.
        }
        return CompletableFuture.completedFuture(true);
    }
}
