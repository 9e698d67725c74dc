package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;

/** Tests {@code STATUS_TOKEN_FILE}: valid files, and the messages for invalid files. */
class StatusTokenFileTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final String RIGHT =
            "16 to 256 letters, digits, dots, hyphens and underscores, such as the output of openssl rand -hex 16";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {TOKEN, TOKEN + "\n", TOKEN + "\r\n", " " + TOKEN + " \n\n"})
    void tokenIsStrippedFileContent(String content) throws Exception {
        Path file = Files.writeString(folder.resolve("token"), content);

        Settings.Status status = read(file.toString(), Map.of()).connections().status();

        assertThat(status).isNotNull();
        assertThat(status.isTokenNeeded()).isTrue();
        assertThat(status.token()).isEqualTo(TOKEN);
    }

    /** Kubernetes mounts a secret as a symbolic link. */
    @Test
    void symbolicLinkIsFollowed() throws Exception {
        Path file = Files.writeString(folder.resolve("data"), TOKEN);
        Path link = Files.createSymbolicLink(folder.resolve("token"), file);

        assertThat(read(link.toString(), Map.of()).connections().status().token())
                .isEqualTo(TOKEN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                          | the file is empty; write",
                "' \n'                       | the file is empty; write",
                "0123456789abcde             | the file must contain",
                "off                         | the file must contain",
                "'0123456789 abcdef'         | the file must contain",
                "'0123456789abcdef\nsecond'  | the file must contain",
                "STATUS_TOKEN=0123456789abcd | the file must contain",
                "0123456789abcdéfg           | the file must contain",
            })
    void invalidContentIsRejectedAndNotShown(String content, String sentence) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), content);

        assertThat(sentences(file.toString(), Map.of()))
                .containsExactly("STATUS_TOKEN_FILE=" + file + ": " + sentence + " " + RIGHT);
    }

    @Test
    void tooLongTokenIsRejected() throws IOException {
        Path file = Files.writeString(folder.resolve("token"), "a".repeat(257));

        assertThat(sentences(file.toString(), Map.of())).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/no/such/file | the file does not exist; name the file that contains the token",
                "/dev/zero     | this is not a regular file; name a file that contains the token",
                "/tmp          | this is not a regular file; name a file that contains the token",
                "/etc/passwd/x | the file cannot be read; name the file that contains the token",
                "token         | use the absolute path of a file, such as /run/secrets/status_token",
            })
    void pathWithoutFileIsRejected(String path, String advice) {
        assertThat(sentences(path, Map.of())).containsExactly("STATUS_TOKEN_FILE=" + path + ": " + advice);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fedcba9876543210", "off", "short"})
    void bothSettingsAreRejected(String token) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), TOKEN);

        assertThat(sentences(file.toString(), Map.of("STATUS_TOKEN", token)))
                .containsExactly("STATUS_TOKEN_FILE=" + file + ": STATUS_TOKEN is set too; set only one of the two");
    }

    @Test
    void fileIsCheckedWithoutStatusPage() {
        assertThat(sentences("/no/such/file", Map.of("STATUS_LISTEN", "off"))).hasSize(1);
    }

    @Test
    void toStringOmitsToken() throws Exception {
        Path file = Files.writeString(folder.resolve("token"), TOKEN);

        assertThat(read(file.toString(), Map.of()).toString()).doesNotContain(TOKEN);
    }

    private static Settings read(String file, Map<String, String> more) throws InvalidSettingsException {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("STATUS_TOKEN_FILE", file);
        return Settings.read(environment, Variables.load());
    }

    private static List<String> sentences(String file, Map<String, String> more) {
        InvalidSettingsException refusal = catchThrowableOfType(InvalidSettingsException.class, () -> read(file, more));
        assertThat(refusal).as("refusal of " + file).isNotNull();
        return refusal.problems().stream().map(Problem::sentence).toList();
    }
}
