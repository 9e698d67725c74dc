package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * Facts that only Podman's own description of a container has. A start request also starts its dependencies, with and without
 * {@code recursive}.
 *
 * @param pod id of its pod; empty if it is in none
 * @param hasDependencies whether it depends on other containers
 * @param logTag template that Podman expands at each start
 * @param dependencies full ids; empty for an element with another form
 */
public record PodmanContainer(
        String pod, boolean isReadable, boolean hasDependencies, String logTag, List<String> dependencies) {
    private static final String DEPENDENCIES = "Dependencies";

    public PodmanContainer {
        dependencies = List.copyOf(dependencies);
    }

    /** Reads the daemon's response to ContainerInspectLibpod. */
    public static PodmanContainer read(CreateRules rules, ByteBuffer inspect) {
        JsonObject container = StrictJson.object(inspect);
        if (!ObjectIds.isFull(container.text("Id"))) {
            return new PodmanContainer("", false, false, "", List.of());
        }
        JsonValue value = container.get(DEPENDENCIES);
        List<String> ids = value instanceof JsonArray array
                ? array.elements().stream()
                        .map(id -> id instanceof JsonString string ? string.text() : "")
                        .toList()
                : List.of();
        String logTag = container.object("HostConfig").object("LogConfig").text("Tag");
        return new PodmanContainer(container.text("Pod"), true, !value.isZero(), logTag, ids);
    }

    /**
     * Judges a start of the container.
     *
     * @param judged ids of the containers that the rules allow
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
