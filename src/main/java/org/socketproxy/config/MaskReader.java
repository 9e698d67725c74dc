package org.socketproxy.config;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.socketproxy.policy.mask.MaskGroup;

/** Reads {@code MASK}. */
final class MaskReader {
    private static final List<String> WORDS =
            Arrays.stream(MaskGroup.values()).map(MaskGroup::word).toList();

    private final Consumer<Problem> problems;

    /** @param problems receives a problem for each invalid element of the list */
    MaskReader(Consumer<Problem> problems) {
        this.problems = problems;
    }

    /** Returns the groups that a value names, all for a true value, none for a false one. */
    Set<MaskGroup> read(String value) {
        if (BooleanSetting.isYes(value)) {
            return EnumSet.allOf(MaskGroup.class);
        }
        Set<MaskGroup> groups = EnumSet.noneOf(MaskGroup.class);
        if (BooleanSetting.isNo(value) || value.equalsIgnoreCase("none")) {
            return groups;
        }
        for (String element : value.split(",", -1)) {
            String word = element.strip();
            MaskGroup.of(word).ifPresentOrElse(groups::add, () -> refuse(word));
        }
        return groups;
    }

    private void refuse(String word) {
        problems.accept(new Problem(
                Setting.MASK.name(),
                word,
                "use some of " + String.join(", ", WORDS) + ", or 1 for all, or 0 for none"));
    }
}
