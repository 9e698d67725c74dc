package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.Requirements.Requirement;

/**
 * Fields of an existing container that keep a profile from creating it again. Values that the daemon has added do not count,
 * because a client could leave them out.
 *
 * @param name without its slash
 * @param obstacles violations of the container, without violations of its volumes
 * @param claims its limits of memory, which are compared with the memory of the daemon's machine
 * @param hasAllowedImage whether {@code CREATE_IMAGES} has its image
 */
public record Recreation(
        String name, boolean isRunning, List<Violation> obstacles, List<DefaultClaim> claims, boolean hasAllowedImage) {
    /** The facts of a container that the proxy cannot read. */
    public static final Recreation NONE = new Recreation("", false, List.of(), List.of(), false);

    public Recreation {
        obstacles = List.copyOf(obstacles);
        claims = List.copyOf(claims);
    }

    /**
     * Judges a container that the client wants to stop or remove.
     *
     * @param verdict the judgement on its host configuration and its mounts
     * @param inspect the daemon's response to ContainerInspect
     */
    public static Recreation read(CreateRules rules, ContainerVerdict verdict, ByteBuffer inspect) {
        JsonObject container = StrictJson.object(inspect);
        if (verdict.id().isEmpty()) {
            return NONE;
        }
        JsonObject config = container.object("Config");
        BodyValidation ofImage = new BodyValidation(rules);
        ImageChecks.image(BodyValue.root(ofImage, config).member("Image"));
        BodyValidation required = new BodyValidation(rules);
        JsonObject body = new JsonObject(Map.of(
                "Image", config.get("Image"),
                "User", config.get("User"),
                "Labels", config.get("Labels"),
                "HostConfig", container.object("HostConfig")));
        BodyShape shape = BodyShape.of("ContainerCreate");
        RequirementChecks.check(BodyValue.root(required, body), shape);
        ClientLabels.check(BodyValue.root(required, body), shape);
        List<Violation> obstacles = new ArrayList<>(verdict.violations());
        obstacles.removeIf(Violation::isOfUnprotectedBind); // the new container gets a volume
        obstacles.addAll(ContainerVerdict.about(ofImage.violations()));
        obstacles.addAll(ContainerVerdict.about(required.violations()));
        return new Recreation(
                container.text("Name").replaceFirst("^/", ""),
                container.object("State").get("Running") == JsonLiteral.TRUE,
                obstacles,
                required.claims(),
                ofImage.violations().isEmpty() && rules.images().isLimited());
    }

    /** Returns the obstacles, and limits of memory above the memory of the daemon's machine. */
    public List<Violation> obstacles(DaemonDefaults defaults) {
        List<Violation> all = new ArrayList<>(obstacles);
        all.addAll(ContainerVerdict.about(defaults.violations(claims)));
        return all;
    }

    /** Returns the denials by {@code CREATE_REQUIRE=recreatable}. */
    public static List<Violation> denials(List<Violation> obstacles) {
        return obstacles.stream()
                .map(obstacle -> new Violation(
                        Violation.Kind.REQUIRED,
                        obstacle.pointer(),
                        obstacle.subject() + ", so this profile could not create it again, and CREATE_REQUIRE has "
                                + Requirement.RECREATABLE.word(),
                        Violation.Remedy.of(CreatePermission.RECREATE, null),
                        obstacle.hostPath()))
                .toList();
    }
}
