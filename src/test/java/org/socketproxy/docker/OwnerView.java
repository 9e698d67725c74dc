package org.socketproxy.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Predicate;
import org.socketproxy.docker.TargetWorld.Owner;

/**
 * Says what an owner may see of an answer of the daemon, by the label {@code owner} of the objects. Images of the owner who is
 * confined by references are those with a reference of the owner. Shares no code with the proxy.
 *
 * @param containers ids of the owner's containers
 * @param services ids of the owner's services
 */
record OwnerView(Owner owner, Set<String> containers, Set<String> services) {
    static OwnerView of(Owner owner, TargetWorld world) throws IOException {
        OwnerView view = new OwnerView(owner, new HashSet<>(), new HashSet<>());
        world.direct("/containers/json?all=1").forEach(each -> {
            if (view.isOwn(each)) {
                view.containers.add(each.get("Id").textValue());
            }
        });
        world.direct("/services").forEach(each -> {
            if (view.isOwn(each)) {
                view.services.add(each.get("ID").textValue());
            }
        });
        return view;
    }

    /** Tells whether an element of a list is the owner's, by its labels. */
    boolean isOwn(JsonNode element) {
        JsonNode labels = element.has("Spec") ? element.at("/Spec/Labels") : element.path("Labels");
        return labels.path("owner").asText().equals(owner.word());
    }

    /** Tells whether the owner may use a name of an image that is the owner's by its labels, or may be. */
    boolean isOwnReference(String reference) {
        return owner != Owner.GREEN || reference.startsWith("green/");
    }

    private boolean isOwnReference(JsonNode reference) {
        return isOwnReference(reference.textValue());
    }

    /** Returns what the owner may see of an answer; changes the answer. */
    JsonNode of(String target, JsonNode answer) {
        switch (target.split("[?]")[0]) {
            case "/containers/json", "/networks", "/services", "/secrets", "/configs" -> keep(answer, this::isOwn);
            case "/images/json" -> keepImages(answer, false);
            case "/volumes" -> keep(answer.get("Volumes"), this::isOwn);
            case "/tasks" ->
                keep(answer, task -> services.contains(task.path("ServiceID").asText()));
            case "/system/df" -> {
                keep(answer.path("Containers"), this::isOwn);
                keep(answer.path("Volumes"), this::isOwn);
                keepImages(answer.path("Images"), true);
            }
            default -> throw new IllegalArgumentException(target);
        }
        return answer;
    }

    /** The number of containers of an image, which dockerd counts since API 1.51, is hidden in lists. */
    private void keepImages(JsonNode images, boolean isCounted) {
        keep(images, image -> {
            if (!isCounted) {
                ((ObjectNode) image).put("Containers", -1);
            }
            keep(image.get("RepoTags"), this::isOwnReference);
            keep(image.get("RepoDigests"), this::isOwnReference);
            return owner == Owner.GREEN ? !image.get("RepoTags").isEmpty() : isOwn(image);
        });
    }

    private static void keep(JsonNode list, Predicate<JsonNode> isKept) {
        if (list instanceof ArrayNode array) {
            for (Iterator<JsonNode> each = array.iterator(); each.hasNext(); ) {
                if (!isKept.test(each.next())) {
                    each.remove();
                }
            }
        }
    }

    /** Returns what the owner may see of the description of an own object; changes the description. */
    JsonNode ofOne(String target, ObjectNode description) {
        if (target.startsWith("/networks/")) {
            ((ObjectNode) description.get("Containers")).retain(containers);
        } else if (target.startsWith("/images/")) {
            keep(description.get("RepoTags"), this::isOwnReference);
            keep(description.get("RepoDigests"), this::isOwnReference);
        }
        return description;
    }
}
