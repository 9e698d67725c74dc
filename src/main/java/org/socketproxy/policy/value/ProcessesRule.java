package org.socketproxy.policy.value;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Allows the usual arguments of {@code ps} for a container: dockerd runs {@code ps} with them on the host, Podman in the PID namespace
 * of the container. Podman also reads them as columns.
 *
 * <p>Security: a title ({@code rtprio=PID}) makes dockerd take another column for the PID and return processes of the host. {@code ps}
 * reads words that it cannot combine again in BSD style, where {@code e} prints the environment: words with {@code e} stand alone, and
 * are of a list.
 */
final class ProcessesRule implements ValueRule {
    private static final String PROBLEM =
            "is not one of the usual forms, such as -ef, aux or -eo with names of columns, or names of columns of Podman";

    private static final int LONGEST = 512;
    private static final int MOST_COLUMNS = 64;
    private static final String COMMA = ",";

    /** {@code ps} can combine all of them with {@code -q} of dockerd's first call. */
    private static final Set<String> WITH_E = Set.of(
            "-e", "-ef", "-fe", "-eF", "-el", "-efl", "-elf", "-ely", "-eLf", "-efL", "-eLF", "-efw", "-efww", "-ej",
            "-efj", "-ejf", "-eM", "-eZ", "-efZ");

    private static final Pattern WITHOUT_E = Pattern.compile("-?[AaFfHjlLmMrTuvwxyZ]{1,8}");
    private static final Set<String> BEFORE_COLUMNS =
            Set.of("-o", "-eo", "-Ao", "-ao", "-axo", "-xo", "o", "ao", "axo", "xo");

    private static final String PID = "pid";

    private static final Set<String> COLUMNS =
            words("pid ppid tgid user uid group gid euser euid egroup egid ruser ruid"
                    + " rgroup rgid pcpu %cpu c pmem %mem rss rssize rsz size vsz vsize sz stat state s time cputime cputimes bsdtime"
                    + " etime etimes tty tt tname ni nice pri priority opri psr class cls policy rtprio f flag flags lwp spid tid nlwp"
                    + " thcount sid sess session pgid pgrp tpgid maj_flt min_flt majflt minflt");

    /** Values with spaces, which a process may choose: dockerd counts columns by spaces until the PID. */
    private static final Set<String> TEXT_COLUMNS =
            words("args cmd command comm ucmd ucomm fname wchan label stime start start_time bsdstart lstart");

    /** Columns of psgo in Podman; as options of ps none of them prints more. */
    private static final Set<String> DESCRIPTORS = words(
            "pid ppid pgid user uid group groups ruser rgroup args comm pcpu time etime stime tty vsz rss state nice"
                    + " label seccomp capamb capbnd capeff capinh capprm hpid huser huid hgroup hgroups"
                    + " %C %G %P %U %a %c %g %n %p %r %t %u %x %y %z");

    private final boolean isCommandAllowed;

    /** @param isCommandAllowed false if the daemon reads only columns */
    ProcessesRule(boolean isCommandAllowed) {
        this.isCommandAllowed = isCommandAllowed;
    }

    private static Set<String> words(String words) {
        return Set.of(words.split(" "));
    }

    @Override
    public @Nullable String problem(String text) {
        if (text.length() > LONGEST) {
            return "is longer than " + LONGEST + " bytes";
        }
        List<String> words = Arrays.asList(text.split(" ", -1));
        return areDescriptors(text) || isCommandAllowed && (isOptions(words) || isSelection(words)) ? null : PROBLEM;
    }

    private static boolean areDescriptors(String text) {
        return DESCRIPTORS.containsAll(Arrays.asList(text.split("[ ,]", -1)));
    }

    private static boolean isOptions(List<String> words) {
        return words.size() == 1
                && (WITH_E.contains(words.get(0))
                        || WITHOUT_E.matcher(words.get(0)).matches());
    }

    private static boolean isSelection(List<String> words) {
        if (words.size() < 2 || words.size() % 2 != 0 || !BEFORE_COLUMNS.contains(words.get(0))) {
            return false;
        }
        StringBuilder columns = new StringBuilder();
        for (int i = 0; i < words.size(); i += 2) {
            if (i > 0 && !words.get(i).equals("-o")) {
                return false;
            }
            columns.append(i > 0 ? COMMA : "").append(words.get(i + 1));
        }
        return areColumns(Arrays.asList(columns.toString().split(COMMA, -1)));
    }

    private static boolean areColumns(List<String> columns) {
        int text = 0;
        while (text < columns.size() && !TEXT_COLUMNS.contains(columns.get(text))) {
            text++;
        }
        return columns.size() <= MOST_COLUMNS
                && columns.stream().allMatch(column -> COLUMNS.contains(column) || TEXT_COLUMNS.contains(column))
                && !columns.subList(text, columns.size()).contains(PID);
    }
}
