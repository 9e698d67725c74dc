package org.socketproxy.daemon;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.socketproxy.client.OwnLabels;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.json.StrictJson;

/**
 * Asks the daemon for labels of containers, without those whose key a label of the image has. Neither changes while a container
 * exists, so each container is asked for once.
 *
 * <p>Threading: never blocks; one query after the other, as {@link LocalContainerQuery}.
 *
 * <p>Security: the labels of a container that the daemon does not describe are not known; one without its image has none.
 */
final class ContainerLabels {
    /** Further containers are asked for with the next query. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private static final Set<String> MEMBERS =
            Set.of("Config", "Labels", "Image", "Architecture", "ImageManifestDescriptor", "platform", "architecture");

    private final DaemonQuery query;
    private volatile OwnLabels known = OwnLabels.NONE;

    ContainerLabels(DaemonQuery query) {
        this.query = query;
    }

    /** Reads the members of a description. */
    private static final class DescriptionReader extends ResponseReader<JsonObject> {
        private JsonObject description = JsonObject.EMPTY;

        DescriptionReader(Set<String> keys) {
            super(JsonElements.VALUE, with(keys));
        }

        private static Set<String> with(Set<String> keys) {
            Set<String> members = new HashSet<>(MEMBERS);
            members.addAll(keys);
            return members;
        }

        @Override
        protected int read(ByteBuffer element) {
            description = StrictJson.object(element);
            return 0;
        }

        @Override
        protected JsonObject result() {
            return description;
        }
    }

    /** @param containers ids; others, such as those of tasks on other nodes, have no labels */
    CompletableFuture<OwnLabels> ask(Set<String> containers, Set<String> keys) {
        if (keys.isEmpty()) {
            known = OwnLabels.NONE;
            return CompletableFuture.completedFuture(OwnLabels.NONE);
        }
        Map<String, Map<String, String>> found =
                new HashMap<>(known.keys().equals(keys) ? known.byContainer() : Map.of());
        found.keySet().retainAll(containers);
        Set<String> missing = new HashSet<>();
        for (String id : containers) {
            if (!ObjectIds.isFull(id)) {
                found.put(id, Map.of());
            } else if (!found.containsKey(id)) {
                missing.add(id);
            }
        }
        return describe(missing.iterator(), keys, found, System.nanoTime() + LIMIT.toNanos())
                .thenApply(any -> {
                    OwnLabels described = new OwnLabels(keys, found);
                    known = described;
                    return described;
                });
    }

    private CompletableFuture<Void> describe(
            Iterator<String> missing, Set<String> keys, Map<String, Map<String, String>> found, long deadline) {
        if (!missing.hasNext() || System.nanoTime() - deadline > 0) {
            return CompletableFuture.completedFuture(null);
        }
        String id = missing.next();
        return inspect("/containers/" + id + "/json", keys)
                .thenCompose(container -> own(container.orElseThrow(), keys))
                .thenAccept(labels -> found.put(id, labels))
                .exceptionally(unknown -> null)
                .thenCompose(any -> describe(missing, keys, found, deadline));
    }

    private CompletableFuture<Map<String, String>> own(JsonObject container, Set<String> keys) {
        Map<String, String> labels = labels(container, keys);
        if (labels.isEmpty()) {
            return CompletableFuture.completedFuture(labels);
        }
        String image = URLEncoder.encode(container.text("Image"), StandardCharsets.UTF_8);
        return inspect("/images/" + image + "/json", keys)
                .thenApply(found -> found.filter(described -> isOf(described, container))
                        .map(described ->
                                without(labels, labels(described, keys).keySet()))
                        .orElse(Map.of()));
    }

    /** Returns false if the daemon describes the image for another processor than that of the container. */
    private static boolean isOf(JsonObject image, JsonObject container) {
        String architecture =
                container.object("ImageManifestDescriptor").object("platform").text("architecture");
        return architecture.isEmpty() || architecture.equals(image.text("Architecture"));
    }

    private static Map<String, String> without(Map<String, String> labels, Set<String> keys) {
        Map<String, String> own = new HashMap<>(labels);
        own.keySet().removeAll(keys);
        return Map.copyOf(own);
    }

    private static Map<String, String> labels(JsonObject described, Set<String> keys) {
        Map<String, String> labels = new HashMap<>();
        described.object("Config").object("Labels").members().forEach((key, value) -> {
            if (keys.contains(key) && value instanceof JsonString text) {
                labels.put(key, text.text());
            }
        });
        return Map.copyOf(labels);
    }

    /** Returns empty for an object that does not exist; fails without a usable answer. */
    private CompletableFuture<Optional<JsonObject>> inspect(String target, Set<String> keys) {
        DescriptionReader reader = new DescriptionReader(keys);
        return query.get(target, null, reader).thenApply(answer -> {
            if (answer.status() == HttpStatus.NOT_FOUND_404) {
                return Optional.empty();
            }
            JsonObject description = answer.status() == HttpStatus.OK_200 ? reader.facts() : null;
            if (description == null) {
                throw new IllegalStateException("the daemon answered with the status " + answer.status());
            }
            return Optional.of(description);
        });
    }
}
