package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;

/** Durations, sizes and numbers, and the limits that consist of them. */
class QuantitySettingsTest {
    private static final Variables VARIABLES = Variables.load();

    @ParameterizedTest
    @CsvSource({"0s, PT0S", "250ms, PT0.25S", "5s, PT5S", "90s, PT1M30S", "2m, PT2M", "999999m, PT16666H39M"})
    void durationIsNumberWithUnit(String text, Duration expected) throws InvalidSettingsException {
        assertThat(read(Map.of("SHUTDOWN_TIMEOUT", text)).connections().stop().timeout())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-5s", "1.5s", "5 s", "5S", "5d", "5sec", "PT5S", "9999999m", "٥s"})
    void invalidDurationIsRejected(String text) {
        assertThat(sentences(Map.of("SHUTDOWN_TIMEOUT", text)))
                .singleElement()
                .asString()
                .endsWith(": use a number of at most six digits with ms, s, m or h, such as 5s");
    }

    @ParameterizedTest
    @CsvSource({"64k, 65536", "128KiB, 131072", "65536, 65536", "1024, 1024", "100K, 102400", "100kib, 102400"})
    void sizeIsNumberWithOptionalUnit(String text, int expected) throws InvalidSettingsException {
        assertThat(read(Map.of("MAX_HEADER_SIZE", text)).limits().maxHeaderBytes())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "MAX_CONNECTIONS=0 -> use a whole number from 1 to 1000000",
                "MAX_CONNECTIONS=-1 -> use a whole number from 1 to 1000000",
                "MAX_CONNECTIONS=1000001 -> use a whole number from 1 to 1000000",
                "MAX_CONNECTIONS=4k -> use a whole number from 1 to 1000000",
                "MAX_CONNECTIONS=99999999999 -> use a whole number from 1 to 1000000",
                "MAX_CONNECTIONS_PER_CLIENT=many -> use a whole number from 1 to 1000000",
                "MAX_HEADER_SIZE=1023 -> use a size from 1k to 256k, such as 80k or 80KiB, or a number of bytes",
                "MAX_HEADER_SIZE=1m -> use a size from 1k to 256k, such as 80k or 80KiB, or a number of bytes",
                "MAX_HEADER_SIZE=4194304k -> use a size from 1k to 256k, such as 80k or 80KiB, or a number of bytes",
                "MAX_HEADER_SIZE=64kb -> use a size from 1k to 256k, such as 80k or 80KiB, or a number of bytes",
                "MAX_HEADER_SIZE=262145 -> use a size from 1k to 256k, such as 80k or 80KiB, or a number of bytes",
                "DAEMON_TIMEOUT=0s -> use a number of at most six digits with ms, s, m or h, such as 60s, and at least"
                        + " 100ms; or use off",
                "DAEMON_TIMEOUT=60 -> use a number of at most six digits with ms, s, m or h, such as 60s, and at least"
                        + " 100ms; or use off",
                "AUDIT_FILE_SIZE=1k -> use a size from 64k to 1000m, such as 100m or 100MiB",
                "AUDIT_FILE_COUNT=0 -> use a whole number from 1 to 1000",
                "AUDIT_FILE=audit.log -> use the absolute path of a file in a writable folder, such as /data/audit.log",
                "AUDIT_FAIL=maybe -> use open, or closed to deny what cannot be recorded",
                "HEADER_TIMEOUT=99ms -> use a number of at most six digits with ms, s or m, such as 10s, and at least"
                        + " 100ms",
                "HEADER_TIMEOUT=0s -> use a number of at most six digits with ms, s or m, such as 10s, and at least"
                        + " 100ms",
                "HEADER_TIMEOUT=10 -> use a number of at most six digits with ms, s or m, such as 10s, and at least"
                        + " 100ms",
            })
    void invalidLimitIsRejectedWithAdvice(String assignment, String advice) {
        String[] nameAndValue = assignment.split("=");
        assertThat(sentences(Map.of(nameAndValue[0], nameAndValue[1]))).containsExactly(assignment + ": " + advice);
    }

    @Test
    void limitsIncludeTheirEnds() throws InvalidSettingsException {
        assertThat(read(Map.of(
                                "MAX_CONNECTIONS", "1",
                                "MAX_CONNECTIONS_PER_CLIENT", "1000000",
                                "MAX_HEADER_SIZE", "256k",
                                "HEADER_TIMEOUT", "100ms"))
                        .limits())
                .isEqualTo(new Limits(1, 1_000_000, 256 << 10, Duration.ofMillis(100)));
        assertThat(read(Map.of("MAX_CONNECTIONS", "1000000", "MAX_CONNECTIONS_PER_CLIENT", "1"))
                        .limits())
                .isEqualTo(new Limits(1_000_000, 1, 80 << 10, Duration.ofSeconds(10)));
    }

    @Test
    void learnModeEndsAfterDurationOrAtInstant() throws InvalidSettingsException {
        assertThat(read(Map.of()).enforcement().learnUntil()).isNull();
        assertThat(read(Map.of("MODE", "learn", "LEARN_UNTIL", "2026-11-26T03:00:00Z"))
                        .enforcement()
                        .learnUntil())
                .isEqualTo("2026-11-26T03:00:00Z");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "learn, 1h, PT1H",
                "Learn, 90s, PT1M30S",
                "enforce, 90s, -",
                "Enforce, 90s, -",
                "'', 90s, -",
            })
    void learnModeHasADuration(String mode, String length, Duration expected) throws InvalidSettingsException {
        assertThat(read(Map.of("MODE", mode, "LEARN_FOR", length)).enforcement().learnFor())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1h",
                "tomorrow",
                "2026-11-26",
                "2026-11-26T03:00:00",
                "2026-13-26T03:00:00Z",
                "+999999999-01-01T00:00:00Z",
                "2026-11-26 03:00:00Z"
            })
    void invalidLearnUntilIsRejected(String text) {
        assertThat(sentences(Map.of("LEARN_UNTIL", text)))
                .singleElement()
                .asString()
                .endsWith("use an instant in UTC, such as 2026-11-26T03:00:00Z, or unset it");
    }

    private static Settings read(Map<String, String> environment) throws InvalidSettingsException {
        return Settings.read(environment, VARIABLES);
    }

    private static List<String> sentences(Map<String, String> environment) {
        return refusal(environment).problems().stream().map(Problem::sentence).toList();
    }

    private static InvalidSettingsException refusal(Map<String, String> environment) {
        InvalidSettingsException refusal =
                catchThrowableOfType(InvalidSettingsException.class, () -> read(environment));
        assertThat(refusal).as("refusal of " + environment).isNotNull();
        return refusal;
    }
}
