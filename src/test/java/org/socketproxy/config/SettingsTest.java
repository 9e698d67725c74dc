package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

class SettingsTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final Variables VARIABLES = Variables.load();
    private static final String BAD_WORD = "use 1, true, yes or on to allow; 0, false, no, off or nothing to deny";

    @Test
    void emptyEnvironmentHasDefaults() throws InvalidSettingsException {
        Settings settings = read(Map.of());

        assertThat(settings.connections().daemon()).hasToString("unix:///var/run/docker.sock");
        assertThat(settings.connections().listen()).containsExactly(new NetworkAddress("127.0.0.1", 2375));
        assertThat(settings.connections().status())
                .isEqualTo(new Settings.Status(new NetworkAddress("127.0.0.1", 8375), false, null, Set.of()));
        assertThat(settings.connections().stop().timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.limits()).isEqualTo(new Limits(4000, 1000, 80 << 10, Duration.ofSeconds(10)));
        assertThat(settings.records().log().level()).isEqualTo(LogSettings.Level.INFO);
        assertThat(settings.policy().otherwise().granted())
                .containsExactlyInAnyOrder("EVENTS", "PING", "VERSION", "LIBPOD_PING", "LIBPOD_VERSION");
    }

    @Test
    void unrelatedVariablesAreIgnored() throws InvalidSettingsException {
        assertThat(read(Map.of("PATH", "/bin", "SOMETHING", "maybe", "post", "1")))
                .isEqualTo(read(Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "TRUE", "True", "tRuE", "yes", "YES", "Yes", "on", "ON", "On"})
    void trueValuesAllow(String word) throws InvalidSettingsException {
        assertThat(read(Map.of("CONTAINERS", word)).policy().otherwise().granted())
                .contains("CONTAINERS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "false", "FALSE", "False", "no", "NO", "No", "off", "OFF", "Off"})
    void falseValuesDenyDefaults(String word) throws InvalidSettingsException {
        assertThat(read(Map.of("EVENTS", word)).policy().otherwise().granted()).doesNotContain("EVENTS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2", "-1", "+1", "01", "00", "1.0", "1e3", "0x1", "y", "n", "t", "f", "enable", "maybe", "truе", "null"
            })
    void otherValuesAreRejected(String word) {
        // HAProxy reads some of these as true, and "true" as false; the proxy rejects them instead.
        assertThat(sentences(Map.of("POST", word))).containsExactly(new Problem("POST", word, BAD_WORD).sentence());
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "'maybe' -> 'POST=maybe: ' -> '' -> ''",
                "'1 ' -> 'POST=\"1 \": ' -> 'remove the spaces around the value'",
                "' 1' -> 'POST=\" 1\": ' -> 'remove the spaces around the value'",
                "'0 1' -> 'POST=\"0 1\": ' -> ''",
                "'a~b' -> 'POST=a~b: ' -> ''",
                "'\"1\"' -> 'POST=\"1\": ' -> 'remove the quotes: in the list form of a compose file they become part"
                        + " of the value'",
                "'a\tb\u001b[2J' -> 'POST=\"a\\u0009b\\u001b[2J\": ' -> ''",
                "'1\n' -> 'POST=\"1\\u000a\": ' -> 'remove the spaces around the value'",
            })
    void invalidValueIsShownEscaped(String value, String shown, String advice) {
        assertThat(sentences(Map.of("POST", value))).containsExactly(shown + (advice.isEmpty() ? BAD_WORD : advice));
    }

    @Test
    void everyVariableIsReadByName() throws InvalidSettingsException {
        for (Variable variable : VARIABLES.all()) {
            String opposite = variable.isOnByDefault() ? "0" : "1";

            assertThat(read(Map.of(variable.name(), opposite))
                            .policy()
                            .otherwise()
                            .granted()
                            .contains(variable.name()))
                    .as(variable.name())
                    .isNotEqualTo(variable.isOnByDefault());
        }
    }

    @Test
    void allProblemsAreReportedTogether() {
        Map<String, String> environment = Map.of(
                "SOCKET_PATH", "docker.sock",
                "LISTEN", "localhost:2375,tcp://[::1]:1,:2376",
                "STATUS_LISTEN", "8375",
                "STATUS_TOKEN", "secret",
                "STATUS_HOSTS", "proxy.lan, http://a b",
                "SHUTDOWN_TIMEOUT", "soon",
                "LOG_LEVEL", "loud",
                "POST", "maybe",
                "CONTAINERS", "2");

        assertThat(sentences(environment))
                .containsExactly(
                        "SOCKET_PATH=docker.sock: use an absolute path, such as /var/run/docker.sock",
                        "LISTEN=localhost:2375: the scheme is missing; use tcp://localhost:2375",
                        "LISTEN=:2376: the scheme is missing; use tcp://:2376 for all addresses, or"
                                + " tcp://127.0.0.1:2376 for this machine",
                        "STATUS_TOKEN=\"…\": use 16 to 256 letters, digits, dots, hyphens and underscores, such as the"
                                + " output of openssl rand -hex 16; unset it for a random token, or use off",
                        "STATUS_HOSTS=\"proxy.lan, http://a b\": use comma-separated host names without a port, such as"
                                + " proxy.example",
                        "STATUS_LISTEN=8375: the scheme is missing; use tcp://:8375 for all addresses, or"
                                + " tcp://127.0.0.1:8375 for this machine; or use off",
                        "SHUTDOWN_TIMEOUT=soon: use a number of at most six digits with ms, s, m or h, such as 5s",
                        "LOG_LEVEL=loud: use one of emerg, alert, crit, err, warning, notice, info, debug",
                        "CONTAINERS=2: " + BAD_WORD,
                        "POST=maybe: " + BAD_WORD);
    }

    @Test
    void exceptionMessageContainsAllProblems() {
        InvalidSettingsException invalid = refusal(Map.of("POST", "maybe", "LOG_LEVEL", ""));

        assertThat(invalid)
                .hasMessage("LOG_LEVEL=\"\": use one of emerg, alert, crit, err, warning, notice, info, debug\n"
                        + "POST=maybe: " + BAD_WORD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp://127.0.0.1:8375",
                "tcp://127.9.9.9:0",
                "tcp://localhost:8375",
                "tcp://LocalHost:8375",
                "tcp://[::1]:8375",
                "tcp://[0:0:0:0:0:0:0:1]:8375",
                "tcp://[::ffff:127.0.0.1]:8375",
            })
    void loopbackStatusPageNeedsNoTokenByDefault(String text) throws InvalidSettingsException {
        assertThat(read(Map.of("STATUS_LISTEN", text)).connections().status())
                .matches(status -> !status.isTokenNeeded() && status.token() == null);
        assertThat(read(Map.of("STATUS_LISTEN", text, "STATUS_TOKEN", TOKEN))
                        .connections()
                        .status())
                .matches(status -> status.isTokenNeeded() && TOKEN.equals(status.token()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "OFF", "no", "false", "0", "", "  "})
    void statusPageCanBeOff(String text) throws InvalidSettingsException {
        assertThat(read(Map.of("STATUS_LISTEN", text)).connections().status()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp://:8375",
                "tcp://0.0.0.0:8375",
                "tcp://192.0.2.1:8375",
                "tcp://proxy.lan:8375",
                "tcp://127.evil.example:8375",
                "tcp://127.0.0.1.evil.example:8375",
                "tcp://localhost.evil.example:8375",
                "tcp://[::]:8375",
                "tcp://[fd00::1]:8375",
                "tcp://[::ffff:192.0.2.1]:8375",
            })
    void remoteStatusPageNeedsTokenUnlessOff(String text) throws InvalidSettingsException {
        assertThat(read(Map.of("STATUS_LISTEN", text)).connections().status())
                .matches(status -> status.isTokenNeeded() && status.token() == null);
        assertThat(read(Map.of("STATUS_LISTEN", text, "STATUS_TOKEN", TOKEN))
                        .connections()
                        .status())
                .matches(status -> status.isTokenNeeded() && TOKEN.equals(status.token()));
        assertThat(read(Map.of("STATUS_LISTEN", text, "STATUS_TOKEN", "OFF"))
                        .connections()
                        .status())
                .matches(status -> !status.isTokenNeeded());
    }

    @Test
    void tokenIsNotInToString() throws InvalidSettingsException {
        assertThat(read(Map.of("STATUS_TOKEN", TOKEN)).toString()).doesNotContain(TOKEN);
        assertThat(read(Map.of("STATUS_TOKEN", TOKEN)).connections().status())
                .hasToString("StatusSettings[tcp://127.0.0.1:8375 with a token]");
        assertThat(read(Map.of()).connections().status()).hasToString("StatusSettings[tcp://127.0.0.1:8375]");
    }

    @Test
    void statusPageHasHostNames() throws InvalidSettingsException {
        assertThat(read(Map.of("STATUS_HOSTS", " Proxy.lan ,, nas"))
                        .connections()
                        .status()
                        .hosts())
                .containsExactlyInAnyOrder("proxy.lan", "nas");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "on -> the scheme is missing; use tcp://host:port, such as tcp://127.0.0.1:8375",
                "127.0.0.1:8375 -> the scheme is missing; use tcp://127.0.0.1:8375",
                "/run/page.sock -> the scheme is missing; use tcp://127.0.0.1:8375",
                "tcp://127.0.0.1:1,tcp://127.0.0.1:2 -> only one address is allowed here",
                "tcp://127.0.0.1 -> the port is missing; use tcp://127.0.0.1:8375",
                "tcp://:99999 -> the port 99999 is too large; the maximum is 65535",
                "tls://127.0.0.1:8375 -> the scheme tls:// is not allowed here; use tcp://",
            })
    void statusPageHasOneAddress(String text, String advice) {
        assertThat(sentences(Map.of("STATUS_LISTEN", text)))
                .containsExactly("STATUS_LISTEN=" + text + ": " + advice + "; or use off");
    }

    @Test
    void variablesOfTecnativaAreOnByDefault() throws InvalidSettingsException {
        assertThat(read(Map.of("COMPAT", "Tecnativa")).policy().otherwise().granted())
                .containsExactlyInAnyOrder(
                        "EVENTS",
                        "PING",
                        "VERSION",
                        "LIBPOD_PING",
                        "LIBPOD_VERSION",
                        "ALLOW_LOGS",
                        "ALLOW_TOP",
                        "ALLOW_CHANGES",
                        "ALLOW_ARCHIVE",
                        "ALLOW_EXPORT");
    }

    @Test
    void ledgerIsOffOrFile() throws InvalidSettingsException {
        assertThat(read(Map.of()).records().ledger()).isNull();
        assertThat(read(Map.of("LEDGER", "off")).records().ledger()).isNull();
        assertThat(read(Map.of("LEDGER", "/data/ledger.json")).records().ledger())
                .hasToString("/data/ledger.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ledger.json", "./ledger.json", "/", "/data/", "file:///data/ledger.json", "/a\u0000b"})
    void invalidLedgerPathIsRejected(String text) {
        assertThat(sentences(Map.of("LEDGER", text)))
                .singleElement()
                .asString()
                .endsWith("use the absolute path of a file in a writable folder, such as /data/ledger.json");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"'', -", "off, -", "/etc/extensions, /etc/extensions", "/, /"})
    void extensionsAreOffOrInAFolder(String text, String expected) throws InvalidSettingsException {
        assertThat(read(Map.of("EXTENSIONS", text)).enforcement().extensions())
                .isEqualTo(expected == null ? null : Path.of(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"extensions", "./extensions", "file:///etc/extensions", "/a\u0000b"})
    void invalidFolderOfExtensionsIsRejected(String text) {
        assertThat(sentences(Map.of("EXTENSIONS", text)))
                .singleElement()
                .asString()
                .endsWith("use the absolute path of a folder, such as /etc/socket-proxy/extensions");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "docker.sock", "./docker.sock", "unix:///var/run/docker.sock", "~/docker.sock"})
    void socketPathMustBeAbsolute(String text) {
        assertThat(sentences(Map.of("SOCKET_PATH", text)))
                .singleElement()
                .asString()
                .endsWith(": use an absolute path, such as /var/run/docker.sock");
    }

    @Test
    void invalidPathIsRejected() {
        assertThat(sentences(Map.of("SOCKET_PATH", "/run/\0")))
                .containsExactly("SOCKET_PATH=\"/run/\\u0000\": this is not a valid path; use a path such as"
                        + " /var/run/docker.sock");
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void defaultsAreValidAndEqualUnsetValues(Setting setting) throws InvalidSettingsException {
        assertThat(read(Map.of(setting.name(), setting.defaultValue()))).isEqualTo(read(Map.of()));
        assertThat(setting.meaning()).isNotBlank();
    }

    @ParameterizedTest
    @EnumSource(value = Setting.class, mode = EnumSource.Mode.EXCLUDE, names = "SHADOW_POLICY")
    void everySettingIsRead(Setting setting) {
        assertThat(sentences(Map.of(setting.name(), "no 'such value"))).isNotEmpty();
    }

    static Settings read(Map<String, String> environment) throws InvalidSettingsException {
        return Settings.read(environment, VARIABLES);
    }

    static List<String> sentences(Map<String, String> environment) {
        return refusal(environment).problems().stream().map(Problem::sentence).toList();
    }

    private static InvalidSettingsException refusal(Map<String, String> environment) {
        InvalidSettingsException refusal =
                catchThrowableOfType(InvalidSettingsException.class, () -> read(environment));
        assertThat(refusal).as("refusal of " + environment).isNotNull();
        return refusal;
    }
}
