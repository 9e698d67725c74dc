package org.socketproxy.policy;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Forwards requests of old clients with a newer API version ({@code API_VERSION}), if they mean the same in both versions.
 *
 * <p>Security: the caller judges the client's own request first, then the one with the newer version.
 *
 * <p>Threading: immutable.
 *
 * @param version the lowest version that is forwarded; null for none, or for the daemon's minimum
 * @param isAuto whether it is the daemon's minimum
 */
public record ApiTranslation(@Nullable ApiVersion version, boolean isAuto) {
    /** Every request keeps its version. */
    public static final ApiTranslation NONE = new ApiTranslation(null, false);

    /** Each other version counts as wider. */
    public static final ProfileKey<ApiTranslation> KEY =
            new ProfileKey<>(NONE, ApiTranslation::text, ApiTranslation::effect, (is, was) -> false);

    private static final String AUTO = "auto";

    /** The table takes memory only if a profile translates. */
    private static final class Differences {
        static final VersionDifferences LOADED = VersionDifferences.load();
    }

    /** Parses the value of the setting: empty, {@code auto}, or a version that the table of differences describes. */
    public static Optional<ApiTranslation> parse(String text) {
        if (text.isEmpty()) {
            return Optional.of(NONE);
        }
        return text.equalsIgnoreCase(AUTO)
                ? Optional.of(new ApiTranslation(null, true))
                : ApiVersion.parse(text)
                        .filter(version ->
                                !version.isBefore(ApiVersion.LOWEST) && !VersionDifferences.NEWEST.isBefore(version))
                        .map(version -> new ApiTranslation(version, false));
    }

    public boolean isOn() {
        return isAuto || version != null;
    }

    /** Returns the value of the setting, or empty. */
    public String text() {
        return isAuto ? AUTO : version == null ? "" : version.toString();
    }

    private String effect() {
        return "requests of old clients are forwarded with "
                + (isAuto ? "the lowest API version that the daemon accepts" : "API version " + version);
    }

    /**
     * API versions of a request that is forwarded with another one than its own.
     *
     * @param own the version in the client's request target
     */
    public record Translated(ApiVersion own, ApiVersion forwarded) {
        /** Returns true if a request without its body means the same in both versions. */
        public boolean isSame(Operation operation, RequestTarget target) {
            return Differences.LOADED.isSame(operation, target, this);
        }

        /** Returns true if a body means the same in both versions; false also for a body that is not strict JSON. */
        public boolean isSame(Operation operation, JsonBody body) {
            return Differences.LOADED.isSame(operation, body, this);
        }
    }

    /** Returns true if the body of an operation can mean something else in another version. */
    public static boolean concernsBody(Operation operation) {
        return Differences.LOADED.concernsBody(operation);
    }

    /**
     * Returns the versions of a request that has a lower version and means the same in the newer one; otherwise null. Its body is not
     * judged.
     *
     * @param minimum returns the lowest version that the daemon accepts, or null if it is not known
     */
    public @Nullable Translated translate(
            Operation operation, RequestTarget target, Supplier<@Nullable ApiVersion> minimum) {
        ApiVersion own = isOn() ? ApiVersion.parse(target.version()).orElse(null) : null;
        ApiVersion to = own == null ? null : isAuto ? minimum.get() : version;
        if (own == null || to == null || own.isBefore(ApiVersion.LOWEST) || !own.isBefore(to)) {
            return null;
        }
        Translated versions = new Translated(own, to);
        return Differences.LOADED.isSame(operation, target, versions) ? versions : null;
    }
}
