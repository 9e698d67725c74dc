package org.socketproxy.policy.create;

import java.util.List;
import java.util.Map;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.value.ValueRule;

/** Judges what a body must have: the requirements, and an image if {@code CREATE_IMAGES} is set. */
final class RequirementCheck {
    private static final int LONGEST_UID = 9;
    private static final List<String> TASK = List.of("TaskTemplate", "ContainerSpec");
    private static final List<String> LIMITS = List.of("TaskTemplate", "Resources", "Limits");
    private static final List<String> HOST_CONFIG = List.of("HostConfig");
    private static final List<String> BODY = List.of();
    private static final List<String> LIBPOD_MEMORY = List.of("resource_limits", "memory");
    private static final List<String> LIBPOD_PIDS = List.of("resource_limits", "pids");
    private static final List<String> RESOURCES = List.of("TaskTemplate", "Resources");
    private static final String LIMIT = "limit";
    private static final String SWAP = "swap";
    private static final String MEMORY_SWAP = "MemorySwap";
    private static final String IMAGE = "Image";
    private static final String USER = "User";

    private final BodyValidation judgement;
    private final JsonObject body;

    private RequirementCheck(BodyValidation judgement, JsonObject body) {
        this.judgement = judgement;
        this.body = body;
    }

    /** Reports what the body of an operation lacks. */
    static void check(BodyValidation judgement, String operation, JsonObject body) {
        RequirementCheck check = new RequirementCheck(judgement, body);
        switch (operation) {
            case "ContainerCreate" -> check.container();
            case "ContainerCreateLibpod" -> check.libpodContainer();
            case "PodCreateLibpod" -> check.pod();
            case "ContainerUpdate" -> check.update();
            case "ContainerUpdateLibpod" -> check.libpodUpdate();
            case "ContainerExec", "ContainerExecLibpod" -> check.exec();
            case "ServiceCreate", "ServiceUpdate" -> check.service();
            default -> {}
        }
    }

    private void container() {
        image(BODY, IMAGE);
        requireLimit(Requirement.MEMORY, HOST_CONFIG, "Memory");
        requireSwap(HOST_CONFIG, MEMORY_SWAP, true);
        requireLimit(Requirement.PIDS, HOST_CONFIG, "PidsLimit");
        require(Requirement.NON_ROOT, BODY, USER, isNonRoot(BODY, USER));
        require(Requirement.READ_ONLY, HOST_CONFIG, "ReadonlyRootfs", isTrue(HOST_CONFIG, "ReadonlyRootfs"));
        require(
                Requirement.NO_NEW_PRIVILEGES,
                HOST_CONFIG,
                "SecurityOpt",
                hasNoNewPrivileges(HOST_CONFIG, "SecurityOpt"));
    }

    private void service() {
        image(TASK, IMAGE);
        requireLimit(Requirement.MEMORY, LIMITS, "MemoryBytes");
        requireSwap(RESOURCES, "SwapBytes", false);
        requireLimit(Requirement.PIDS, LIMITS, "Pids");
        require(Requirement.NON_ROOT, TASK, USER, isNonRoot(TASK, USER));
        require(Requirement.READ_ONLY, TASK, "ReadOnly", isTrue(TASK, "ReadOnly"));
        List<String> privileges = List.of("TaskTemplate", "ContainerSpec", "Privileges");
        require(Requirement.NO_NEW_PRIVILEGES, privileges, "NoNewPrivileges", isTrue(privileges, "NoNewPrivileges"));
    }

    /** An update must not remove a limit: 0 leaves the memory as it is, but removes the limit of processes. */
    private void update() {
        if (body.members().get("Memory") instanceof JsonNumber number && !number.isZero()) {
            requireLimit(Requirement.MEMORY, BODY, "Memory");
        }
        requireSwap(BODY, MEMORY_SWAP, true);
        if (body.members().get("PidsLimit") instanceof JsonNumber) {
            requireLimit(Requirement.PIDS, BODY, "PidsLimit");
        }
    }

    /** Without a user the command has the user of the container. */
    private void exec() {
        require(
                Requirement.NON_ROOT,
                BODY,
                USER,
                BodyValidation.string(body, USER).isEmpty() || isNonRoot(BODY, USER));
    }

    private void libpodContainer() {
        image(BODY, "image");
        requireLimit(Requirement.MEMORY, LIBPOD_MEMORY, LIMIT);
        requireSwap(LIBPOD_MEMORY, SWAP, true);
        requireLimit(Requirement.PIDS, LIBPOD_PIDS, LIMIT);
        require(Requirement.NON_ROOT, BODY, "user", isNonRoot(BODY, "user"));
        require(Requirement.READ_ONLY, BODY, "read_only_filesystem", isTrue(BODY, "read_only_filesystem"));
        require(Requirement.NO_NEW_PRIVILEGES, BODY, "no_new_privileges", isTrue(BODY, "no_new_privileges"));
    }

    /** Judges the infra container, into which a client can run commands. Each other container of the pod is judged for itself. */
    private void pod() {
        if (isTrue(BODY, "no_infra")) {
            return;
        }
        image(BODY, "infra_image");
        if (body.members().get("share_parent") == JsonLiteral.FALSE) {
            require(Requirement.MEMORY, LIBPOD_MEMORY, LIMIT, false);
        } else {
            requireLimit(Requirement.MEMORY, LIBPOD_MEMORY, LIMIT);
        }
        requireSwap(LIBPOD_MEMORY, SWAP, true);
        require(Requirement.NO_NEW_PRIVILEGES, BODY, "security_opt", hasNoNewPrivileges(BODY, "security_opt"));
        for (Requirement requirement : List.of(Requirement.PIDS, Requirement.NON_ROOT, Requirement.READ_ONLY)) {
            if (judgement.rules().requirements().has(requirement)) {
                judgement.report(
                        Kind.REQUIRED,
                        path(BODY, "no_infra"),
                        "no_infra must be true, because the infra container of a pod cannot have "
                                + requirement.meaning() + ", and CREATE_REQUIRE has " + requirement.word(),
                        null);
            }
        }
    }

    private void libpodUpdate() {
        List<String> memory = List.of("memory");
        List<String> pids = List.of("pids");
        if (members(memory).get(LIMIT) != null) {
            requireLimit(Requirement.MEMORY, memory, LIMIT);
        }
        requireSwap(memory, SWAP, true);
        if (members(pids).get(LIMIT) != null) {
            requireLimit(Requirement.PIDS, pids, LIMIT);
        }
    }

    private void image(List<String> parent, String member) {
        if (judgement.rules().images().isLimited() && text(parent, member).isEmpty()) {
            FieldPath path = path(parent, member);
            judgement.report(Kind.REQUIRED, path, path.dotted() + " is missing, and CREATE_IMAGES asks for one", null);
        }
    }

    private void requireLimit(Requirement requirement, List<String> parent, String member) {
        if (!isNumberUpTo(parent, member, Long.MAX_VALUE)) {
            require(requirement, parent, member, false);
            return;
        }
        long limit = judgement.rules().requirements().limit(requirement);
        require(requirement, parent, member, requirement.meaning() + upTo(limit), isNumberUpTo(parent, member, limit));
        if (requirement == Requirement.MEMORY) {
            claimMemory(DefaultClaim.Kind.MEMORY, parent, member, requirement.meaning() + " of at most");
        }
    }

    /**
     * Without a value the daemon allows as much swap as memory.
     *
     * @param isSum whether the value is the sum of memory and swap
     */
    private void requireSwap(List<String> parent, String member, boolean isSum) {
        boolean isSet = members(parent).get(member) instanceof JsonNumber number && !number.isZero();
        long limit = judgement.rules().requirements().limit(Requirement.MEMORY) * (isSum ? 2 : 1);
        String meaning = isSum ? "a limit of memory and swap" : "a limit of swap";
        require(
                Requirement.MEMORY,
                parent,
                member,
                meaning + upTo(limit),
                !isSet || isNumberUpTo(parent, member, limit));
        if (isSet) {
            DefaultClaim.Kind kind = isSum ? DefaultClaim.Kind.MEMORY_AND_SWAP : DefaultClaim.Kind.MEMORY;
            claimMemory(kind, parent, member, meaning + (isSum ? " of at most twice" : " of at most"));
        }
    }

    /** Without a configured limit the daemon decides: no container gets more memory than its machine has. */
    private void claimMemory(DefaultClaim.Kind kind, List<String> parent, String member, String meaning) {
        Requirements requirements = judgement.rules().requirements();
        if (requirements.has(Requirement.MEMORY)
                && !requirements.hasLimit(Requirement.MEMORY)
                && members(parent).get(member) instanceof JsonNumber number) {
            String sentence =
                    unmet(Requirement.MEMORY, path(parent, member), meaning + " the memory of the daemon's machine");
            Violation violation =
                    new Violation(Kind.REQUIRED, path(parent, member).pointer(), sentence, null);
            judgement.claim(new DefaultClaim(kind, List.of(number.text()), violation));
        }
    }

    private static String upTo(long limit) {
        return " of at most " + limit;
    }

    private boolean isNumberUpTo(List<String> parent, String member, long limit) {
        return members(parent).get(member) instanceof JsonNumber number
                && ValueRule.of("int:1.." + limit).problem(number.text()) == null;
    }

    private void require(Requirement requirement, List<String> parent, String member, boolean isMet) {
        require(requirement, parent, member, requirement.meaning(), isMet);
    }

    private void require(Requirement requirement, List<String> parent, String member, String meaning, boolean isMet) {
        if (!isMet && judgement.rules().requirements().has(requirement)) {
            FieldPath path = path(parent, member);
            judgement.report(Kind.REQUIRED, path, unmet(requirement, path, meaning), null);
        }
    }

    private static String unmet(Requirement requirement, FieldPath path, String meaning) {
        return path.dotted() + " must be " + meaning + ", because CREATE_REQUIRE has " + requirement.word();
    }

    private static FieldPath path(List<String> parent, String member) {
        FieldPath path = FieldPath.ROOT;
        for (String name : parent) {
            path = path.member(name);
        }
        return path.member(member);
    }

    private Map<String, JsonValue> members(List<String> parent) {
        JsonValue object = body;
        for (String name : parent) {
            object = new JsonObject(BodyValidation.members(object, name));
        }
        return ((JsonObject) object).members();
    }

    private String text(List<String> parent, String member) {
        return members(parent).get(member) instanceof JsonString string ? string.text() : "";
    }

    private boolean isTrue(List<String> parent, String member) {
        return members(parent).get(member) == JsonLiteral.TRUE;
    }

    private boolean isNonRoot(List<String> parent, String member) {
        String uid = text(parent, member).split(":", 2)[0];
        return !uid.isEmpty()
                && uid.length() <= LONGEST_UID
                && uid.chars().allMatch(c -> c >= '0' && c <= '9')
                && uid.chars().anyMatch(c -> c != '0');
    }

    /** The daemon reads the last one of several options of this name. */
    private boolean hasNoNewPrivileges(List<String> parent, String member) {
        List<String> options = members(parent).get(member) instanceof JsonArray array
                ? judgement.strings(array, path(parent, member))
                : List.of();
        return options.stream().anyMatch(SecurityOptionsCheck.NO_NEW_PRIVILEGES::contains)
                && options.stream()
                        .noneMatch(option -> option.startsWith("no-new-privileges")
                                && !SecurityOptionsCheck.NO_NEW_PRIVILEGES.contains(option));
    }
}
