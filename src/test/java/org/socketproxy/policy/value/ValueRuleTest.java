package org.socketproxy.policy.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that each rule allows and denies. */
class ValueRuleTest {
    private static final Duration MUCH = Duration.ofMinutes(2);

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            text:3; abc
            text:4; \u20acx
            line:3; abc
            name; web-1_a.b
            name; /web
            name; 0123abcd
            path; /
            path; /a b/../c
            reference; docker.io/library/nginx:1.27@sha256:00ff
            reference; localhost:5000/a+b
            reference; [::1]:5000/a
            flag; 1
            flag; True
            flag; no
            words:a|b; b
            int:0..512; 0
            int:0..512; 512
            int:0..512; 007
            int:-1|1..100; -1
            int:-1|1..100; 100
            int:1..; 9223372036854775807
            int:..; -9223372036854775808
            number:0..1; 0.25
            number:0..1; 1
            bytes:1k..16m; 16m
            bytes:1k..16m; 1.5 MB
            bytes:1k..16m; 16777216
            bytes:1k..16m; 1KiB
            bytes:-1|0|6m..; -1
            duration:..24h; 1h30m0.5s
            duration:..24h; 0
            duration:..24h; -5m
            duration:1ms..24h; 1ms
            nanos:1ms..24h; 30000000000
            nanos:0|1ms..24h; 0
            time; 1700000000.123456789
            time; 2024-01-02T15:04:05.9Z
            time; -10m
            time; Mon, 02 Jan 2006 15:04:05 MST
            cpus; 0-3,5
            cpus; 8191
            signal; SIGRTMIN+3
            signal; 15
            template:log-tag; plain {text}
            template:log-tag; {{.Name}}/{{ .ID }}{{.ImageFullID}}
            template:service; {{.Service.Name}}-{{.Task.Slot}}.{{.Node.Hostname}}
            json:20; '{"a":["b"]}'
            count:16; 16
            """)
    void allows(String rule, String text) {
        assertThat(ValueRule.of(rule).problem(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            text:3; abcd; is longer than 3 bytes
            text:3; \u20acx; is longer than 3 bytes
            text:7; \ud83d\ude00\ud83d\ude00; is longer than 7 bytes
            text:3; 'a\0'; has a NUL character
            line:3; abcd; is longer than 3 bytes
            line:9; 'a\nb'; has a line break or another control character
            line:9; 'a\177b'; has a line break or another control character
            name; -a; is not a name of letters, digits, _, . and -
            name; a/b; is not a name of letters, digits, _, . and -
            name; 'a\n'; is not a name of letters, digits, _, . and -
            path; a; is not an absolute path
            path; '/a\nb'; has a line break or another control character
            reference; 'a b'; is not the reference of an image
            reference; -a; is not the reference of an image
            flag; 2; is not true or false
            words:a|b; A; is not a or b
            int:0..512; 513; is not an integer: 0 to 512
            int:0..512; -1; is not an integer: 0 to 512
            int:0..512; 1e2; is not an integer: 0 to 512
            int:0..512; 1.0; is not an integer: 0 to 512
            int:0..512; +1; is not an integer: 0 to 512
            int:0..512; ''; is not an integer: 0 to 512
            int:-1|1..100; 0; is not an integer: -1 or 1 to 100
            int:1..; 9223372036854775808; is not an integer: 1 or more
            int:..; -9223372036854775809; is not an integer of 64 bits
            int:..; 99999999999999999999; is not an integer of 64 bits
            int:..; \u0661; is not an integer of 64 bits
            number:0..1; 1.1; is not a number: 0 to 1
            number:0..1; 1e-1; is not a number: 0 to 1
            bytes:1k..16m; 17m; is not a number of bytes: 1k to 16m
            bytes:1k..16m; 16.1m; is not a number of bytes: 1k to 16m
            bytes:1k..16m; 999; is not a number of bytes: 1k to 16m
            bytes:1k..16m; 1.024kk; is not a number of bytes: 1k to 16m
            bytes:1k..16m; 0x400000; is not a number of bytes: 1k to 16m
            bytes:..; 9000p; is not a number of bytes of 64 bits
            duration:..24h; 24h1ns; is not a duration: up to 24h
            duration:..24h; 5; is not a duration: up to 24h
            duration:..24h; 5d; is not a duration: up to 24h
            duration:..24h; 'h'; is not a duration: up to 24h
            duration:0..24h; -1s; is not a duration: 0 to 24h
            nanos:0|1ms..24h; 999999; is not a duration: 0 or 1ms to 24h
            nanos:0|1ms..24h; 1s; is not a duration: 0 or 1ms to 24h
            time; '1\n'; is not a time
            time; {{}}; is not a time
            cpus; 0-4294967295; is not a list of numbers from 0 to 8191
            cpus; 8192; is not a list of numbers from 0 to 8191
            cpus; 0-; is not a list of numbers from 0 to 8191
            signal; $(x); is not a signal
            template:log-tag; '{{pad "x" 1 4000000000000}}'; has a template other than the placeholders of the manual
            template:log-tag; '{{ printf "%d" 1 }}'; has a template other than the placeholders of the manual
            template:log-tag; {{.ID; has a template other than the placeholders of the manual
            template:log-tag; {{{.ID}}}; has a template other than the placeholders of the manual
            template:log-tag; {{.ExtraAttributes nil}}; has a template other than the placeholders of the manual
            template:log-tag; {{/*}}{{.ID}}; has a template other than the placeholders of the manual
            template:log-tag; {{.ID|js}}; has a template other than the placeholders of the manual
            template:log-tag; {{.Task.Name}}; has a template other than the placeholders of the manual
            template:service; {{.Service.Labels}}; has a template other than the placeholders of the manual
            json:4; '["a"]'; is longer than 4 bytes
            json:9; '{"a":'; is not valid JSON
            count:16; 17; has more than 16 elements
            """)
    void denies(String rule, String text, String problem) {
        assertThat(ValueRule.of(rule).problem(text)).isEqualTo(problem);
    }

    @Test
    void limitsTheNumberOfPlaceholders() {
        assertThat(ValueRule.of("template:log-tag").problem("{{.ID}}".repeat(16)))
                .isNull();
        assertThat(ValueRule.of("template:log-tag").problem("{{.ID}}".repeat(17)))
                .isEqualTo("has more than 16 placeholders");
        assertThat(ValueRule.of("template:log-tag").problem("x".repeat(1025))).isEqualTo("is longer than 1024 bytes");
        assertThat(ValueRule.of("path").problem("/".repeat(4097))).isEqualTo("is longer than 4096 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "allow",
                "text",
                "text:",
                "text:x",
                "text:0",
                "text:-1",
                "text:4g",
                "words",
                "int",
                "int:a..b",
                "bytes:1x..",
                "duration:1..2",
                "template:x",
                "regex:a+",
                "name:3"
            })
    void refusesUnknownRules(String rule) {
        assertThatThrownBy(() -> ValueRule.of(rule)).isInstanceOf(IllegalArgumentException.class);
    }

    /** A pattern that backtracks would need hours for these texts. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "text:1g",
                "line:1g",
                "name",
                "path",
                "reference",
                "flag",
                "int:..",
                "number:..",
                "bytes:..",
                "duration:..",
                "time",
                "cpus",
                "signal",
                "template:log-tag",
                "template:service"
            })
    void takesLinearTime(String rule) {
        ValueRule value = ValueRule.of(rule);
        for (String text : new String[] {"1-1,", "a", "{{", "{{.ID}}", "1h", "1", "/a", "}}{{"}) {
            Assertions.assertTimeoutPreemptively(MUCH, () -> value.problem(text.repeat(1_000_000) + "!"));
        }
    }

    /** A short integer is compared with 64 bits, and other forms of the same number with more. */
    @ParameterizedTest
    @ValueSource(strings = {"0..512", "-1|1..100", "1..", "..-3", "..", "-1|0|500..999999999999999999", "7"})
    void formsOfAnIntegerAreDecidedAlike(String ranges) {
        LongStream.concat(
                        LongStream.rangeClosed(-120, 1100),
                        LongStream.of(-999_999_999_999_999_999L, 999_999_999_999_999_998L, 999_999_999_999_999_999L))
                .forEach(number -> {
                    String sign = number < 0 ? "-" : "";
                    long digits = Math.abs(number);
                    assertAlike("int:" + ranges, sign + digits, "int:" + ranges, sign + "%020d".formatted(digits));
                    assertAlike("number:" + ranges, sign + digits, "number:" + ranges, sign + digits + ".0");
                    assertAlike("bytes:" + ranges, sign + digits, "bytes:" + ranges, sign + digits + "b");
                });
        LongStream.rangeClosed(-120, 1100)
                .forEach(number ->
                        assertAlike("nanos:0ns..512ns|1us..", "" + number, "duration:0ns..512ns|1us..", number + "ns"));
    }

    private static void assertAlike(String rule, String text, String otherRule, String otherText) {
        assertThat(ValueRule.of(rule).problem(text))
                .as("%s %s", rule, text)
                .isEqualTo(ValueRule.of(otherRule).problem(otherText));
    }
}
