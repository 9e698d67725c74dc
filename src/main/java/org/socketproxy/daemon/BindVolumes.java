package org.socketproxy.daemon;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.BindVolume;

/**
 * Removes the volumes in place of binds that no container uses: after the removal of a container and, while requests come, once a
 * minute. The daemon refuses to remove one that is in use, and a new container creates one that was removed meanwhile.
 *
 * <p>Threading: thread-safe; never blocks. At most one sweep runs.
 */
public final class BindVolumes {
    private static final Logger LOG = LoggerFactory.getLogger(BindVolumes.class);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    /** The filters: dangling, and a part of the name. */
    private static final String UNUSED = "/volumes?filters=%7B%22dangling%22%3A%5B%22true%22%5D%2C%22name%22%3A%5B%22"
            + BindVolume.PREFIX + "%22%5D%7D";

    private final DaemonQuery query;
    private final AtomicLong dueNanos = new AtomicLong(System.nanoTime());
    private final AtomicBoolean isSweeping = new AtomicBoolean();
    private final AtomicBoolean isAskedAgain = new AtomicBoolean();

    public BindVolumes(DaemonQuery query) {
        this.query = query;
    }

    /** Sweeps if the last time is long ago. */
    public void sweepIfDue() {
        long due = dueNanos.get();
        long now = System.nanoTime();
        if (now - due >= 0 && dueNanos.compareAndSet(due, now + PAUSE.toNanos())) {
            sweep();
        }
    }

    /** Removes the unused volumes, after the sweep that runs. Does not wait. */
    public void sweep() {
        isAskedAgain.set(true);
        if (isSweeping.compareAndSet(false, true)) {
            isAskedAgain.set(false);
            var unused = query.get(UNUSED).thenCompose(this::remove).whenComplete((done, failure) -> {
                if (failure != null) {
                    LOG.debug("The unused volumes in place of binds could not be removed", failure);
                }
                isSweeping.set(false);
                if (isAskedAgain.get()) {
                    sweep();
                }
            });
        }
    }

    private CompletableFuture<?> remove(Answer answer) {
        List<String> names = answer.status() != HttpStatus.OK_200
                ? List.of()
                : StrictJson.object(answer.body()).elements("Volumes").stream()
                        .filter(BindVolumes::isOwn)
                        .map(volume -> volume.text("Name"))
                        .toList();
        CompletableFuture<?> all = CompletableFuture.completedFuture(null);
        for (String name : names) {
            all = all.thenCompose(before -> query.delete("/volumes/" + name));
        }
        return all;
    }

    private static boolean isOwn(JsonObject volume) {
        return BindVolume.named(volume.text("Name"))
                .filter(own -> own.isDescribedBy(volume))
                .isPresent();
    }
}
