package org.socketproxy.reload;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Settings;
import org.socketproxy.tls.Credentials;

/**
 * Reloads certificates and keys when their files change, all of them or none. Compares the contents of the files, like
 * {@link EnvFileReloader}. Applies a change when two successive polls read the same contents, because the certificate may be
 * written before its key.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
public final class CertificateReloader implements Reloadable {
    private static final int MAX_BYTES = 1 << 20;

    private final Settings settings;
    private final Consumer<Credentials> replace;
    private final Consumer<ReloadResult> reloaded;
    private final PrintStream log;
    private List<String> settled;
    private List<String> seen;

    /**
     * Watches all certificate and key files of the settings.
     *
     * @param replace applies the new credentials, or throws {@link IllegalStateException}
     * @param reloaded receives the result of each reload, for the status page
     */
    public CertificateReloader(
            Settings settings, Consumer<Credentials> replace, Consumer<ReloadResult> reloaded, PrintStream log) {
        this.settings = settings;
        this.replace = replace;
        this.reloaded = reloaded;
        this.log = log;
        this.settled = read();
        this.seen = settled;
    }

    @Override
    public void reload() {
        seen = read();
        settled = seen;
        apply("SIGHUP");
    }

    @Override
    public void poll() {
        List<String> now = read();
        if (now.equals(seen) && !now.equals(settled)) {
            settled = now;
            apply("a change of certificate or key");
        }
        seen = now;
    }

    private List<String> read() {
        return Credentials.files(settings).stream()
                .map(CertificateReloader::text)
                .toList();
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    private void apply(String cause) {
        List<String> sentences = new ArrayList<>();
        boolean isApplied = false;
        try {
            Credentials fresh = Credentials.load(settings);
            replace.accept(fresh);
            sentences.addAll(fresh.sentences());
            isApplied = true;
        } catch (InvalidSettingsException invalid) {
            invalid.problems().stream().map(Problem::sentence).forEach(sentences::add);
        } catch (IllegalStateException failed) {
            sentences.add(failed.getMessage() + " (" + failed.getCause() + "); create it again");
        }
        reloaded.accept(new ReloadResult(Instant.now().truncatedTo(ChronoUnit.SECONDS), cause, isApplied, sentences));
        String head = "docker-socket-proxy: reload by " + cause + (isApplied ? ": " : " refused: ");
        StringBuilder lines = new StringBuilder();
        sentences.forEach(sentence -> lines.append(head).append(sentence).append('\n'));
        log.print(lines);
        log.flush();
    }
}
