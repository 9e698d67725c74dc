package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;

/** {@code EXEC_ALLOW} and {@code EXEC_OPTIONS}. */
class ExecSettingTest {
    private static Reading reading(@Nullable String commands, @Nullable String options) {
        Map<String, String> values = new HashMap<>();
        values.put("EXEC_ALLOW", commands == null ? "" : commands);
        values.put("EXEC_OPTIONS", options == null ? "" : options);
        return Reading.ofEnvironment(values);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n"})
    void emptyValueLimitsNothing(String value) {
        Reading reading = reading(value, null);

        assertThat(ExecReader.read(reading, 1024)).isNull();
        assertThat(reading.problems()).isEmpty();
    }

    @Test
    void everyElementIsRead() {
        Reading reading = reading(
                "pg_dump **; sh '/scripts/a b.sh'\nid;",
                "user:postgres,user:1000:1000, env:TZ,env:LANG=C.UTF-8,workdir:/srv,privileged");
        ExecRules rules = ExecReader.read(reading, 1024);

        assertThat(reading.problems()).isEmpty();
        assertThat(ExecRules.summary(rules))
                .extracting(CreateSummary.Line::assignment)
                .containsExactly(
                        "EXEC_ALLOW=pg_dump **",
                        "EXEC_ALLOW=sh '/scripts/a b.sh'",
                        "EXEC_ALLOW=id",
                        "EXEC_OPTIONS=user:1000:1000,user:postgres",
                        "EXEC_OPTIONS=env:LANG=C.UTF-8,env:TZ",
                        "EXEC_OPTIONS=workdir:/srv",
                        "EXEC_OPTIONS=privileged");
        assertThat(ExecRules.summary(rules))
                .extracting(line -> line.danger().isEmpty())
                .containsExactly(false, true, true, false, false, false, false);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ";            |              | EXEC_ALLOW: name a command, such as pg_dump ** or sh /scripts/backup.sh",
                "sh 'x        |              | EXEC_ALLOW: close the quote",
                "sh ** x      |              | EXEC_ALLOW: use ** only as the last word of a command, or as a part of a word such as /srv/**",
                "             | privileged   | EXEC_OPTIONS: it has an effect only with EXEC_ALLOW: set that too, or unset this",
                "id           | user         | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | user:        | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | user:a b     | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | user:*       | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | env:A b      | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | workdir:srv  | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | privileged:1 | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | stdin        | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
                "id           | non-root,user:postgres | EXEC_OPTIONS: with non-root, name a user by a number other than 0, such as user:1000:1000: the files of a container decide who has a name",
                "id           | non-root,user:0:1000 | EXEC_OPTIONS: with non-root, name a user by a number other than 0, such as user:1000:1000: the files of a container decide who has a name",
                "id           | non-root:1 | EXEC_OPTIONS: use some of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged, non-root",
            })
    void invalidValueIsAProblem(@Nullable String commands, @Nullable String options, String problem) {
        Reading reading = reading(commands, options);
        ExecReader.read(reading, 1024);

        assertThat(reading.problems())
                .singleElement()
                .extracting(found -> found.name() + ": " + found.advice())
                .isEqualTo(problem);
    }

    @Test
    void rulesOfTheSameValuesAreEqual() {
        assertThat(ExecReader.read(reading("id; ls **", "env:A,env:B"), 1024))
                .isEqualTo(ExecReader.read(reading("id;ls **", "env:B, env:A"), 1024))
                .isNotEqualTo(ExecReader.read(reading("id; ls *", "env:A,env:B"), 1024))
                .isNotEqualTo(ExecReader.read(reading("id; ls **", "env:A"), 1024));
    }
}
