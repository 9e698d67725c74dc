package org.socketproxy.policy.advice;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.OperationExceptions.Allowed;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Direction of a change of the policy.
 *
 * <p>Security: a change is {@link #NARROWER} only if that is certain. What the proxy does not compare, such as other clients, other
 * targets, or an added or removed profile, counts as {@link #WIDER}.
 */
public enum PolicyDirection {
    EQUAL(0),
    /** Every client can do less, or the same. */
    NARROWER(4),
    /** A client could do more; it may also do less. */
    WIDER(5);

    /** Differences that narrow a profile, by the begin of their texts in {@link ProfileChange#others}; all others may widen it. */
    private static final List<String> NARROWING =
            List.of("deny +", "trusts -", "learn -", "allow -", "+CREATE_REQUIRE=", "-CREATE_ALLOW=", "-BINDS=");

    private final int exitCode;

    PolicyDirection(int exitCode) {
        this.exitCode = exitCode;
    }

    /** Returns the exit code of {@code check --diff}. */
    public int exitCode() {
        return exitCode;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public PolicyDirection and(PolicyDirection other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /** Returns the direction of one difference of two policies. */
    public static PolicyDirection of(ProfileChange change, PolicySettings before, PolicySettings after) {
        Optional<ProfileSettings> was = before.find(change.profile());
        Optional<ProfileSettings> is = after.find(change.profile());
        boolean isNarrower = was.isPresent()
                && is.isPresent()
                && change.on().isEmpty()
                && change.others().stream().allMatch(text -> isNarrowing(text, was.get(), is.get()));
        return isNarrower ? NARROWER : WIDER;
    }

    private static boolean isNarrowing(String text, ProfileSettings was, ProfileSettings is) {
        if (text.startsWith("+CREATE_REQUIRE=network:")) {
            return was.create() == null || !was.create().requirements().has(Requirement.NETWORK);
        }
        if (text.startsWith("-CREATE_REQUIRE=network:")) {
            return is.create() != null && is.create().requirements().has(Requirement.NETWORK);
        }
        if (NARROWING.stream().anyMatch(text::startsWith)) {
            return true;
        }
        if (text.startsWith("MASK")) {
            return is.mask().covers(was.mask());
        }
        if (text.startsWith("BUILD_")) {
            return is.values().isWithin(was.values(), SessionNames.KEY);
        }
        for (Map.Entry<Setting, ProfileKey<?>> each : Setting.keys().entrySet()) {
            if (text.startsWith(each.getKey() + "=")) {
                return is.values().isWithin(was.values(), each.getValue());
            }
        }
        CreateRules created = was.create();
        CreateRules creates = is.create();
        if (text.startsWith("+CREATE") || text.startsWith("+BINDS=")) {
            return created == null
                    || text.startsWith("+CREATE_IMAGES=")
                            && created.images().texts().isEmpty();
        }
        if (text.startsWith("-CREATE_IMAGES=")) {
            return creates != null && !creates.images().texts().isEmpty();
        }
        if (text.startsWith("+EXEC_")) {
            return was.exec() == null;
        }
        if (text.startsWith("-EXEC_")) {
            return is.exec() != null;
        }
        if (text.startsWith("targets +")) {
            return was.targets() == null;
        }
        if (text.startsWith("write-targets +")) {
            return was.writes().targets() == null;
        }
        if (text.startsWith("max ")) {
            return is.values().isWithin(was.values(), ProfileLimits.KEY);
        }
        if (text.startsWith("until ")) {
            return isEarlier(is.validity().until(), was.validity().until())
                    && isEarlier(is.validity().writesUntil(), was.validity().writesUntil());
        }
        return text.startsWith("allow +")
                && areEarlier(
                        was.grants().exceptions().allowed(),
                        is.grants().exceptions().allowed());
    }

    private static boolean isEarlier(@Nullable Instant end, @Nullable Instant other) {
        return other == null || end != null && !end.isAfter(other);
    }

    /** Returns true if each operation was allowed before, and its permission ends no later. */
    private static boolean areEarlier(Map<String, Allowed> was, Map<String, Allowed> is) {
        return is.entrySet().stream().allMatch(each -> {
            Allowed before = was.get(each.getKey());
            return before != null && isEarlier(each.getValue().until(), before.until());
        });
    }
}
