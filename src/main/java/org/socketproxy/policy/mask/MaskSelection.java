package org.socketproxy.policy.mask;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Values that a profile masks: the settings {@code MASK} and {@code MASK_KEEP}.
 *
 * <p>Security: if in doubt, a value is masked. A value passes only if its variable has a plain name of at most 256 ASCII characters.
 * A pattern of {@code MASK} ignores case, one of {@code MASK_KEEP} does not.
 *
 * @param masked patterns for names of environment variables with masked values, in upper case; empty: all names
 * @param kept patterns for names of environment variables with values that pass nevertheless
 */
public record MaskSelection(Set<MaskGroup> groups, Set<String> masked, Set<String> kept) {
    public static final MaskSelection NONE = new MaskSelection(Set.of(), Set.of(), Set.of());

    /** Largest number of patterns in a setting. */
    public static final int MOST_PATTERNS = 64;

    private static final Pattern PATTERN = Pattern.compile("[a-zA-Z0-9_.*-]{1,64}");
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9_.-]{1,256}");
    private static final char STAR = '*';

    /** Line of a report: an element of a setting, such as {@code env:*KEY*}, and its description. */
    public record Line(String element, String meaning) {}

    public MaskSelection {
        groups = groups.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(groups));
        Set<String> upper = new TreeSet<>();
        masked.forEach(pattern -> upper.add(pattern.toUpperCase(Locale.ROOT)));
        boolean isEveryName = upper.stream().anyMatch(pattern -> pattern.chars().allMatch(c -> c == STAR));
        masked = isEveryName ? Set.of() : Collections.unmodifiableSet(upper);
        kept = Collections.unmodifiableSet(new TreeSet<>(kept));
    }

    public static MaskSelection of(Set<MaskGroup> groups) {
        return new MaskSelection(groups, Set.of(), Set.of());
    }

    /** Returns true if the text is a pattern for names: letters, digits, {@code _}, {@code .}, {@code -}, and {@code *} for any part. */
    public static boolean isPattern(String text) {
        return PATTERN.matcher(text).matches();
    }

    /** Returns true if the name of an environment variable decides about its value. */
    boolean isByName() {
        return !masked.isEmpty() || !kept.isEmpty();
    }

    /** Returns true if no pattern lets the values of unknown names pass. */
    public boolean isOfAllNames() {
        return masked.isEmpty() && kept.stream().noneMatch(pattern -> pattern.indexOf(STAR) >= 0);
    }

    /** @param variable {@code NAME=value}; another form does not pass */
    boolean passes(String variable) {
        int equals = variable.indexOf('=');
        if (equals < 0 || !PLAIN.matcher(variable).region(0, equals).matches()) {
            return false;
        }
        String name = variable.substring(0, equals);
        boolean isMasked = masked.isEmpty() || isAny(masked, name.toUpperCase(Locale.ROOT));
        return !isMasked || isAny(kept, name);
    }

    private static boolean isAny(Set<String> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> matches(pattern, name));
    }

    /** Returns to the last star after a mismatch, so the time is at most the product of both lengths. */
    private static boolean matches(String pattern, String name) {
        int at = 0;
        int i = 0;
        int star = -1;
        int begin = 0;
        while (i < name.length()) {
            boolean isEnd = at == pattern.length();
            if (!isEnd && pattern.charAt(at) == STAR) {
                star = at++;
                begin = i;
            } else if (!isEnd && pattern.charAt(at) == name.charAt(i)) {
                at++;
                i++;
            } else if (star >= 0) {
                at = star + 1;
                i = ++begin;
            } else {
                return false;
            }
        }
        return pattern.chars().skip(at).allMatch(c -> c == STAR);
    }

    /** Returns true if it certainly masks each value that the other one masks. */
    public boolean covers(MaskSelection other) {
        return groups.containsAll(other.groups) && (!other.groups.contains(MaskGroup.ENV) || coversNames(other));
    }

    /** Returns true if it certainly masks each environment variable that the other one masks. */
    public boolean coversNames(MaskSelection other) {
        boolean isWide = masked.isEmpty() || !other.masked.isEmpty() && masked.containsAll(other.masked);
        return isWide && other.kept.containsAll(kept);
    }

    /** Returns the elements of {@code MASK}, such as {@code env:*KEY*|*PASS*} and {@code args}, of some of the groups. */
    public List<String> words(Collection<MaskGroup> some) {
        return groups.stream().filter(some::contains).map(this::word).toList();
    }

    public List<String> words() {
        return words(groups);
    }

    private String word(MaskGroup group) {
        return group == MaskGroup.ENV && !masked.isEmpty() ? element(masked) : group.word();
    }

    /** Returns the elements of {@code MASK_KEEP}: one such as {@code env:PATH|TZ}, or none. */
    public List<String> keptWords() {
        return kept.isEmpty() ? List.of() : List.of(element(kept));
    }

    private static String element(Collection<String> patterns) {
        return MaskGroup.ENV.word() + ":" + String.join("|", patterns);
    }

    /** Returns {@code MASK=env,args MASK_KEEP=env:TZ}, or an empty text. */
    public String assignment() {
        if (groups.isEmpty()) {
            return "";
        }
        return "MASK=" + String.join(",", words()) + (kept.isEmpty() ? "" : " MASK_KEEP=" + element(kept));
    }

    /** Returns a line for each element of both settings. */
    public List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        for (MaskGroup group : groups) {
            boolean isByPattern = group == MaskGroup.ENV && !masked.isEmpty();
            lines.add(new Line(word(group), group.meaning() + (isByPattern ? ", if a pattern matches the name" : "")));
        }
        keptWords()
                .forEach(element -> lines.add(new Line(
                        "MASK_KEEP=" + element, "values of environment variables with these names are not masked")));
        return lines;
    }
}
