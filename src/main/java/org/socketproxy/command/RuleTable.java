package org.socketproxy.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.socketproxy.policy.KnownParameters;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.VersionDifferences;
import org.socketproxy.policy.build.BuildFields;
import org.socketproxy.policy.create.FieldTable;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.table.NearestName;

/** Tables of rules that the command {@code table} prints, because they are too long for a page. */
enum RuleTable {
    CREATE_FIELDS("create-fields", FieldTable.class),
    BUILD_FIELDS("build-fields", BuildFields.class),
    PARAMETERS("parameters", KnownParameters.class),
    PARAMETER_RULES("parameter-rules", ParameterRules.class),
    SECRETS("secrets", MaskRules.class),
    MASKED_FILTERS("masked-filters", MaskRules.class),
    CONTENT("content", ParameterRules.class),
    VERSION_DIFFERENCES("version-differences", VersionDifferences.class),
    DOCKER_COMMANDS("docker-commands", DockerCommand.class);

    private final String word;
    private final Class<?> owner;

    RuleTable(String word, Class<?> owner) {
        this.word = word;
        this.owner = owner;
    }

    /**
     * Finds a table.
     *
     * @throws IllegalArgumentException if there is none with this name; the message lists all names
     */
    static RuleTable of(String word) {
        return Arrays.stream(values())
                .filter(table -> table.word.equals(word))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> words =
                            Arrays.stream(values()).map(table -> table.word).toList();
                    return new IllegalArgumentException("there is no table " + word
                            + NearestName.advice(word, words, "; use one of " + String.join(", ", words)));
                });
    }

    /** Returns the rows, separated by tabs, with the names of the columns first. */
    String text() throws IOException {
        try (InputStream resource = Objects.requireNonNull(owner.getResourceAsStream(word + ".tsv"))) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
