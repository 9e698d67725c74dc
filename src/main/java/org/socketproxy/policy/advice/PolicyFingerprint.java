package org.socketproxy.policy.advice;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.policy.Variables;

/**
 * Fingerprint of a policy: equal for equal policies, also of two proxies and after a restart. Comments and the way in which
 * a value is written do not change it.
 */
public final class PolicyFingerprint {
    /** Enough to tell policies apart; a collision grants nothing. */
    private static final int BYTES = 6;

    private PolicyFingerprint() {}

    /** Returns twelve hexadecimal digits of the SHA-256 of everything that the profiles allow and require. */
    public static String of(PolicySettings policy, Variables variables) {
        StringBuilder text = new StringBuilder();
        for (ProfileSettings profile : policy.all()) {
            text.append(profile.name())
                    .append(' ')
                    .append(profile.compatibility())
                    .append(' ')
                    .append(profile.maxBodyBytes())
                    .append(' ')
                    .append(ProfileChange.ofNew(profile, variables)
                            .map(ProfileChange::text)
                            .orElse(""))
                    .append('\n');
        }
        text.append(policy.otherwise().name());
        return HexFormat.of().formatHex(sha256(text.toString()), 0, BYTES);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Each Java platform has SHA-256", impossible);
        }
    }
}
