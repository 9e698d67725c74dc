package org.socketproxy.reload;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.socketproxy.audit.NoticeLog;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Settings;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.reload.ReloadResult.ReloadReport;
import org.socketproxy.tls.Credentials;

/**
 * Reloads certificates and keys when their files change, and on SIGHUP: all of them or none.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
public final class CertificateReloader implements Reloadable {
    private static final int MAX_BYTES = 1 << 20;

    private final Settings settings;
    private final Consumer<Credentials> replace;
    private final ReloadReport report;
    private final DebouncedValue<List<String>> contents;

    /**
     * Watches all certificate and key files of the settings.
     *
     * @param replace applies the new credentials, or throws {@link IllegalStateException}
     * @param reloaded receives the result of each reload
     */
    public CertificateReloader(
            Settings settings, Consumer<Credentials> replace, Consumer<ReloadResult> reloaded, NoticeLog log) {
        this.settings = settings;
        this.replace = replace;
        this.report = new ReloadReport(reloaded, log);
        this.contents = new DebouncedValue<>(read(), this::read);
    }

    @Override
    public void reload() {
        contents.read();
        apply("SIGHUP");
    }

    @Override
    public void poll() {
        contents.poll().ifPresent(changed -> apply("a change of certificate or key"));
    }

    private List<String> read() {
        return Credentials.files(settings).stream()
                .map(CertificateReloader::text)
                .toList();
    }

    private static String text(Path file) {
        if (!Files.isRegularFile(file)) { // open() of a FIFO would block this thread
            return "";
        }
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
        report.write(cause, isApplied, sentences);
    }
}
