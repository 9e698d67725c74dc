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
 * Puts new certificates and keys in place of the old ones when their files have changed, all of them or none. They are compared by what they
 * hold, for the reasons that {@link EnvFileReloader} gives, and a change counts when two looks have seen the same: the
 * certificate may come a moment before its key.
 *
 * <p>Threading: one thread does all of it.
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
     * Watches every file of certificates and keys that the settings name.
     *
     * @param replace puts them in place, or throws {@link IllegalStateException}
     * @param reloaded told what became of it, for the status page
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
    public void hangUp() {
        seen = read();
        settled = seen;
        apply("SIGHUP");
    }

    @Override
    public void look() {
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
            sentences.add(failed.getMessage() + " (" + failed.getCause() + "); make it anew");
        }
        reloaded.accept(new ReloadResult(Instant.now().truncatedTo(ChronoUnit.SECONDS), cause, isApplied, sentences));
        String head = "docker-socket-proxy: reload by " + cause + (isApplied ? ": " : " refused: ");
        StringBuilder lines = new StringBuilder();
        sentences.forEach(sentence -> lines.append(head).append(sentence).append('\n'));
        log.print(lines);
        log.flush();
    }
}
