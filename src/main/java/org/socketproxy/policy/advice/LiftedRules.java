package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.Requirement;
import org.socketproxy.policy.mask.MaskGroup;

/** Dangers of a change by which rules of one profile end or become wider: {@code CREATE}, {@code TARGETS}, {@code MASK}. */
final class LiftedRules {
    private LiftedRules() {}

    /** Returns a clause for each of them, such as {@code MASK=env is off: responses show values of environment variables}. */
    static List<String> dangers(ProfileSettings before, ProfileSettings after) {
        List<String> dangers = new ArrayList<>();
        CreateRules was = before.create();
        CreateRules is = after.create();
        if (was != null && is == null) {
            dangers.add("CREATE=safe is off: what a client creates can have the rights of the host");
        }
        if (was != null && is != null) {
            dangers.addAll(dangers(was, is));
        }
        if (before.targets() != null && after.targets() == null) {
            dangers.add("TARGETS is off: clients reach the objects of all clients");
        }
        for (MaskGroup group : new TreeSet<>(before.mask())) {
            if (!after.mask().contains(group)) {
                dangers.add("MASK=" + group.word() + " is off: responses show " + group.meaning());
            }
        }
        return dangers;
    }

    private static List<String> dangers(CreateRules was, CreateRules is) {
        List<String> dangers = new ArrayList<>();
        for (Requirement requirement : new TreeSet<>(was.requirements().limits().keySet())) {
            if (!is.requirements().has(requirement)) {
                dangers.add("CREATE_REQUIRE=" + requirement.word() + " is off: a container needs no longer "
                        + requirement.meaning());
            } else if (is.requirements().limit(requirement) > was.requirements().limit(requirement)) {
                dangers.add("CREATE_REQUIRE=" + requirement.word() + " has a higher limit: a container can have more");
            }
        }
        if (!was.images().texts().isEmpty() && is.images().texts().isEmpty()) {
            dangers.add("CREATE_IMAGES is off: a container can have any image");
        }
        Set<CreateSummary.Line> known = new HashSet<>(CreateSummary.of(was));
        for (CreateSummary.Line line : CreateSummary.of(is)) {
            if (!known.contains(line) && !line.danger().isEmpty()) {
                dangers.add(line.assignment() + ": " + line.danger());
            }
        }
        return dangers;
    }
}
