package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;

/** Checks the values of {@code TARGETS}, and to which objects they confine a profile. */
class TargetsSettingTest {
    private final List<String> problems = new ArrayList<>();

    private Scope read(String value) {
        Reading reading = Reading.ofEnvironment(Map.of("TARGETS", value));
        Scope scope = TargetsReader.read(reading, true);
        reading.problems().forEach(problem -> problems.add(problem.found() + ": " + problem.advice()));
        return scope;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ","})
    void emptyValueConfinesToNothing(String value) {
        assertThat(read(value)).isNull();
        assertThat(problems).isEmpty();
    }

    @Test
    void targetsWithoutTheRulesOfCreateAreAProblem() {
        Reading reading = Reading.ofEnvironment(Map.of("TARGETS", "label:a=b"));

        assertThat(TargetsReader.read(reading, false)).isNotNull();
        assertThat(reading.problems())
                .singleElement()
                .extracting(Problem::advice)
                .asString()
                .contains("set CREATE=safe too");
    }

    @Test
    void rulesOfCreateAreThoseOfTheSameEnvironment() throws InvalidSettingsException {
        Variables variables = Variables.load();

        assertThat(Settings.read(Map.of("TARGETS", "label:a=b", "CREATE", "safe"), variables)
                        .policy()
                        .otherwise()
                        .targets())
                .isNotNull();
        assertThatThrownBy(() -> Settings.read(Map.of("TARGETS", "label:a=b"), variables))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("set CREATE=safe too");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "owner=ci                      | use label:KEY=VALUE, project:NAME, name:PATTERN",
                "label:owner                   | use a label with its exact value, such as label:owner=ci",
                "label:owner=                  | use a label with its exact value",
                "label:=ci                     | use a label with its exact value",
                "label:a=b,label:a=c           | the label a cannot have two values: use a profile for each",
                "project:Shop                  | use the name of a Compose project, such as project:shop",
                "name:/ci                      | use a name, in which * stands for any part, such as name:ci-*",
                "name:                         | use a name, in which * stands for any part",
                "reference:nginx               | only images have references: use images:reference:PATTERN",
                "containers:reference:nginx    | only images have references",
                "images:name:nginx             | images have references: use images:reference:PATTERN",
                "images:reference:^nginx       | use a pattern such as images:reference:registry.local/**",
                "builds:label:a=b              | use label:KEY=VALUE",
                "containers:owner=ci           | use label:KEY=VALUE",
            })
    void invalidElementIsAProblem(String value, String advice) {
        read(value);

        assertThat(problems).singleElement().asString().contains(advice);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // targets                              | kind      | names          | labels        | belongs to the
                // profile
                "label:owner=ci                         | CONTAINER | a              | owner=ci      | true",
                "label:owner=ci                         | CONTAINER | a              | owner=cix     | false",
                "label:owner=ci                         | CONTAINER | a              | OWNER=ci      | false",
                "label:owner=ci                         | CONTAINER | owner=ci       | ''            | false",
                "label:owner=ci                         | IMAGE     | a:1            | owner=ci      | true",
                "label:owner=ci                         | IMAGE     | a:1            | ''            | false",
                "label:owner=ci,label:tier=test         | VOLUME    | a              | owner=ci      | false",
                "label:owner=ci,label:tier=test         | VOLUME    | a              | owner=ci tier=test | true",
                "project:shop                           | NETWORK   | shop_default   | com.docker.compose.project=shop | true",
                "project:shop                           | NETWORK   | shop_default   | ''            | false",
                "name:ci-*                              | CONTAINER | ci-1           | ''            | true",
                "name:ci-*                              | CONTAINER | x ci-1         | ''            | true",
                "name:ci-*                              | CONTAINER | xci-1          | ''            | false",
                "name:ci-*                              | IMAGE     | ci-1:1         | ''            | false",
                "label:owner=ci,name:ci-*               | CONTAINER | ci-1           | ''            | false",
                "label:owner=ci,name:ci-*               | CONTAINER | ci-1           | owner=ci      | true",
                "label:owner=ci,name:ci-*               | IMAGE     | ci-1:1         | owner=ci      | false",
                "containers:project:shop                | CONTAINER | a              | com.docker.compose.project=shop | true",
                "containers:project:shop                | NETWORK   | a              | com.docker.compose.project=shop | false",
                "label:owner=ci,images:reference:nginx  | IMAGE     | nginx:1.27     | ''            | true",
                "label:owner=ci,images:reference:nginx  | IMAGE     | nginxx:1.27    | owner=ci      | false",
                "label:owner=ci,images:reference:nginx  | CONTAINER | nginx          | ''            | false",
                "images:reference:registry.local/**     | IMAGE     | registry.local/a/b:1 | ''      | true",
                "images:reference:**                    | IMAGE     | anything:1     | ''            | true",
                "images:reference:**                    | SERVICE   | anything       | ''            | false",
            })
    void objectBelongsToTheProfileOnlyByExactValues(
            String value, ObjectKind kind, String names, String labels, boolean isOwn) {
        Map<String, String> read = new TreeMap<>();
        for (String label : labels.isEmpty() ? new String[0] : labels.split(" ", -1)) {
            read.put(label.substring(0, label.indexOf('=')), label.substring(label.indexOf('=') + 1));
        }

        Scope rules = Objects.requireNonNull(read(value));

        assertThat(problems).isEmpty();
        assertThat(rules.isOwn(new ObjectIdentity(kind, "id", List.of(names.split(" ", -1)), read)))
                .isEqualTo(isOwn);
    }
}
