package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.create.BindRules.AllowedBind;
import org.socketproxy.policy.create.BodyShape.Part;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * The rules of {@code CREATE=safe}: judges the operation, the query, the headers of the body, and the body of a request.
 *
 * <p>Security: an unknown field, an unknown parameter, an unexpected type and text that is not strict JSON are denied.
 *
 * @param maxBodyBytes the largest body that is judged
 */
public record CreateRules(
        CreateAllowances permissions,
        BindRules binds,
        ImageRules images,
        Requirements requirements,
        int maxBodyBytes,
        ProfileFacts facts) {
    /** Setting of a confined profile. */
    public static final String CONFINED = "TARGETS";

    /** Loaded at the first use, because a proxy without {@code CREATE=safe} does not need it. */
    private static final class Table {
        static final FieldTable LOADED = FieldTable.load();
    }

    public CreateRules(
            CreateAllowances permissions,
            BindRules binds,
            ImageRules images,
            Requirements requirements,
            int maxBodyBytes) {
        this(permissions, binds, images, requirements, maxBodyBytes, ProfileFacts.NONE);
    }

    public CreateRules(
            CreateAllowances permissions,
            BindRules binds,
            ImageRules images,
            Set<Requirement> requirements,
            int maxBodyBytes) {
        this(permissions, binds, images, Requirements.of(requirements), maxBodyBytes);
    }

    public CreateRules with(Set<String> granted) {
        return with(new ProfileFacts(granted, clientLabels()));
    }

    /** Returns these rules with labels that clients do not give. */
    public CreateRules with(ClientLabels labels) {
        return with(new ProfileFacts(facts.variables(), labels));
    }

    private CreateRules with(ProfileFacts others) {
        return new CreateRules(permissions, binds, images, requirements, maxBodyBytes, others);
    }

    /** Returns these rules with other variables; the profile stays confined. */
    public CreateRules granting(Set<String> granted) {
        return with(facts.granting(granted));
    }

    public ClientLabels clientLabels() {
        return facts.clientLabels();
    }

    /** Returns true if one of these variables is on, or one of these elements of {@code CREATE_ALLOW} is given for all arguments. */
    public boolean grantsAny(Set<String> names) {
        return names.stream()
                .anyMatch(name -> facts.variables().contains(name)
                        || CreatePermission.of(name).filter(permissions::has).isPresent());
    }

    /** Returns the first setting that gives a client root on the host, such as {@code BINDS=/etc}; null without one. */
    public @Nullable String rootSetting() {
        String permission = permissions().root();
        return permission != null
                ? "CREATE_ALLOW=" + permission
                : binds().allowed().stream()
                        .filter(bind -> bind.isRoot(!permissions.has(CreatePermission.BINDS_UNPROTECTED)))
                        .findFirst()
                        .map(bind -> "BINDS=" + bind)
                        .orElse(null);
    }

    /** Returns the elements of {@code BINDS} below which a volume of the proxy replaces a bind. */
    public List<AllowedBind> protectedBinds() {
        return permissions.has(CreatePermission.BINDS_UNPROTECTED) ? List.of() : binds.roots();
    }

    /** Returns true if volumes of the proxy can replace binds in the body of an operation. */
    public boolean isProtecting(Operation operation) {
        BodyShape shape = BodyShape.of(operation.id());
        return shape != null && shape.kind() == BodyShape.Kind.CONTAINER && isReplacingBinds();
    }

    /** Returns true if the proxy puts other mounts in place of binds. */
    public boolean isReplacingBinds() {
        return binds.own() != null || !protectedBinds().isEmpty();
    }

    public CreateRules with(BindRules others) {
        return new CreateRules(permissions, others, images, requirements, maxBodyBytes, facts);
    }

    public CreateRules with(CreateAllowances others) {
        return new CreateRules(others, binds, images, requirements, maxBodyBytes, facts);
    }

    /** Returns true if a container may be created again with the rights that it had. */
    public boolean isRecreateAllowed() {
        return permissions.has(CreatePermission.RECREATE);
    }

    /** Returns true if no process may be root. */
    public boolean isNonRootRequired() {
        return requirements.has(Requirement.NON_ROOT);
    }

    /** Returns true if no container begins as root, but a set-uid file of its image can make its user root. */
    public boolean isSetUidPossible() {
        return isNonRootRequired() && !requirements.has(Requirement.NO_NEW_PRIVILEGES);
    }

    /** Returns the denial of the start of an exec that has the user of its container. */
    public Violation rootOfContainer() {
        return RequirementChecks.execAsRoot(BodyValue.root(new BodyValidation(this), JsonObject.EMPTY));
    }

    /** Returns true if the rules have the element of a setting that would allow a part of a body. */
    public boolean has(Remedy remedy) {
        String value = remedy.value();
        return switch (remedy.setting()) {
            case "BINDS" -> {
                String[] parts = value.split(":", 2); // the path of a remedy has no colon
                yield binds.allowed().stream().anyMatch(each -> each.allows(parts[0], parts.length > 1));
            }
            case "CREATE_ALLOW" ->
                permissions.words().stream().anyMatch(word -> value.equals(word) || value.startsWith(word + ":"));
            case "CREATE_IMAGES" -> images.allows(value);
            default -> true;
        };
    }

    /** Returns true if a client may stop or remove only containers that it could create again. */
    public boolean isRecreatableRequired() {
        return requirements.has(Requirement.RECREATABLE);
    }

    /** Returns true if the rules judge something of an operation. */
    public boolean concerns(Operation operation) {
        return isBodyJudged(operation)
                || Table.LOADED.query(operation.id()) != null
                || reason(operation) != null
                || !operation.rules().createPermission().isEmpty();
    }

    /** Returns the ids of the operations with a judged body. */
    public static Set<String> judgedBodies() {
        return Table.LOADED.bodies();
    }

    public static boolean isBodyJudged(Operation operation) {
        return Table.LOADED.body(operation.id()) != null;
    }

    /** Returns true if the body of an operation has a field with this case-insensitive name. */
    public static boolean isBodyField(Operation operation, String name) {
        return Table.LOADED.hasField(operation.id(), name);
    }

    /** Returns the member of a body with the labels of the new or updated object; null for other bodies. */
    static @Nullable String labelMember(Operation operation) {
        Field body = Table.LOADED.body(operation.id());
        return body == null
                ? null
                : Stream.of("Labels", "labels")
                        .filter(name -> body.member(name) != null)
                        .findFirst()
                        .orElse(null);
    }

    /** Returns true if the body of an operation describes new containers, or the containers of a service. */
    public static boolean isCreatingContainers(Operation operation) {
        BodyShape shape = BodyShape.of(operation.id());
        return shape != null && !shape.path(Part.IMAGE).isEmpty();
    }

    /** Returns why an operation is denied as a whole, as the end of a sentence, or null. A write of a newer Podman is denied too. */
    private static @Nullable String reason(Operation operation) {
        OperationRules facts = operation.rules();
        if (!facts.createDenial().isEmpty()) {
            return facts.createDenial();
        }
        boolean isUnknown = operation.isLibpod() && operation.write().isAlways() && !facts.isCreateAllowed();
        return isUnknown ? "is a write of Podman's own API that the proxy does not judge" : null;
    }

    /** Returns the denial of an operation that cannot be judged, or null. */
    public static @Nullable Violation wholeDenial(Operation operation) {
        String reason = reason(operation);
        return reason == null ? null : whole(operation, reason);
    }

    /** Returns the denial of an operation as a whole by these rules, or null. */
    public @Nullable Violation denial(Operation operation) {
        OperationRules facts = operation.rules();
        String word = facts.createPermission();
        if (word.isEmpty()) {
            return wholeDenial(operation);
        }
        CreatePermission permission = CreatePermission.of(word).orElseThrow();
        return permissions.has(permission)
                ? null
                : whole(operation, facts.permissionReason(), Remedy.of(permission, null));
    }

    private static Violation whole(Operation operation, String reason) {
        return whole(operation, reason, null);
    }

    private static Violation whole(Operation operation, String reason, @Nullable Remedy remedy) {
        return new Violation(Kind.WHOLE, "", operation.id() + " (" + operation.signature() + ") " + reason, remedy);
    }

    /**
     * Judges everything but the body.
     *
     * @param contentTypes values of the header Content-Type
     * @param contentEncodings values of the header Content-Encoding
     * @param hasBody whether the request has a body
     * @return empty if the request is allowed so far
     */
    public List<Violation> judgeHead(
            Operation operation,
            RequestTarget target,
            List<String> contentTypes,
            List<String> contentEncodings,
            boolean hasBody) {
        Violation whole = denial(operation);
        if (whole != null) {
            return List.of(whole);
        }
        BodyValidation validation = judgeQuery(operation, target);
        if (hasBody && isBodyJudged(operation)) {
            validation.checkHeaders(operation, contentTypes, contentEncodings);
        }
        return validation.violations();
    }

    private BodyValidation judgeQuery(Operation operation, RequestTarget target) {
        BodyValidation validation = new BodyValidation(this);
        Map<String, List<Field.Rule>> query = Table.LOADED.query(operation.id());
        if (query != null) {
            QueryChecks.check(validation, query, target.parameters());
        }
        NetworkRequirements.connect(validation, operation, target);
        BodyShape shape = BodyShape.of(operation.id());
        if (shape != null && shape.kind() == BodyShape.Kind.BUILD) {
            RequirementChecks.check(QueryChecks.numbers(validation, target.parameters()), shape);
        }
        return validation;
    }

    /**
     * Returns the body without the members that the rules remove, such as a command line that an administrator could run later.
     *
     * @param body any bytes; a body without such members, or that is not strict JSON, is returned as it is
     */
    public static JsonBody withoutRemoved(Operation operation, JsonBody body) {
        Field field = Table.LOADED.body(operation.id());
        try {
            if (field != null && !body.isEmpty() && body.read() instanceof JsonObject object) {
                Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
                if (members.keySet().removeIf(field::isRemoved)) {
                    return JsonBody.of(JsonText.write(new JsonObject(members)));
                }
            }
        } catch (InvalidJsonException unreadable) {
            // The judge of the body denies it.
        }
        return body;
    }

    /**
     * Judges a body.
     *
     * @param operation an operation with a judged body
     * @param body without bytes it is read as an empty object
     * @return empty if the body is allowed
     * @throws IllegalArgumentException if the table does not have the operation
     */
    public List<Violation> judgeBody(Operation operation, JsonBody body) {
        BodyValidation validation = new BodyValidation(this);
        Field field = Table.LOADED.body(operation.id());
        if (field == null) {
            throw new IllegalArgumentException("The body of " + operation.id() + " is not judged");
        }
        JsonObject object = validation.read(body);
        if (object != null) {
            BodyShape shape = BodyShape.of(operation.id());
            BodyValue value = BodyValue.root(validation, object);
            validation.judge(field, value);
            RequirementChecks.check(value, shape);
            NetworkRequirements.check(value, operation, shape);
            GuardedField.check(value, operation.id());
            ClientLabels.check(value, shape);
            if (shape != null && shape.volumes(object).size() > BodyShape.MOST_VOLUMES) {
                validation.denyForm("the body names more than " + BodyShape.MOST_VOLUMES + " volumes");
            }
        }
        body.keep(new Unjudged.Claims(operation, permissions, requirements, validation.claims()));
        return validation.violations();
    }

    /** Returns a violation for each field of a body that needs a variable, and for a body that is not strict JSON. */
    List<Violation> guarded(Operation operation, JsonBody body, String variable) {
        BodyValidation validation = new BodyValidation(this);
        JsonObject object = validation.read(body);
        if (object != null) {
            Field row = Objects.requireNonNull(Table.LOADED.body(operation.id()));
            GuardedField.report(BodyValue.root(validation, object), operation.id(), variable, row);
        }
        return validation.violations();
    }

    /** Returns the values that are allowed only if they are the daemon's defaults, from a body that is allowed otherwise. */
    public List<DefaultClaim> claims(Operation operation, JsonBody body) {
        if (!isBodyJudged(operation)) {
            return List.of();
        }
        if (!(body.finding() instanceof Unjudged.Claims found) || !found.isOf(this, operation)) {
            judgeBody(operation, body);
        }
        return body.finding() instanceof Unjudged.Claims found ? found.claims() : List.of();
    }

    /** Returns the conditions on the daemon under which an operation and its query are allowed. */
    public List<DefaultClaim> claims(Operation operation, RequestTarget target) {
        String onPodman = NetworkRequirements.denialOnPodman(operation, requirements);
        if (onPodman.isEmpty()) {
            return List.of();
        }
        List<DefaultClaim> claims = new ArrayList<>();
        Violation denial = whole(operation, "on Podman " + onPodman);
        claims.add(new DefaultClaim(DefaultClaim.Kind.DOCKERD, List.of(), denial));
        claims.addAll(judgeQuery(operation, target).claims());
        return claims;
    }

    /** Judges the daemon's response to ContainerInspect. */
    public ContainerVerdict judgeContainer(ByteBuffer inspect) {
        return ContainerJudge.judge(this, Objects.requireNonNull(Table.LOADED.body("ContainerCreate")), inspect);
    }

    /** Judges the daemon's response to PodInspectLibpod, without the containers of the pod. */
    public PodVerdict judgePod(ByteBuffer inspect) {
        return PodVerdict.judge(this, inspect);
    }

    /** Returns the names of the volumes in an allowed body. The daemon creates a missing volume. */
    public static List<String> volumes(Operation operation, JsonBody body) {
        BodyShape shape = BodyShape.of(operation.id());
        return shape == null ? List.of() : List.copyOf(shape.volumes(body.object()));
    }

    /** Judges the daemon's response to VolumeInspect. A description of another volume than {@code asked} is a violation. */
    public List<Violation> judgeVolume(String asked, ByteBuffer inspect) {
        return MountChecks.existing(this, asked, inspect);
    }

    /** Judges the daemon's response to ExecInspect. The verdict has the full id of the exec's container. */
    public ContainerVerdict judgeExec(ByteBuffer inspect) {
        return ContainerJudge.judgeExec(this, inspect);
    }
}
