package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.minisign.PublicKey;
import org.socketproxy.minisign.SecretKey;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;

/** {@code POLICY_KEY}: which policy files are used, and which are refused. */
class SignedPolicyTest {
    private static final String ONE = "profiles: {web: {clients: [{network: 0.0.0.0/0}], preset: dozzle}}\n";
    private static final String OTHER = "profiles: {web: {clients: [{network: 0.0.0.0/0}], preset: traefik}}\n";

    @TempDir
    Path folder;

    private final SecretKey key = newKey();
    private final SecretKey foreign = newKey();
    private final Map<String, String> environment = new HashMap<>();
    private Path policy;
    private Path signature;
    private Path state;

    private static SecretKey newKey() {
        try {
            return SecretKey.generate();
        } catch (java.security.GeneralSecurityException absent) {
            throw new AssertionError(absent);
        }
    }

    @BeforeEach
    void sign() throws Exception {
        policy = folder.resolve("policy.yaml");
        signature = folder.resolve("policy.yaml.minisig");
        state = folder.resolve("version");
        environment.putAll(Map.of(
                "POLICY", policy.toString(),
                "POLICY_KEY", key.publicKey().text(),
                "POLICY_VERSION_FILE", state.toString()));
        put(ONE, key.sign(ONE.getBytes(StandardCharsets.UTF_8), "version:7"));
    }

    private void put(String text, String signed) throws IOException {
        Files.writeString(policy, text);
        Files.writeString(signature, signed);
    }

    /** Returns the version in force, and keeps it as a start does. */
    private long use() throws InvalidSettingsException {
        ConfigurationFiles files = ConfigurationFiles.load(environment);
        long version =
                Settings.read(environment, files, Variables.load()).policy().version();
        files.keepVersion();
        return version;
    }

    private String refusal() {
        return catchThrowableOfType(InvalidSettingsException.class, this::use).problems().stream()
                .map(problem -> problem.sentence())
                .reduce("", String::concat);
    }

    @Test
    void theVersionMayOnlyGrow() throws Exception {
        assertThat(use()).isEqualTo(7);
        assertThat(use()).isEqualTo(7); // a restart
        String old = Files.readString(signature);
        put(OTHER, key.sign(OTHER.getBytes(StandardCharsets.UTF_8), "timestamp:1\tversion:12\thashed"));
        assertThat(use()).isEqualTo(12);
        assertThat(Files.readString(state)).startsWith("version:12 sha256:");

        put(ONE, old);
        assertThat(refusal()).contains("version 7 is older than 12, which was in force before");
        put(ONE, key.sign(ONE.getBytes(StandardCharsets.UTF_8), "version:12"));
        assertThat(refusal()).contains("version 12 was in force with another content");
        Files.writeString(state, "version:1");
        assertThat(refusal()).contains("is not a file with a version");
    }

    /** The file that is changed, and how. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "signature missing | POLICY_KEY is set, and ",
                "signature empty | the signature has not the form of minisign",
                "signature half | the signature has not the form of minisign",
                "signature of another key | another key has signed it",
                "signature of another key with this id | the signature is not of this content",
                "policy changed | the signature is not of this content",
                "policy half | the last line has no line break",
                "comment changed | the trusted comment of the signature was changed",
                "comment without a version | has no version:NUMBER",
                "comment with two versions | has no version:NUMBER",
                "key malformed | use a public key of minisign",
                "policy unset | it is only for a policy file",
                "state unset | with POLICY_KEY use the absolute path of a file that keeps the last version",
                "state not writable | the version of the policy cannot be kept"
            })
    void aPolicyOfElsewhereIsRefused(String change, String reason) throws Exception {
        String good = Files.readString(signature);
        switch (change) {
            case "signature missing" -> Files.delete(signature);
            case "signature empty" -> put(ONE, "");
            case "signature half" -> put(ONE, good.substring(0, good.length() / 2));
            case "signature of another key" ->
                put(ONE, foreign.sign(ONE.getBytes(StandardCharsets.UTF_8), "version:8"));
            case "signature of another key with this id" ->
                put(ONE, withIdOf(good, foreign.sign(ONE.getBytes(StandardCharsets.UTF_8), "version:8")));
            case "policy changed" -> put(OTHER, good);
            case "policy half" -> put(ONE.substring(0, 20), good);
            case "comment changed" -> put(ONE, good.replace("version:7", "version:9"));
            case "comment without a version" -> put(ONE, key.sign(ONE.getBytes(StandardCharsets.UTF_8), "reversion:7"));
            case "comment with two versions" ->
                put(ONE, key.sign(ONE.getBytes(StandardCharsets.UTF_8), "version:7 version:8"));
            case "key malformed" ->
                environment.put("POLICY_KEY", key.publicKey().text().substring(4));
            case "policy unset" -> environment.remove("POLICY");
            case "state unset" -> environment.remove("POLICY_VERSION_FILE");
            case "state not writable" ->
                environment.put(
                        "POLICY_VERSION_FILE", folder.resolve("no/folder").toString());
            default -> throw new AssertionError(change);
        }
        assertThat(refusal()).contains(reason);
        assertThat(state).doesNotExist();
    }

    /** Replaces the id of the key in the second line. */
    private static String withIdOf(String good, String other) {
        java.util.Base64.Decoder decoder = java.util.Base64.getDecoder();
        byte[] bytes = decoder.decode(other.lines().toList().get(1));
        System.arraycopy(decoder.decode(good.lines().toList().get(1)), 0, bytes, 0, 10);
        return other.replace(
                other.lines().toList().get(1), java.util.Base64.getEncoder().encodeToString(bytes));
    }

    @Test
    void severalKeysAreForTheirChange() throws Exception {
        environment.put(
                "POLICY_KEY",
                foreign.publicKey().text() + ", " + key.publicKey().text());
        assertThat(use()).isEqualTo(7);
    }

    @Test
    void minisignVerifiesOurSignaturesAndMakesOthers() throws Exception {
        Programs.assumeInstalled("minisign");
        Cli shell = Cli.in(folder, Map.of());
        String ours = key.publicKey().text();
        assertThat(PublicKey.parse(ours)).isPresent();
        Cli.Result verified = shell.run("minisign", "-V", "-P", ours, "-m", "policy.yaml");
        assertThat(verified.exitCode()).as(verified.stderr()).isZero();
        assertThat(verified.stdout()).contains("Trusted comment: version:7");

        Files.writeString(folder.resolve("our.key"), key.text());
        Files.delete(signature);
        assertThat(shell.run("minisign", "-S", "-s", "our.key", "-m", "policy.yaml", "-t", "version:8")
                        .exitCode())
                .isZero();
        assertThat(use()).isEqualTo(8);

        assertThat(shell.run("minisign", "-G", "-W", "-p", "their.pub", "-s", "their.key")
                        .exitCode())
                .isZero();
        SecretKey theirs = SecretKey.parse(Files.readString(folder.resolve("their.key")));
        assertThat(Files.readAllLines(folder.resolve("their.pub")).get(1))
                .isEqualTo(theirs.publicKey().text());
        environment.put("POLICY_KEY", theirs.publicKey().text());
        Files.move(policy, folder.resolve("policy.yaml"), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(signature, theirs.sign(ONE.getBytes(StandardCharsets.UTF_8), "version:9"));
        assertThat(use()).isEqualTo(9);
    }
}
