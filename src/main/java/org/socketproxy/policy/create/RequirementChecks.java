package org.socketproxy.policy.create;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.create.BodyShape.Part;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.value.ValueRule;

/** Checks the requirements on a body, and that it has an image if {@code CREATE_IMAGES} is set. */
final class RequirementChecks {
    private static final int LONGEST_UID = 9;
    /** The requirements for which a build has no parameter. */
    private static final List<Requirement> OF_NO_STEP = Stream.of(Requirement.values())
            .filter(requirement -> requirement.isOfStep() && requirement != Requirement.MEMORY)
            .toList();
    /** The requirements that the infra container of a pod cannot have. */
    private static final List<Requirement> OF_NO_INFRA =
            List.of(Requirement.PIDS, Requirement.NON_ROOT, Requirement.READ_ONLY, Requirement.CAP_DROP_ALL);

    private static final String ALL = "ALL";
    private static final ValueRule POSITIVE = ValueRule.of("int:1..");
    private static final ValueRule QUOTA = ValueRule.of("int:1..10000000000");
    private static final ValueRule PERIOD = ValueRule.of("int:1..1000000");
    private static final int MILLIONTHS = 1_000_000;

    private final BodyValue body;
    private final BodyShape shape;
    private final Requirements requirements;

    private RequirementChecks(BodyValue body, BodyShape shape) {
        this.body = body;
        this.shape = shape;
        this.requirements = body.rules().requirements();
    }

    static void check(BodyValue body, @Nullable BodyShape shape) {
        if (shape == null
                || body.rules().requirements().isEmpty()
                        && !body.rules().images().isLimited()) {
            return;
        }
        if (body.rules().requirements().has(Requirement.LOOPBACK)) {
            LoopbackPorts.check(body, shape);
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
        limit(Requirement.MEMORY, Part.MEMORY);
        swap();
        limit(Requirement.PIDS, Part.PIDS);
        BodyValue user = at(Part.USER);
        require(Requirement.NON_ROOT, user, isNonRoot(user.text()));
        BodyValue readOnly = at(Part.READ_ONLY);
        require(Requirement.READ_ONLY, readOnly, readOnly.isTrue());
        noNewPrivileges(shape.kind() == BodyShape.Kind.CONTAINER);
        cpu();
        capabilities();
        labels();
    }

    /** Judges the infra container, into which a client can run commands. Each other container of the pod is judged for itself. */
    private void pod() {
        BodyValue noInfra = body.member("no_infra");
        if (noInfra.isTrue()) {
            return;
        }
        image();
        if (body.member("share_parent").json() == JsonLiteral.FALSE) {
            require(Requirement.MEMORY, at(Part.MEMORY), false);
            require(Requirement.CPU, at(Part.QUOTA), false);
        } else {
            limit(Requirement.MEMORY, Part.MEMORY);
            cpu();
        }
        labels();
        swap();
        noNewPrivileges(true);
        for (Requirement requirement : OF_NO_INFRA) {
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
        if (requirements.has(Requirement.ISOLATED)) {
            body.report(
                    Kind.REQUIRED,
                    "a build without BuildKit fetches any URL from the network of the host, and CREATE_REQUIRE has isolated");
        }
        if (body.has(CreatePermission.BUILD_UNLIMITED)) {
            return;
        }
        limit(Requirement.MEMORY, Part.MEMORY);
        swap();
        for (Requirement requirement : OF_NO_STEP) {
            if (requirements.has(requirement)) {
                String subject = "a step of a build cannot have " + requirement.meaning() + ", and CREATE_REQUIRE has "
                        + requirement.word();
                body.report(Kind.REQUIRED, subject, Remedy.of(CreatePermission.BUILD_UNLIMITED, null));
            }
        }
    }

    /**
     * An update must not remove a limit: dockerd ignores a memory of 0, but 0 removes the limit of processes, and so does an
     * empty object for Podman.
     */
    private void update() {
        BodyValue memory = at(Part.MEMORY);
        if (isUpdated(memory) && !(shape.kind() == BodyShape.Kind.UPDATE && memory.isZero())) {
            limit(Requirement.MEMORY, Part.MEMORY);
        }
        swap();
        BodyValue pids = at(Part.PIDS);
        BodyValue parent = pids.parent();
        boolean isObject =
                shape.kind() == BodyShape.Kind.LIBPOD_UPDATE && parent != null && parent.json() instanceof JsonObject;
        if (isObject || isUpdated(pids)) {
            limit(Requirement.PIDS, Part.PIDS);
        }
        boolean isCpuUpdated = Stream.of(cpus(), at(Part.QUOTA), at(Part.PERIOD))
                .anyMatch(value -> isUpdated(value) && !(shape.kind() == BodyShape.Kind.UPDATE && value.isZero()));
        if (isCpuUpdated) {
            cpu();
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
        BodyValue user = at(Part.USER);
        if (!user.text().isEmpty()) {
            require(Requirement.NON_ROOT, user, isNonRoot(user.text()));
        } else if (requirements.has(Requirement.NON_ROOT)) {
            body.validation()
                    .claims()
                    .add(new DefaultClaim(DefaultClaim.Kind.CONTAINER_USER, List.of(), execAsRoot(user)));
        }
        unprivileged();
    }

    /** Returns the denial of a command that has the user of its container, which is root or a name. */
    static Violation execAsRoot(BodyValue user) {
        return new Violation(
                Kind.REQUIRED,
                user.pointer(),
                "the command has no user of its own, and that of the container is not a number other than 0, but"
                        + " CREATE_REQUIRE has non-root: name a user, as docker exec --user 1000:1000 does",
                null);
    }

    /** A limit in billionths of a CPU, or a quota of a period. A daemon applies the quota if a container has both. */
    private void cpu() {
        BodyValue cpus = cpus();
        BodyValue quota = at(Part.QUOTA);
        BodyValue period = at(Part.PERIOD);
        long limit = requirements.limit(Requirement.CPU);
        boolean hasCpus = isSet(cpus);
        boolean hasQuota = isSet(quota) || isSet(period);
        boolean isMet = (hasCpus || hasQuota)
                && (!hasCpus || isNumberUpTo(cpus, limit))
                && (!hasQuota || isQuotaUpTo(quota, period, limit));
        String most = " of at most " + Requirement.CPU.text(limit) + " CPUs"
                + (isUpdate() && hasQuota && !isSet(period) ? ", with a period" : "");
        BodyValue reported = hasQuota || shape.path(Part.CPUS).isEmpty() ? quota : cpus;
        require(Requirement.CPU, reported, Requirement.CPU.meaning() + most, isMet);
    }

    private BodyValue cpus() {
        String[] names = shape.path(Part.CPUS).split("\\|", -1);
        BodyValue alias = body.at(names[names.length - 1]);
        return alias.json() == JsonLiteral.NULL ? body.at(names[0]) : alias;
    }

    private static boolean isSet(BodyValue value) {
        return value.json() instanceof JsonNumber && !value.isZero();
    }

    /** An update without a period keeps that of the container, which is not known. */
    private boolean isQuotaUpTo(BodyValue quota, BodyValue period, long limit) {
        long kept = isUpdate() ? Resources.SHORTEST_PERIOD : Resources.DEFAULT_PERIOD;
        String most = quota.json() instanceof JsonNumber number ? number.text() : "";
        String of = isSet(period) && period.json() instanceof JsonNumber number ? number.text() : Long.toString(kept);
        return QUOTA.problem(most) == null
                && PERIOD.problem(of) == null
                && Long.parseLong(most) * MILLIONTHS <= limit / (Requirement.NANOS / MILLIONTHS) * Long.parseLong(of);
    }

    private boolean isUpdate() {
        return shape.kind() == BodyShape.Kind.UPDATE || shape.kind() == BodyShape.Kind.LIBPOD_UPDATE;
    }

    /** The daemon adds the named capabilities after it has dropped all; ALL would add all of them. */
    private void capabilities() {
        BodyValue dropped = at(Part.CAP_DROP);
        boolean isAllDropped =
                dropped.strings().stream().anyMatch(name -> name.text().equalsIgnoreCase(ALL));
        require(Requirement.CAP_DROP_ALL, dropped, isAllDropped);
        if (requirements.has(Requirement.CAP_DROP_ALL)) {
            for (BodyValue added : at(Part.CAP_ADD).strings()) {
                String name = PrivilegeChecks.normalized(added.text());
                boolean isAll = name.equals(ALL);
                if (isAll || !body.rules().permissions().has(CreatePermission.CAPABILITIES, name)) {
                    added.report(
                            Kind.REQUIRED,
                            added.dotted() + " adds the capability " + JsonPointers.printable(name)
                                    + ", and CREATE_REQUIRE has cap-drop-all",
                            isAll ? null : Remedy.of(CreatePermission.CAPABILITIES, name));
                }
            }
            unprivileged();
        }
    }

    /** A privileged process has all capabilities. */
    private void unprivileged() {
        BodyValue privileged = at(Part.PRIVILEGED);
        require(Requirement.CAP_DROP_ALL, privileged, "false", !privileged.isTrue());
    }

    private void labels() {
        BodyValue labels = at(Part.LABELS);
        for (String label : requirements.labels()) {
            if (labels.text(label).isEmpty()) {
                labels.report(
                        Kind.REQUIRED,
                        labels.dotted() + " must have " + label + ", because CREATE_REQUIRE has label:" + label
                                + option(Requirement.LABEL, labels).replace("KEY", label));
            }
        }
    }

    private void image() {
        BodyValue image = at(Part.IMAGE);
        boolean isLimited = body.rules().images().isLimited();
        if ((isLimited || requirements.has(Requirement.DIGEST)) && image.text().isEmpty()) {
            String setting = isLimited ? "CREATE_IMAGES" : "CREATE_REQUIRE=digest";
            image.report(Kind.REQUIRED, image.dotted() + " is missing, and " + setting + " asks for one");
        }
    }

    /** Checks the new restart policy of Podman's own API, which is no field of the body. */
    static void restartPolicy(BodyValue value) {
        boolean isOff = value.text().isEmpty() || value.text().equals("no");
        if (!isOff && value.rules().requirements().has(Requirement.NO_RESTART)) {
            value.report(
                    Kind.REQUIRED,
                    value.dotted() + " must be no, because CREATE_REQUIRE has " + Requirement.NO_RESTART.word());
        }
    }

    private BodyValue at(Part part) {
        return body.at(shape.path(part));
    }

    private void limit(Requirement requirement, Part part) {
        BodyValue value = at(part);
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
        BodyValue value = at(Part.SWAP);
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
                && POSITIVE.problem(number.text()) == null
                && Long.parseLong(number.text()) <= limit;
    }

    private void noNewPrivileges(boolean isOption) {
        BodyValue value = at(Part.NO_NEW_PRIVILEGES);
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

    static boolean isNonRoot(String user) {
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

    private String unmet(Requirement requirement, BodyValue value, String meaning) {
        return value.dotted() + " must be " + meaning + ", because CREATE_REQUIRE has " + requirement.word()
                + option(requirement, value);
    }

    /** Returns the option of the command line that meets a requirement, such as {@code : docker run --memory 512m}, or an empty text. */
    private String option(Requirement requirement, BodyValue value) {
        String program = switch (shape.kind()) {
            case CONTAINER -> "docker";
            case LIBPOD_CONTAINER -> "podman";
            default -> "";
        };
        boolean isOther = value.dotted().endsWith("Swap") || value.dotted().endsWith("swap");
        String option = isOther ? "" : requirement.option(requirements.limit(requirement));
        return program.isEmpty() || option.isEmpty() ? "" : ": " + program + " run " + option;
    }
}
