package org.socketproxy.policy.create;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.value.ValueRule;

/** Checks the requirements on a body, and that it has an image if {@code CREATE_IMAGES} is set. */
final class RequirementChecks {
    private static final int LONGEST_UID = 9;
    /** The requirements for which a build has no parameter. */
    private static final List<Requirement> OF_NO_STEP =
            List.of(Requirement.PIDS, Requirement.NON_ROOT, Requirement.READ_ONLY, Requirement.NO_NEW_PRIVILEGES);

    private final BodyValue body;
    private final BodyShape shape;
    private final Requirements requirements;

    private RequirementChecks(BodyValue body, BodyShape shape) {
        this.body = body;
        this.shape = shape;
        this.requirements = body.rules().requirements();
    }

    static void check(BodyValue body, @Nullable BodyShape shape) {
        if (shape == null) {
            return;
        }
        RequirementChecks checks = new RequirementChecks(body, shape);
        switch (shape.kind()) {
            case CONTAINER, LIBPOD_CONTAINER, SERVICE -> checks.container();
            case POD -> checks.pod();
            case BUILD -> checks.build();
            case UPDATE, LIBPOD_UPDATE -> checks.update();
            case EXEC -> checks.exec();
        }
    }

    private void container() {
        image();
        limit(Requirement.MEMORY, shape.memory());
        swap();
        limit(Requirement.PIDS, shape.pids());
        BodyValue user = body.at(shape.user());
        require(Requirement.NON_ROOT, user, isNonRoot(user.text()));
        BodyValue readOnly = body.at(shape.readOnly());
        require(Requirement.READ_ONLY, readOnly, readOnly.isTrue());
        noNewPrivileges(shape.kind() == BodyShape.Kind.CONTAINER);
    }

    /** Judges the infra container, into which a client can run commands. Each other container of the pod is judged for itself. */
    private void pod() {
        BodyValue noInfra = body.member("no_infra");
        if (noInfra.isTrue()) {
            return;
        }
        image();
        if (body.member("share_parent").json() == JsonLiteral.FALSE) {
            require(Requirement.MEMORY, body.at(shape.memory()), false);
        } else {
            limit(Requirement.MEMORY, shape.memory());
        }
        swap();
        noNewPrivileges(true);
        for (Requirement requirement : List.of(Requirement.PIDS, Requirement.NON_ROOT, Requirement.READ_ONLY)) {
            if (requirements.has(requirement)) {
                noInfra.report(
                        Kind.REQUIRED,
                        "no_infra must be true, because the infra container of a pod cannot have "
                                + requirement.meaning() + ", and CREATE_REQUIRE has " + requirement.word());
            }
        }
    }

    /** The Dockerfile decides about the user of a step, and the daemon about the rest. */
    private void build() {
        if (body.has(CreatePermission.BUILD_UNLIMITED)) {
            return;
        }
        limit(Requirement.MEMORY, shape.memory());
        swap();
        for (Requirement requirement : OF_NO_STEP) {
            if (requirements.has(requirement)) {
                String subject = "a step of a build cannot have " + requirement.meaning() + ", and CREATE_REQUIRE has "
                        + requirement.word();
                body.report(Kind.REQUIRED, subject, Remedy.of(CreatePermission.BUILD_UNLIMITED, null));
            }
        }
    }

    /** An update must not remove a limit: dockerd ignores a memory of 0, but 0 removes the limit of processes. */
    private void update() {
        BodyValue memory = body.at(shape.memory());
        if (isUpdated(memory) && !(shape.kind() == BodyShape.Kind.UPDATE && memory.isZero())) {
            limit(Requirement.MEMORY, shape.memory());
        }
        swap();
        if (isUpdated(body.at(shape.pids()))) {
            limit(Requirement.PIDS, shape.pids());
        }
    }

    private boolean isUpdated(BodyValue value) {
        BodyValue parent = value.parent();
        return shape.kind() == BodyShape.Kind.UPDATE
                ? value.json() instanceof JsonNumber
                : parent != null && parent.object().members().containsKey(value.name());
    }

    /** Without a user the command has the user of the container. */
    private void exec() {
        BodyValue user = body.at(shape.user());
        require(Requirement.NON_ROOT, user, user.text().isEmpty() || isNonRoot(user.text()));
    }

    private void image() {
        BodyValue image = body.at(shape.image());
        if (body.rules().images().isLimited() && image.text().isEmpty()) {
            image.report(Kind.REQUIRED, image.dotted() + " is missing, and CREATE_IMAGES asks for one");
        }
    }

    private void limit(Requirement requirement, String path) {
        BodyValue value = body.at(path);
        if (!isNumberUpTo(value, Long.MAX_VALUE)) {
            require(requirement, value, false);
            return;
        }
        long limit = requirements.limit(requirement);
        require(requirement, value, requirement.meaning() + upTo(limit), isNumberUpTo(value, limit));
        if (requirement == Requirement.MEMORY) {
            claimMemory(DefaultClaim.Kind.MEMORY, value, requirement.meaning() + " of at most");
        }
    }

    /** Without a value the daemon allows as much swap as memory. The value is the sum of memory and swap, but not for a service. */
    private void swap() {
        boolean isSum = shape.kind() != BodyShape.Kind.SERVICE;
        BodyValue value = body.at(shape.swap());
        boolean isSet = value.json() instanceof JsonNumber && !value.isZero();
        long limit = requirements.limit(Requirement.MEMORY) * (isSum ? 2 : 1);
        String meaning = isSum ? "a limit of memory and swap" : "a limit of swap";
        require(Requirement.MEMORY, value, meaning + upTo(limit), !isSet || isNumberUpTo(value, limit));
        if (isSet && isSum) {
            claimMemory(DefaultClaim.Kind.MEMORY_AND_SWAP, value, meaning + " of at most twice");
        } else if (isSet) {
            claimMemory(DefaultClaim.Kind.MEMORY, value, meaning + " of at most");
        }
    }

    /** Without a configured limit the daemon decides: no container gets more memory than its machine has. */
    private void claimMemory(DefaultClaim.Kind kind, BodyValue value, String meaning) {
        if (requirements.has(Requirement.MEMORY)
                && !requirements.hasLimit(Requirement.MEMORY)
                && value.json() instanceof JsonNumber number) {
            String subject = unmet(Requirement.MEMORY, value, meaning + " the memory of the daemon's machine");
            Violation violation = new Violation(Kind.REQUIRED, value.pointer(), subject, null);
            body.validation().claims().add(new DefaultClaim(kind, List.of(number.text()), violation));
        }
    }

    private static String upTo(long limit) {
        return " of at most " + limit;
    }

    private static boolean isNumberUpTo(BodyValue value, long limit) {
        return value.json() instanceof JsonNumber number
                && ValueRule.of("int:1.." + limit).problem(number.text()) == null;
    }

    private void noNewPrivileges(boolean isOption) {
        BodyValue value = body.at(shape.noNewPrivileges());
        require(Requirement.NO_NEW_PRIVILEGES, value, isOption ? hasNoNewPrivileges(value) : value.isTrue());
    }

    /** The daemon reads the last one of several options of this name. */
    private static boolean hasNoNewPrivileges(BodyValue options) {
        List<String> named = options.json() instanceof JsonArray
                ? options.strings().stream()
                        .map(BodyValue::text)
                        .filter(option -> option.startsWith("no-new-privileges"))
                        .toList()
                : List.of();
        return !named.isEmpty() && PrivilegeChecks.NO_NEW_PRIVILEGES.containsAll(named);
    }

    private static boolean isNonRoot(String user) {
        String uid = user.split(":", 2)[0];
        return !uid.isEmpty()
                && uid.length() <= LONGEST_UID
                && uid.chars().allMatch(c -> c >= '0' && c <= '9')
                && uid.chars().anyMatch(c -> c != '0');
    }

    private void require(Requirement requirement, BodyValue value, boolean isMet) {
        require(requirement, value, requirement.meaning(), isMet);
    }

    private void require(Requirement requirement, BodyValue value, String meaning, boolean isMet) {
        if (!isMet && requirements.has(requirement)) {
            value.report(Kind.REQUIRED, unmet(requirement, value, meaning));
        }
    }

    private static String unmet(Requirement requirement, BodyValue value, String meaning) {
        return value.dotted() + " must be " + meaning + ", because CREATE_REQUIRE has " + requirement.word();
    }
}
