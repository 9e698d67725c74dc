package org.socketproxy.policy.create;

import java.util.List;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judgement on an existing volume.
 *
 * @param name its name; empty if the daemon's description cannot be read
 * @param violations what its driver and options have beyond the rules
 */
public record VolumeVerdict(String name, List<Violation> violations) {
    public VolumeVerdict {
        violations = List.copyOf(violations);
    }

    /** Returns the violations of the volume for which the daemon was asked. A description of another volume is one. */
    public List<Violation> of(String asked) {
        return !violations.isEmpty() || name.equals(asked)
                ? violations
                : List.of(new Violation(Kind.FORM, "", "the daemon describes another volume than " + asked, null));
    }
}
