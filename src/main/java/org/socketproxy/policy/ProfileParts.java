package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.BodyEdits;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.NewLabels;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.WriteRules;
import org.socketproxy.policy.value.ProfileValues;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Builds a {@link Profile}. A part that no method sets is off. {@link #clone} copies all parts, so that an edit drops none.
 */
public final class ProfileParts implements Cloneable {
    final ProfileOrigin origin;
    Policy policy;

    @Nullable
    CreateRules create;

    @Nullable
    ExecRules exec;

    @Nullable
    Scope targets;

    @Nullable
    BodyRules bodies;

    int maxBodyBytes;
    MaskRules mask = MaskRules.NONE;
    LearnMode learning = LearnMode.off();
    ResponseTransform.@Nullable Factory transforms;
    boolean isShowingBinds;
    WriteRules writes = WriteRules.NONE;
    ProfileValues values = ProfileValues.NONE;

    ProfileParts(ProfileOrigin origin, Policy policy) {
        this.origin = origin;
        this.policy = policy;
    }

    /** Sets the rules of {@code CREATE=safe}. */
    public ProfileParts create(@Nullable CreateRules rules) {
        create = rules;
        return this;
    }

    /** Sets the rules of {@code EXEC_ALLOW}. */
    public ProfileParts exec(@Nullable ExecRules rules) {
        exec = rules;
        return this;
    }

    /** Sets the objects of the profile. */
    public ProfileParts targets(@Nullable Scope objects) {
        targets = objects;
        return this;
    }

    /** Sets the judges of request bodies, in place of those of {@code CREATE=safe}, the targets and the mask. */
    public ProfileParts bodies(BodyRules judges) {
        bodies = judges;
        return this;
    }

    /** Sets the rules that mask values in responses; a body with a masked value, up to this limit, is denied. */
    public ProfileParts mask(MaskRules rules, int maxBytes) {
        mask = rules;
        maxBodyBytes = maxBytes;
        return this;
    }

    public ProfileParts learning(LearnMode mode) {
        learning = mode;
        return this;
    }

    /** Sets other changes of responses than those of the mask. */
    public ProfileParts transforms(ResponseTransform.Factory others) {
        transforms = others;
        return this;
    }

    /** Shows binds in place of the volumes by which the proxy replaces them. */
    public ProfileParts showingBinds(boolean isShowing) {
        isShowingBinds = isShowing;
        return this;
    }

    /** Sets the values of all keys. */
    public ProfileParts values(ProfileValues ofKeys) {
        values = ofKeys;
        return this;
    }

    /** Sets the value of one key. */
    public <T> ProfileParts with(ProfileKey<T> key, T value) {
        return values(values.with(key, value));
    }

    /** Sets conditions on the objects that requests change. */
    public ProfileParts writes(WriteRules rules) {
        writes = rules;
        return this;
    }

    public Profile build() {
        return new Profile(copy());
    }

    ProfileParts copy() {
        try {
            return (ProfileParts) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Returns what the proxy writes into bodies, which only {@code CREATE=safe} judges. */
    BodyEdits edits() {
        return create == null
                ? BodyEdits.NONE
                : new BodyEdits(
                        values.get(NewLabels.KEY),
                        create.clientLabels(),
                        create.requirements().has(Requirement.NO_RESTART),
                        values.get(Totals.KEY).logs(),
                        create.requirements().has(Requirement.LOOPBACK),
                        create.requirements().has(Requirement.ISOLATED) ? values.get(BodyEdits.NETWORK) : null);
    }

    BodyRules judges() {
        BodyRules rules = bodies;
        if (rules == null) {
            rules = create == null ? BodyRules.none() : BodyRules.of(create);
            rules = targets == null ? rules : rules.judgingDisconnect();
            rules = mask.groups().isEmpty() ? rules : rules.refusingMaskedValues(maxBodyBytes);
        }
        rules = exec == null ? rules : rules.judgingExec(exec);
        return writes.equals(WriteRules.NONE)
                ? rules
                : create == null ? rules.judgingConnections() : rules.judgingDisconnect();
    }
}
