package org.socketproxy.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.ConfigurationFiles.TextFile;
import org.socketproxy.minisign.PublicKey;
import org.socketproxy.minisign.PublicKey.UnsignedException;

/**
 * Version of a policy file whose signature was verified with {@code POLICY_KEY}.
 *
 * <p>Security: a file without a valid signature, with an older version than the last one in {@code POLICY_VERSION_FILE}, or with the
 * same version and another content is unusable, as is one whose version cannot be kept.
 *
 * @param number from the trusted comment of the signature
 * @param digest SHA-256 of the policy file
 * @param state keeps the highest version; null for none
 */
public record SignedPolicy(
        long number, String digest, @Nullable Path state) {
    private static final String SUFFIX = ".minisig";
    private static final Pattern VERSION = Pattern.compile("(?<!\\S)version:(\\d{1,18})(?!\\S)");
    private static final Pattern STATE = Pattern.compile("version:(\\d{1,18}) sha256:([0-9a-f]{64})\n");
    private static final int MAX_BYTES = 4096;

    /** Returns the policy file with its version, or an unusable one. Returns the file itself without {@code POLICY_KEY}. */
    static TextFile verify(Map<String, String> settings, TextFile policy) {
        String words = settings.getOrDefault(Setting.POLICY_KEY.name(), "").strip();
        String place =
                settings.getOrDefault(Setting.POLICY_VERSION_FILE.name(), "").strip();
        if (words.isEmpty() && !place.isEmpty()) {
            return refused(
                    Setting.POLICY_VERSION_FILE,
                    place,
                    "it is only for a signed policy; set POLICY_KEY too, or unset it");
        }
        if (words.isEmpty() || !policy.problems().isEmpty()) {
            return policy;
        }
        List<PublicKey> keys = new ArrayList<>();
        for (String word : words.split(",", -1)) {
            Optional<PublicKey> key = PublicKey.parse(word.strip());
            if (key.isEmpty()) {
                return refused(
                        Setting.POLICY_KEY,
                        word,
                        "use a public key of minisign, such as RWQ...: the second line of its file");
            }
            keys.add(key.get());
        }
        if (!policy.isNamed()) {
            return refused(
                    Setting.POLICY_KEY,
                    words,
                    "it is only for a policy file; set POLICY to a signed file, or unset POLICY_KEY");
        }
        Optional<Path> named = Parsers.absoluteFile(place);
        if (!place.equalsIgnoreCase("off") && named.isEmpty()) {
            return refused(
                    Setting.POLICY_VERSION_FILE,
                    place,
                    "with POLICY_KEY use the absolute path of a file that keeps the last version, such as /data/policy-version;"
                            + " or off: a restart then accepts an older policy");
        }
        Path state = place.equalsIgnoreCase("off") ? null : named.orElse(null);
        try {
            String comment =
                    PublicKey.verify(policy.text().getBytes(UTF_8), text(Path.of(policy.name() + SUFFIX)), keys);
            List<Long> numbers = VERSION.matcher(comment)
                    .results()
                    .map(found -> Long.valueOf(found.group(1)))
                    .toList();
            if (numbers.size() != 1) {
                return refused(
                        Setting.POLICY, policy.name(), "the trusted comment of its signature has no version:NUMBER");
            }
            SignedPolicy signed = new SignedPolicy(numbers.get(0), digest(policy.text()), state);
            String fault = signed.compare();
            return fault.isEmpty()
                    ? new TextFile(policy.name(), policy.text(), List.of(), signed)
                    : refused(Setting.POLICY, policy.name(), fault);
        } catch (UnsignedException unsigned) {
            return refused(
                    Setting.POLICY,
                    policy.name(),
                    unsigned.getMessage() + "; sign it with a key of POLICY_KEY (docs/operations.md)");
        } catch (NoSuchFileException absent) {
            return refused(Setting.POLICY, policy.name(), "POLICY_KEY is set, and " + absent.getFile() + " is missing");
        } catch (IOException unreadable) {
            return refused(Setting.POLICY, policy.name(), "its signature cannot be verified: " + unreadable);
        }
    }

    private static TextFile refused(Setting setting, String value, String advice) {
        TextFile refused = ConfigurationFiles.unusable(setting, value, advice);
        return refused.isNamed() ? refused : ConfigurationFiles.unusable(setting, setting.name(), advice);
    }

    /** Returns why the version is not accepted after the last one; empty if it is. */
    private String compare() throws IOException {
        Matcher last = last();
        if (last == null) {
            return "";
        }
        long highest = Long.parseLong(last.group(1));
        if (number < highest) {
            return "version " + number + " is older than " + highest
                    + ", which was in force before; sign it with a newer version";
        }
        return number == highest && !digest.equals(last.group(2))
                ? "version " + number + " was in force with another content; sign it with a newer version"
                : "";
    }

    /** Returns the last version, or null for none. */
    private @Nullable Matcher last() throws IOException {
        if (state == null) {
            return null;
        }
        String text;
        try {
            text = text(state);
        } catch (NoSuchFileException none) {
            return null;
        }
        Matcher last = STATE.matcher(text);
        if (!last.matches()) {
            throw new IOException(state + " is not a file with a version; remove it to accept each version");
        }
        return last;
    }

    /**
     * Keeps the version, before the policy is in force. Has no effect for a known version.
     *
     * @throws InvalidSettingsException if it cannot be written
     */
    void keep() throws InvalidSettingsException {
        Path file = state;
        try {
            Matcher last = last();
            if (file == null || last != null && Long.parseLong(last.group(1)) == number) {
                return;
            }
            Path folder = file.toAbsolutePath().getParent();
            Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
            Files.deleteIfExists(temporary);
            try (FileChannel out = FileChannel.open(
                    temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                out.write(UTF_8.encode("version:" + number + " sha256:" + digest + "\n"));
                out.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel opened = FileChannel.open(folder)) {
                opened.force(true);
            }
        } catch (IOException failed) {
            throw new InvalidSettingsException(List.of(new Problem(
                    Setting.POLICY_VERSION_FILE.name(),
                    String.valueOf(file),
                    "the version of the policy cannot be kept (" + failed + "), so the policy is refused")));
        }
    }

    private static String text(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_BYTES), UTF_8);
        }
    }

    private static String digest(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
