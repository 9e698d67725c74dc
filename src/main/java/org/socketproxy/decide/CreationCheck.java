package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * Inspects the volumes of a new container once more, and removes the container if one of them does not belong to the profile any
 * more: another client can remove a volume and create one with its name while the request is under way. A volume that a container
 * has keeps its name.
 *
 * <p>Threading: never blocks.
 */
final class CreationCheck {
    private static final Logger LOG = LoggerFactory.getLogger(CreationCheck.class);

    private final DaemonObjects objects;
    private final Scope rules;
    private final Trial trial;

    /** @param trial the creation */
    CreationCheck(DaemonObjects objects, Scope rules, Trial trial) {
        this.objects = objects;
        this.rules = rules;
        this.trial = trial;
    }

    /** Returns true if the daemon's response to the creation of a volume describes one of the profile. */
    CompletableFuture<Boolean> volume(ByteBuffer response) {
        boolean isOwn = InspectedObject.read(Subject.VOLUME, response)
                .filter(object -> rules.isOwn(object.object()))
                .isPresent();
        return CompletableFuture.completedFuture(isOwn);
    }

    /**
     * Returns true if all volumes of a new container belong to the profile.
     *
     * @param response the daemon's response to the creation of the container
     */
    CompletableFuture<Boolean> container(ByteBuffer response, List<ObjectRef> volumes) {
        CompletableFuture<Boolean> areOwn = CompletableFuture.completedFuture(true);
        for (ObjectRef volume : volumes) {
            areOwn = areOwn.thenCompose(before -> before ? isOwn(volume) : CompletableFuture.completedFuture(false));
        }
        return areOwn.exceptionally(failure -> false)
                .thenCompose(isOwn -> isOwn ? CompletableFuture.completedFuture(true) : remove(response));
    }

    private CompletableFuture<Boolean> isOwn(ObjectRef volume) {
        return objects.inspector()
                .inspect(volume.query(), trial.clientSide())
                .thenApply(found -> found.object(Subject.VOLUME)
                        .filter(object -> volume.isOwn(rules, trial.operation(), object))
                        .isPresent());
    }

    /** Removes the container with its anonymous volumes. Returns false. */
    private CompletableFuture<Boolean> remove(ByteBuffer response) {
        String id = id(response);
        if (!ObjectIds.isFull(id)) {
            LOG.warn("A new container has a volume of others, and the daemon did not tell its id");
            return CompletableFuture.completedFuture(false);
        }
        return objects.query()
                .delete("/containers/" + id + "?force=1&v=1", trial.clientSide())
                .handle((answer, failure) -> {
                    if (answer == null || answer.status() != HttpStatus.NO_CONTENT_204) {
                        LOG.warn("The new container {} has a volume of others, and could not be removed", id, failure);
                    }
                    return false;
                });
    }

    private static String id(ByteBuffer response) {
        try {
            return StrictJson.read(response) instanceof JsonObject created ? created.text("Id") : "";
        } catch (InvalidJsonException unreadable) {
            return "";
        }
    }
}
