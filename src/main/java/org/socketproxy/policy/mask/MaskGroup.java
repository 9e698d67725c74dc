package org.socketproxy.policy.mask;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Group of values: a word of {@code MASK}. */
public enum MaskGroup {
    ENV("values of environment variables of containers, images, services and plugins"),
    ARGS("command lines, also those of health checks, execs and image history; messages and output that repeat them"),
    TOKENS("join tokens and unlock key of the swarm; data of configs and secrets"),
    OPTIONS("options of log, volume and network drivers; annotations; user names and passwords in URLs"),
    PATHS("paths of the host"),
    TOPOLOGY(
            "addresses of containers, networks, nodes and managers; names of secrets and configs in services; CA certificates");

    private final String meaning;

    MaskGroup(String meaning) {
        this.meaning = meaning;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the description in one line. */
    public String meaning() {
        return meaning;
    }

    /** Ignores case. */
    public static Optional<MaskGroup> of(String word) {
        return Arrays.stream(values())
                .filter(group -> group.word().equalsIgnoreCase(word))
                .findFirst();
    }
}
