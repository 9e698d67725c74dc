package org.socketproxy.config;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskSelection;

/** Reads {@code MASK} and {@code MASK_KEEP}. */
final class MaskReader {
    private static final String NAMES_ADVICE =
            "use names of environment variables, separated by |, such as env:*KEY*|*PASS*;"
                    + " a name has at most 64 letters, digits, _, . and -, and * for any part";

    private final Reading reading;

    private MaskReader(Reading reading) {
        this.reading = reading;
    }

    /** @param preset supplies the groups if {@code MASK} is empty, in a policy file if the key is missing; or null */
    static MaskSelection read(Reading reading, @Nullable Preset preset) {
        String text = reading.text(Setting.MASK);
        boolean isGiven = reading.isOfFile() ? reading.raw(Setting.MASK.name()) != null : !text.isEmpty();
        return new MaskReader(reading).read(isGiven || preset == null ? text : preset.mask());
    }

    private MaskSelection read(String mask) {
        Set<MaskGroup> groups = EnumSet.noneOf(MaskGroup.class);
        Set<String> masked = new HashSet<>();
        if (Parsers.isYes(mask)) {
            groups.addAll(EnumSet.allOf(MaskGroup.class));
        } else if (!Parsers.isNo(mask) && !mask.equalsIgnoreCase("none")) {
            boolean isEveryName = false;
            for (String element : mask.split(",", -1)) {
                isEveryName |= element.strip().equalsIgnoreCase(MaskGroup.ENV.word());
                readElement(element.strip(), groups, masked);
            }
            if (isEveryName) {
                masked.clear();
            }
        }
        Set<String> kept = kept();
        if (!kept.isEmpty() && !groups.contains(MaskGroup.ENV)) {
            reading.refuse(
                    Setting.MASK_KEEP, "it has an effect only with env in MASK: add env there, or remove MASK_KEEP");
        }
        limit(Setting.MASK, masked);
        limit(Setting.MASK_KEEP, kept);
        return new MaskSelection(groups, masked, kept);
    }

    private void readElement(String element, Set<MaskGroup> groups, Set<String> masked) {
        int colon = element.indexOf(':');
        String word = colon < 0 ? element : element.substring(0, colon);
        MaskGroup group = MaskGroup.of(word).orElse(null);
        if (group == null) {
            reading.refuse(Setting.MASK, element, groupsAdvice());
        } else if (colon < 0) {
            groups.add(group);
        } else if (group != MaskGroup.ENV) {
            reading.refuse(Setting.MASK, element, "only env has names: use " + group.word() + " without names");
        } else {
            groups.add(group);
            readNames(Setting.MASK, element, masked);
        }
    }

    private Set<String> kept() {
        Set<String> kept = new HashSet<>();
        for (String element : reading.elements(Setting.MASK_KEEP)) {
            int colon = element.indexOf(':');
            if (colon >= 0 && MaskGroup.of(element.substring(0, colon)).orElse(null) == MaskGroup.ENV) {
                readNames(Setting.MASK_KEEP, element, kept);
            } else {
                reading.refuse(Setting.MASK_KEEP, element, "use env: and names, such as env:TZ|PATH");
            }
        }
        kept.stream()
                .filter(pattern -> pattern.chars().noneMatch(Character::isLetterOrDigit))
                .forEach(pattern -> reading.refuse(
                        Setting.MASK_KEEP,
                        pattern,
                        "use a letter or digit in each name; to mask no environment remove env from MASK"));
        return kept;
    }

    /** @param element {@code env:} and patterns */
    private void readNames(Setting setting, String element, Set<String> names) {
        for (String name : element.substring(element.indexOf(':') + 1).split("\\|", -1)) {
            if (MaskSelection.isPattern(name.strip())) {
                names.add(name.strip());
            } else {
                reading.refuse(setting, element, NAMES_ADVICE);
            }
        }
    }

    private void limit(Setting setting, Set<String> names) {
        if (names.size() > MaskSelection.MOST_PATTERNS) {
            reading.refuse(
                    setting,
                    names.size() + " names",
                    "use at most " + MaskSelection.MOST_PATTERNS
                            + " names; a pattern such as *KEY* stands for several");
        }
    }

    private static String groupsAdvice() {
        return Arrays.stream(MaskGroup.values())
                .map(MaskGroup::word)
                .collect(Collectors.joining(", ", "use some of ", ", or 1 for all, or 0 for none"));
    }
}
