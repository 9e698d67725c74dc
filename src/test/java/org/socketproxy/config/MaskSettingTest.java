package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.mask.MaskGroup;

/** Values of {@code MASK}. */
class MaskSettingTest {
    private static final Variables VARIABLES = Variables.load();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''             | ''",
                "0              | ''",
                "none           | ''",
                "off            | ''",
                "1              | args env options paths tokens topology",
                "True           | args env options paths tokens topology",
                "env            | env",
                "ENV, args      | args env",
                "tokens,tokens  | tokens",
            })
    void groups(String value, String expected) throws Exception {
        Settings settings = Settings.read(Map.of("MASK", value), VARIABLES);

        assertThat(settings.policy().otherwise().mask().groups().stream()
                        .map(MaskGroup::word)
                        .sorted()
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "traefik    | ''     | args env",
                "Homepage   | ''     | args env",
                "autoheal   | ' '    | args env",
                "prometheus | ''     | args env options",
                "traefik    | 0      | ''",
                "traefik    | none   | ''",
                "traefik    | tokens | tokens",
                "dozzle     | ''     | ''",
                "diun       | ''     | ''",
                "watchtower | ''     | ''",
                "portainer  | ''     | ''",
                "portainer-readonly | '' | ''",
                "docker-ci  | ''     | ''",
                "docker-ci-safe | '' | ''",
                "glances    | ''     | ''",
            })
    void presetMasksUnlessTheSettingIsSet(String preset, String value, String expected) throws Exception {
        Settings settings = Settings.read(Map.of("PRESET", preset, "MASK", value), VARIABLES);

        assertThat(settings.policy().otherwise().mask().groups().stream()
                        .map(MaskGroup::word)
                        .sorted()
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "env:*KEY*|*pass*            ; ''             ; MASK=env:*KEY*|*PASS*",
                "ENV: *KEY* | A , args       ; ''             ; MASK=env:*KEY*|A,args",
                "env:A,env:B                 ; ''             ; MASK=env:A|B",
                "env:A,env                   ; ''             ; MASK=env",
                "env:A|*                     ; ''             ; MASK=env",
                "env                         ; env:TZ|PATH    ; MASK=env MASK_KEEP=env:PATH|TZ",
                "1                           ; env:TZ,env:Path ; MASK=env,args,tokens,options,paths,topology MASK_KEEP=env:Path|TZ",
                "env:*KEY*                   ; env:KEY_ID     ; MASK=env:*KEY* MASK_KEEP=env:KEY_ID",
            })
    void names(String mask, String kept, String expected) throws Exception {
        Settings settings = Settings.read(Map.of("MASK", mask, "MASK_KEEP", kept), VARIABLES);

        assertThat(settings.policy().otherwise().mask().assignment()).isEqualTo(expected);
    }

    @Test
    void namesAreKeptFromTheGroupsOfAPreset() throws Exception {
        Settings settings = Settings.read(Map.of("PRESET", "homepage", "MASK_KEEP", "env:TZ"), VARIABLES);

        assertThat(settings.policy().otherwise().mask().assignment()).isEqualTo("MASK=env,args MASK_KEEP=env:TZ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "env:          ; ''         ; MASK=env:: use names of environment variables, separated by |",
                "env:A||B      ; ''         ; MASK=env:A||B: use names",
                "env:A B       ; ''         ; MASK=\"env:A B\": use names",
                "env:[A]       ; ''         ; MASK=env:[A]: use names",
                "env:K?Y       ; ''         ; MASK=env:K?Y: use names",
                "env:A=B       ; ''         ; MASK=env:A=B: use names",
                "env:KÉY       ; ''         ; MASK=\"env:KÉY\": use names",
                "env:A:B       ; ''         ; MASK=env:A:B: use names",
                "args:*KEY*    ; ''         ; MASK=args:*KEY*: only env has names: use args without names",
                "enw:A         ; ''         ; MASK=enw:A: use some of env, args,",
                "env           ; TZ         ; MASK_KEEP=TZ: use env: and names, such as env:TZ|PATH",
                "env           ; args:TZ    ; MASK_KEEP=args:TZ: use env: and names",
                "env           ; env        ; MASK_KEEP=env: use env: and names",
                "env           ; env:T Z    ; MASK_KEEP=\"env:T Z\": use names",
                "env           ; env:*      ; MASK_KEEP=*: use a letter or digit in each name",
                "env           ; env:_*     ; MASK_KEEP=_*: use a letter or digit in each name",
                "''            ; env:TZ     ; MASK_KEEP=env:TZ: it has an effect only with env in MASK",
                "args          ; env:TZ     ; MASK_KEEP=env:TZ: it has an effect only with env in MASK",
                "0             ; env:TZ     ; MASK_KEEP=env:TZ: it has an effect only with env in MASK",
            })
    void invalidNamesAreReported(String mask, String kept, String expected) {
        InvalidSettingsException invalid = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> Settings.read(Map.of("MASK", mask, "MASK_KEEP", kept), VARIABLES));

        assertThat(invalid.problems().stream().map(Problem::sentence)).anyMatch(text -> text.startsWith(expected));
    }

    @Test
    void numberAndLengthOfNamesAreBounded() throws Exception {
        String names = IntStream.range(0, 64).mapToObj(i -> "A" + i).collect(Collectors.joining("|"));
        String name = "A".repeat(64);

        assertThat(Settings.read(Map.of("MASK", "env:" + names, "MASK_KEEP", "env:" + name), VARIABLES)
                        .policy()
                        .otherwise()
                        .mask()
                        .masked())
                .hasSize(64);
        InvalidSettingsException invalid = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> Settings.read(Map.of("MASK", "env:" + names + "|B", "MASK_KEEP", "env:A" + name), VARIABLES));
        assertThat(invalid.problems().stream().map(Problem::sentence))
                .hasSize(2)
                .anyMatch(sentence -> sentence.contains("\"65 names\": use at most 64 names"))
                .anyMatch(sentence -> sentence.contains("a name has at most 64 letters"));
    }

    @Test
    void everyInvalidWordIsReported() {
        InvalidSettingsException invalid = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> Settings.read(Map.of("MASK", "enw,,args,all", "CREATE", "maybe"), VARIABLES));

        assertThat(invalid.problems().stream().map(Problem::sentence))
                .hasSize(4)
                .anyMatch(sentence -> sentence.contains("MASK=enw: use some of env, args,"))
                .anyMatch(sentence -> sentence.contains("MASK") && sentence.contains("all"))
                .anyMatch(sentence -> sentence.contains("CREATE"));
    }
}
