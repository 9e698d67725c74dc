package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of the log: level, format, repeats and time zone. */
class LogSettingsTest {
    @ParameterizedTest
    @EnumSource(LogSettings.Level.class)
    void logLevelIsCaseInsensitive(LogSettings.Level level) throws InvalidSettingsException {
        assertThat(SettingsTest.read(Map.of("LOG_LEVEL", level.name()))
                        .records()
                        .log()
                        .level())
                .isEqualTo(level);
        assertThat(SettingsTest.read(Map.of("LOG_LEVEL", level.name().toLowerCase(java.util.Locale.ROOT)))
                        .records()
                        .log()
                        .level())
                .isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({"text, TEXT", "JSON, JSON", "json, JSON"})
    void logFormatIsCaseInsensitive(String text, LogSettings.Format expected) throws InvalidSettingsException {
        assertThat(SettingsTest.read(Map.of("LOG_FORMAT", text)).records().log().format())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "xml", "json,text"})
    void invalidLogFormatIsRejected(String text) {
        assertThat(SettingsTest.sentences(Map.of("LOG_FORMAT", text)))
                .singleElement()
                .asString()
                .endsWith(": use text or json");
    }

    @ParameterizedTest
    @CsvSource({"every, EVERY", "collapse, COLLAPSE", "Collapse, COLLAPSE"})
    void logRepeatsIsCaseInsensitive(String text, LogSettings.Repeats expected) throws InvalidSettingsException {
        assertThat(SettingsTest.read(Map.of("LOG_REPEATS", text))
                        .records()
                        .log()
                        .repeats())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "none", "every,collapse"})
    void invalidLogRepeatsIsRejected(String text) {
        assertThat(SettingsTest.sentences(Map.of("LOG_REPEATS", text)))
                .singleElement()
                .asString()
                .endsWith(": use every or collapse");
    }

    /** Short names are compared by their offsets: {@code EST} is America/Panama since the time zone database 2024b, before it was -05:00. */
    @ParameterizedTest
    @CsvSource({
        "'', Z",
        "Etc/UTC, Z",
        "Europe/Berlin, Europe/Berlin",
        ":America/New_York, America/New_York",
        "+05:30, +05:30",
        "EST, -05:00",
        "MST, -07:00"
    })
    void theTimeZoneIsOneThatTheSystemKnows(String text, String expected) throws InvalidSettingsException {
        ZoneId zone = SettingsTest.read(Map.of("TZ", text)).records().log().timeZone();

        assertThat(Stream.of("2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z").map(Instant::parse))
                .allSatisfy(time -> assertThat(zone.getRules().getOffset(time))
                        .isEqualTo(ZoneId.of(expected).getRules().getOffset(time)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Berlin", "europe/berlin", "/etc/localtime", "CET-1CEST", "../../etc/passwd", "off"})
    void anUnknownTimeZoneIsRefused(String text) {
        assertThat(SettingsTest.sentences(Map.of("TZ", text)))
                .singleElement()
                .asString()
                .endsWith(
                        ": use a name of the time zone database, such as Europe/Berlin or Etc/UTC, or nothing for UTC");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "'', 100m, 5, null",
                "off, 100m, 5, null",
                "/data/audit.log, 64k, 1, 'AuditFile[path=/data/audit.log, maxBytes=65536, kept=1]'",
                "/data/audit.log, 1000m, 1000, 'AuditFile[path=/data/audit.log, maxBytes=1048576000, kept=1000]'"
            })
    void theFileOfTheAuditLogHasASizeAndANumber(String file, String size, String count, String expected)
            throws InvalidSettingsException {
        assertThat(String.valueOf(SettingsTest.read(
                                Map.of("AUDIT_FILE", file, "AUDIT_FILE_SIZE", size, "AUDIT_FILE_COUNT", count))
                        .records()
                        .log()
                        .file()))
                .isEqualTo(String.valueOf(expected));
    }

    @ParameterizedTest
    @CsvSource({"closed, info, true", "CLOSED, debug, true", "open, err, false"})
    void recordsAreRequiredIfAllAreWritten(String fail, String level, boolean expected)
            throws InvalidSettingsException {
        assertThat(SettingsTest.read(Map.of("AUDIT_FAIL", fail, "LOG_LEVEL", level))
                        .records()
                        .log()
                        .isRequired())
                .isEqualTo(expected);
    }

    @Test
    void requiredRecordsWithoutThoseOfAllowedRequestsAreRefused() {
        assertThat(SettingsTest.sentences(Map.of("AUDIT_FAIL", "closed", "LOG_LEVEL", "notice")))
                .containsExactly(
                        "AUDIT_FAIL=closed: LOG_LEVEL=notice does not record allowed requests; use LOG_LEVEL=info,"
                                + " or AUDIT_FAIL=open");
    }

    @ParameterizedTest
    @CsvSource({"INFO, NOTICE, true", "NOTICE, NOTICE, true", "NOTICE, INFO, false", "ERR, NOTICE, false"})
    void logLevelIncludesMoreSevereLevels(LogSettings.Level level, LogSettings.Level other, boolean expected) {
        assertThat(level.includes(other)).isEqualTo(expected);
    }
}
