package org.socketproxy.policy;

import java.time.Instant;

/**
 * The instant from which on a permission of a profile no longer applies.
 *
 * @param key key of the profile in the policy file: {@code until}, or the key of the list with the permission
 * @param subject such as {@code ContainerExec}, {@code write-targets}, or {@code the profile} for all its permissions
 */
public record PermissionEnd(Instant at, String key, String subject) {
    private static final String UNTIL = "until";
    private static final String WRITES = "write-targets";

    static PermissionEnd ofProfile(Instant at) {
        return new PermissionEnd(at, UNTIL, "the profile");
    }

    static PermissionEnd ofOperation(String id, Instant at) {
        return new PermissionEnd(at, "allow", id);
    }

    static PermissionEnd ofWrites(Instant at) {
        return new PermissionEnd(at, WRITES, WRITES);
    }

    /** Returns what a denial says, such as {@code its permission ended at 2026-12-01T18:00:00Z}. */
    String denial() {
        return switch (key) {
                    case UNTIL -> "the permissions of the profile";
                    case WRITES -> "the permission to change objects";
                    default -> "its permission";
                }
                + " ended at "
                + at;
    }

    /** Returns a warning such as {@code until of ContainerExec is in the past (2026-12-01T18:00:00Z), so it is denied}. */
    public String pastSentence() {
        return UNTIL + " of " + subject + " is in the past (" + at + "), so "
                + (key.equals(UNTIL)
                        ? "every request of its clients"
                        : key.equals(WRITES) ? "each change of an object" : "the operation")
                + " is denied";
    }
}
