package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.NotifySettings.Form;
import org.socketproxy.policy.Variables;

/** Tests {@code NOTIFY}, {@code NOTIFY_FILE} and {@code NOTIFY_FORMAT}. */
class NotifyReaderTest {
    private static final String RIGHT = "https://host/path; http:// only to loopback, or as insecure:http://host/path"
            + " if all may read the messages";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "https://ntfy.example/topic?auth=x, https://ntfy.example/topic?auth=x, false",
        "HTTPS://me:pass@host:8443/, HTTPS://me:pass@host:8443/, false",
        "http://127.0.0.1:80/x, http://127.0.0.1:80/x, true",
        "http://localhost/x, http://localhost/x, true",
        "http://[::1]:8080/x, http://[::1]:8080/x, true",
        "insecure:http://ntfy.lan/x, http://ntfy.lan/x, true",
    })
    void addressIsRead(String text, String address, boolean isPlain) throws Exception {
        NotifySettings settings = read(Map.of("NOTIFY", text)).records().notifications();

        assertThat(settings.address()).hasToString(address);
        assertThat(settings.isPlain()).isEqualTo(isPlain);
        assertThat(settings.form()).isEqualTo(Form.JSON);
        assertThat(settings.toString()).doesNotContain("/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://ntfy.example/secret",
                "http://127.0.0.1.example/secret",
                "http://127.0.0.1@example/secret",
                "insecure:https://ntfy.example/secret",
                "insecure:ftp://host/secret",
                "ftp://host/secret",
                "https:///secret",
                "https://host:70000/secret",
                "https://host/secret#part",
                "https://host/sec ret",
                "https://host/secret\u00e9",
                "file:/etc/secret",
                "secret",
            })
    void otherAddressIsRejectedAndNotShown(String text) {
        InvalidSettingsException invalid =
                catchThrowableOfType(InvalidSettingsException.class, () -> read(Map.of("NOTIFY", text)));

        assertThat(invalid.problems()).map(Problem::sentence).containsExactly("NOTIFY=\"…\": use " + RIGHT);
    }

    @Test
    void fileHasTheAddress() throws Exception {
        Path file = Files.writeString(folder.resolve("notify"), "https://host/a-token\n");

        assertThat(read(Map.of("NOTIFY_FILE", file.toString(), "NOTIFY_FORMAT", "gotify"))
                        .records()
                        .notifications())
                .extracting(settings -> settings.address().toString(), NotifySettings::form)
                .containsExactly("https://host/a-token", Form.GOTIFY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "http://host/a-token", "https://host/a-token\nhttps://host/b"})
    void fileWithoutOneAddressIsRejected(String content) throws Exception {
        Path file = Files.writeString(folder.resolve("notify"), content);
        InvalidSettingsException invalid = catchThrowableOfType(
                InvalidSettingsException.class, () -> read(Map.of("NOTIFY_FILE", file.toString())));

        assertThat(invalid.problems())
                .map(Problem::sentence)
                .containsExactly("NOTIFY_FILE=" + file + ": the file must contain " + RIGHT);
    }

    @Test
    void bothSettingsAndAnUnknownFormAreRejected() {
        InvalidSettingsException invalid = catchThrowableOfType(
                InvalidSettingsException.class,
                () -> read(Map.of("NOTIFY", "https://host/a", "NOTIFY_FILE", "/x", "NOTIFY_FORMAT", "xml")));

        assertThat(invalid.problems())
                .map(Problem::sentence)
                .containsExactly(
                        "NOTIFY_FORMAT=xml: use one of json, ntfy, gotify, slack",
                        "NOTIFY_FILE=/x: NOTIFY is set too; set only one of the two");
    }

    @Test
    void misspeltNameDoesNotShowTheAddress() throws Exception {
        assertThat(read(Map.of("NOTFY", "https://host/a-token")).findings().notices())
                .map(Problem::sentence)
                .containsExactly("NOTFY=\"…\": there is no such variable; did you mean NOTIFY?");
    }

    private static Settings read(Map<String, String> environment) throws InvalidSettingsException {
        return Settings.read(environment, Variables.load());
    }
}
