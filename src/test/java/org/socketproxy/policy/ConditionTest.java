package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that meet each condition, and the next ones that do not. */
class ConditionTest {
    private static boolean holds(String rule, String value, RequestHead head) {
        String[] parts = rule.split(":", 2);
        return Condition.of(parts[0])
                .orElseThrow()
                .holds(value, parts.length == 1 ? "" : parts[1], head, Set.of("BUILD", "POST"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "empty              | ~~                       | true",
                "empty              | x                        | false",
                "at-most:7          | 0                        | true",
                "at-most:7          | 7                        | true",
                "at-most:7          | 8                        | false",
                "at-most:7          | 0000000007               | false",
                "at-most:7          | -1                       | false",
                "at-most:7          | unknown                  | false",
                "one-of:a           | a                        | true",
                "one-of:a           | b                        | false",
                "at-least:1.44      | 1.44                     | true",
                "at-least:1.44      | 1.43                     | false",
                "at-least:1.44      | 1.9                      | false",
                "at-least:1.44      | 1.100                    | true",
                "at-least:1.44      | 2.0                      | true",
                "at-least:1.44      | 0.99                     | false",
                "at-least:1.44      | 1.44.0                   | true",
                "at-least:1.44.1    | 1.44                     | false",
                "at-least:1.44.1    | 1.45                     | true",
                "at-least:1.44      | 01.044                   | true",
                "at-least:1.44      | 1.99999999999999999999   | true",
                "at-least:2.0       | 1.99999999999999999999   | false",
                "url                | ~~                       | true",
                "url                | -                        | true",
                "url                | http://h/a               | true",
                "url                | https://h/a              | true",
                "url                | file:///etc/passwd       | false",
                "url                | git://h/a                | false",
                "build-source       | ~~                       | true",
                "build-source       | https://h/a              | true",
                "build-source       | git://h/a                | true",
                "build-source       | git@h:a                  | true",
                "build-source       | github.com/a/b           | true",
                "build-source       | github.org/a/b           | false",
                "build-source       | /srv/a                   | false",
                "reference          | ~~                       | true",
                "reference          | docker://                | true",
                "reference          | docker://nginx:1         | true",
                "reference          | registry:5000/a/b@sha256:0 | true",
                "reference          | [::1]:5000/a             | true",
                "reference          | oci                      | false",
                "reference          | dir:/etc                 | false",
                "reference          | oci:a                    | false",
                "reference          | docker://oci:a           | true",
                "reference          | docker://dir:/etc        | false",
                "reference          | a:/b                     | false",
                "build-file         | Dockerfile               | true",
                "build-file         | [\"a\",\"b/c\"]          | true",
                "build-file         | ../a                     | false",
                "build-file         | a\\b                     | false",
                "build-file         | Dockerfile.in            | false",
                "build-file         | a.in,b                   | false",
                "build-file         | a.inc                    | true",
                "namespaces         | ~~                       | true",
                "namespaces         | []                       | true",
                "namespaces         | [{\"Name\":\"user\",\"Host\":true}]    | true",
                "namespaces         | [{\"Name\":\"network\",\"Host\":true}] | false",
                "namespaces         | [{\"Name\":\"network\",\"Host\":false}] | true",
                "namespaces         | [{\"Name\":\"user\",\"Path\":\"/proc/1/ns/user\"}] | false",
                "namespaces         | [{\"name\":\"user\",\"Host\":true}]    | false",
                "namespaces         | [\"user\"]               | false",
                "namespaces         | {}                       | false",
                "namespaces         | [                        | false",
                "tag                | ~~                       | true",
                "tag                | 1.27-alpine_2            | true",
                "tag                | sha256:0a                | true",
                "tag                | a/b                      | false",
                "granted:BUILD      | ~~                       | true",
                "granted:BUILD      | x                        | true",
                "granted:EXEC       | ~~                       | true",
                "granted:EXEC       | x                        | false",
            })
    void conditionIsAnAllowlist(String rule, String value, boolean expected) {
        assertThat(holds(rule, value, RequestHead.EMPTY)).isEqualTo(expected);
    }

    @Test
    void listsAreSeparatedByBars() {
        assertThat(holds("one-of:a|b", "b", RequestHead.EMPTY)).isTrue();
        assertThat(holds("one-of:a|b", "a|b", RequestHead.EMPTY)).isFalse();
        assertThat(holds("granted:BUILD|POST", "x", RequestHead.EMPTY)).isTrue();
        assertThat(holds("granted:BUILD|EXEC", "x", RequestHead.EMPTY)).isFalse();
        assertThat(Condition.of("equals")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http://d:2375, Host: d:2375, true",
        "HTTPS://D:2375, Host: d:2375, true",
        "http://10.0.0.1, Host: 10.0.0.1, true",
        "http://[::1]:1, Host: [::1]:1, true",
        "http://d:2375, Host: d:2376, false",
        "http://d.example, Host: d.example, false",
        "file://d, Host: d, false",
        "d, Host: d, false",
        "://d, Host: d, false",
        "http://d, Host: d / Host: d, false",
        "http://d, X: d, false",
    })
    void originIsThatOfAnAddressOrASingleLabel(String origin, String head, boolean expected) {
        assertThat(holds("host", origin, HeadLines.parse(head))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, body, true",
        "application/x-www-form-urlencoded, X: 1, true",
        "application/x-www-form-urlencoded, body, false",
        "Application/X-WWW-Form-Urlencoded; charset=utf-8, body, false",
        "multipart/form-data; boundary=a, body, false",
    })
    void bodyIsNoForm(String type, String head, boolean expected) {
        assertThat(holds("no-form", type, HeadLines.parse(head))).isEqualTo(expected);
    }
}
