package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;

class EnvFileTest {
    private static final Variables VARIABLES = Variables.load();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "A=1 -> 1",
                "  A=1 -> 1",
                "A=1   -> 1",
                "A= 1 -> 1",
                "export A=1 -> 1",
                "export\tA=1 -> 1",
                "A= -> ``",
                "A=\"\" -> ``",
                "A='1' -> 1",
                "A=\"1\" -> 1",
                "A=\" 1 \" -> ` 1 `",
                "A='1' # why -> 1",
                "A=1 # why -> 1",
                "A=1\t# why -> 1\t# why",
                "A=1#2 -> 1#2",
                "A=# why -> # why",
                "A=\"1 # 2\" -> 1 # 2",
                "A='$B \\n \"x\"' -> $B \\n \"x\"",
                "A=\"it's\" -> it's",
                "A=it's -> it's",
                "A=b=c -> b=c",
                "A=tcp://[::1]:2375,tcp://:1 -> tcp://[::1]:2375,tcp://:1",
                "A=a\\b -> a\\b",
                "A=0 ; A=1 -> 1",
                "# A=0 ;  ; \t ; A=1 -> 1",
            })
    void lineAssignsValue(String text, String value) {
        EnvFile file = EnvFile.parse("f", lines(text));

        assertThat(file.problems()).isEmpty();
        assertThat(file.over(Map.of("A", "environment"))).isEqualTo(Map.of("A", value));
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "A -> line 1 does not have the form NAME=value",
                "A: 1 -> line 1 does not have the form NAME=value",
                "A =1 -> line 1 does not have the form NAME=value",
                "=1 -> line 1 does not have the form NAME=value",
                "1A=1 -> line 1 does not have the form NAME=value",
                "export -> line 1 does not have the form NAME=value",
                "exports A=1 -> line 1 does not have the form NAME=value",
                "A=1 ; B -> line 2 does not have the form NAME=value",
                "A='1 -> line 1 has no closing quote, or text after the closing quote",
                "A=\"1 -> line 1 has no closing quote, or text after the closing quote",
                "A=\"1\"2 -> line 1 has no closing quote, or text after the closing quote",
                "A=\"x\"y\" -> line 1 has no closing quote, or text after the closing quote",
                "A=$B -> line 1: this file has no interpolation or escapes; write a value with $ or \\ in single"
                        + " quotes",
                "A=\"${B}\" -> line 1: this file has no interpolation or escapes; write a value with $ or \\ in single"
                        + " quotes",
                "A=\"a\\tb\" -> line 1: this file has no interpolation or escapes; write a value with $ or \\ in"
                        + " single quotes",
                " ; ENV_FILE=g -> line 2 names another file; set ENV_FILE only in the environment",
            })
    void ambiguousLineIsRejectedWithNumber(String text, String advice) {
        assertThat(EnvFile.parse("f", lines(text)).problems()).containsExactly(new Problem("ENV_FILE", "f", advice));
    }

    @Test
    void byteOrderMarkAndCarriageReturnAreIgnored() {
        EnvFile file = EnvFile.parse("f", "\ufeffA=1\r\nB='2'\r\n");

        assertThat(file.problems()).isEmpty();
        assertThat(file.over(Map.of())).isEqualTo(Map.of("A", "1", "B", "2"));
    }

    @Test
    void allInvalidLinesAreReportedWithoutContent() {
        assertThat(EnvFile.parse("f", "secret one\nA=1\nB='secret\n").problems())
                .hasSize(2)
                .noneMatch(problem -> problem.sentence().contains("secret"));
    }

    /** Rejects a file that ends within a line, at every possible position. */
    @Test
    void incompleteLineIsRejected() {
        String whole = "# what traefik needs\nEVENTS=0\nPRESET=portainer-readonly\nCOMPAT='tecnativa'\nPOST=0\n";

        for (int length = 0; length < whole.length(); length++) {
            String part = whole.substring(0, length);
            assertThat(EnvFile.parse("f", part).problems().isEmpty())
                    .as("whether this may be read: " + part)
                    .isEqualTo(part.endsWith("\n"));
        }
    }

    @Test
    void emptyFileIsRejectedAndCommentOnlyFileIsAllowed() {
        assertThat(EnvFile.parse("f", "").problems())
                .singleElement()
                .extracting(Problem::sentence)
                .asString()
                .startsWith("ENV_FILE=f: the file is empty, which may be an incomplete write;");
        assertThat(EnvFile.parse("f", "#\n").problems()).isEmpty();
    }

    @Test
    void fileOverridesEnvironment() throws Exception {
        Path file = write("IMAGES=1\nCONTAINERS=0\nLOG_LEVEL=err\n");
        Settings settings = Settings.read(
                Map.of("ENV_FILE", file.toString(), "CONTAINERS", "1", "POST", "1", "LOG_LEVEL", "debug"), VARIABLES);

        assertThat(settings.policy().otherwise().granted())
                .contains("IMAGES", "POST", "EVENTS")
                .doesNotContain("CONTAINERS");
        assertThat(settings.records().log().level()).isEqualTo(LogSettings.Level.ERR);
    }

    @Test
    void problemsOfFileAndEnvironmentAreReportedTogether() throws IOException {
        Path file = write("# first\nPOST=maybe\nEVENT=1\nnonsense\n");

        assertThat(sentences(Map.of("ENV_FILE", file.toString(), "STRICT", "1", "IMAGES", "2", "POST", "1")))
                .containsExactly(
                        "ENV_FILE=" + file + ": line 4 does not have the form NAME=value",
                        "IMAGES=2: use 1, true, yes or on to allow; 0, false, no, off or nothing to deny",
                        file + " line 2: POST=maybe: use 1, true, yes or on to allow; 0, false, no, off or nothing to"
                                + " deny",
                        file + " line 3: EVENT=1: there is no such variable; did you mean EVENTS?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere/proxy.env", "/dev/null/proxy.env", "\0"})
    void missingFileIsRejected(String name) {
        assertThat(sentences(Map.of("ENV_FILE", name)))
                .singleElement()
                .asString()
                .endsWith(": the file cannot be read; name an existing file of at most 64 KiB, or unset it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/dev/null", "/dev/zero"})
    void nonRegularFileIsRejected(String name) {
        assertThat(sentences(Map.of("ENV_FILE", name)))
                .containsExactly(
                        "ENV_FILE=" + name + ": this is not a regular file; name a file with NAME=value lines");
    }

    @Test
    void tooLargeOrBinaryFileIsRejected() throws IOException {
        assertThat(EnvFile.load(Map.of(
                                "ENV_FILE",
                                write("#".repeat(64 * 1024 - 1) + "\n").toString()))
                        .problems())
                .isEmpty();
        assertThat(sentences(Map.of(
                        "ENV_FILE", write("#".repeat(64 * 1024) + "\n").toString())))
                .singleElement()
                .asString()
                .endsWith("the file cannot be read; name an existing file of at most 64 KiB, or unset it");
        Path latin = Files.write(folder.resolve("latin"), "A=\u00e4\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(sentences(Map.of("ENV_FILE", latin.toString())))
                .containsExactly("ENV_FILE=" + latin + ": the file is not valid UTF-8; save it as UTF-8");
    }

    /** Replaces {@code " ; "} in the tables above by a line break. */
    private static String lines(String text) {
        return text.replace(" ; ", "\n") + "\n";
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("proxy.env"), text);
    }

    private static List<String> sentences(Map<String, String> environment) {
        InvalidSettingsException refusal =
                catchThrowableOfType(InvalidSettingsException.class, () -> Settings.read(environment, VARIABLES));
        assertThat(refusal).as("refusal of " + environment).isNotNull();
        return refusal.problems().stream().map(Problem::sentence).toList();
    }
}
