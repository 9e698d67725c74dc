package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * Facts that only Podman's own description of a container has: its pod, and the containers on which it depends. A start request
 * starts those too, with and without {@code recursive}.
 *
 * @param pod id of its pod; empty if it is in none
 * @param isReadable whether the description has the expected form
 * @param hasDependencies whether it depends on other containers
 * @param logTag tag of its log, which Podman expands as a template at each start
 * @param dependencies full ids of these containers, as far as they are readable
 */
public record PodmanContainer(
        String pod, boolean isReadable, boolean hasDependencies, String logTag, List<String> dependencies) {
    private static final String DEPENDENCIES = "Dependencies";

    public PodmanContainer {
        dependencies = List.copyOf(dependencies);
    }

    /**
     * Reads a container.
     *
     * @param inspect the daemon's response to ContainerInspectLibpod
     */
    public static PodmanContainer read(CreateRules rules, ByteBuffer inspect) {
        try {
            if (StrictJson.read(inspect) instanceof JsonObject container
                    && ContainerJudge.FULL_ID.matcher(container.text("Id")).matches()) {
                JsonValue value = container.members().getOrDefault(DEPENDENCIES, JsonLiteral.NULL);
                List<String> ids = value instanceof JsonArray array
                        ? array.elements().stream()
                                .map(id -> id instanceof JsonString string ? string.text() : "")
                                .toList()
                        : List.of();
                String logTag =
                        container.object("HostConfig").object("LogConfig").text("Tag");
                return new PodmanContainer(container.text("Pod"), true, !value.isZero(), logTag, ids);
            }
        } catch (InvalidJsonException unreadable) {
            // Denied like an unexpected structure.
        }
        return new PodmanContainer("", false, false, "", List.of());
    }

    /**
     * Returns what the rules do not allow about the start of the container.
     *
     * @param judged ids of containers that the rules allow
     */
    public List<Violation> judgeStart(CreateRules rules, Collection<String> judged) {
        BodyValidation validation = new BodyValidation(rules);
        if (!isReadable) {
            validation.denyForm("the daemon's description of the container cannot be read");
            return validation.violations();
        }
        BodyValue root = BodyValue.root(validation, JsonObject.EMPTY);
        LogChecks.existingTag(root.at("HostConfig.LogConfig").member("Tag", new JsonString(logTag)));
        boolean areJudged = !hasDependencies || !dependencies.isEmpty() && judged.containsAll(dependencies);
        if (!areJudged) {
            root.member(DEPENDENCIES).require(CreatePermission.JOIN_CONTAINER, "are started too");
        }
        return ContainerVerdict.about(validation.violations());
    }
}
