package org.socketproxy.server;

import jakarta.servlet.Filter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.api.OperationCatalogue;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.LedgerFile;
import org.socketproxy.audit.UsageLedger;
import org.socketproxy.config.LogFormat;
import org.socketproxy.config.LogLevel;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.proxy.Daemon;
import org.socketproxy.proxy.OpenExchanges;

/**
 * What the filter chain is made of.
 *
 * @param learning whether what the variables deny is let through for a while
 * @param ledgerFile keeps the ledger, or null where nobody wants it kept
 * @param extensions further filters, in the order in which they stand behind the permission filter
 */
record Parts(
        OperationCatalogue catalogue,
        Configuration configuration,
        Daemon daemon,
        LearnMode learning,
        OpenExchanges exchanges,
        AuditLog log,
        UsageLedger ledger,
        @Nullable LedgerFile ledgerFile,
        List<Filter> extensions)
        implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    /** The parts that these settings ask for; the extensions are those that {@link ServiceLoader} finds. */
    static Parts of(Settings settings) {
        OperationCatalogue catalogue = OperationCatalogue.load();
        Configuration configuration = new Configuration(catalogue, settings);
        AuditLog log = AuditLog.to(
                System.out,
                settings.logFormat() == LogFormat.JSON ? AuditFormat.JSON : AuditFormat.TEXT,
                written -> configuration
                        .settings()
                        .logLevel()
                        .includes(written.isAllowed() ? LogLevel.INFO : LogLevel.NOTICE));
        Instant now = Instant.now();
        LedgerFile file = settings.ledger() == null ? null : LedgerFile.open(settings.ledger(), now, LOG::warn);
        return new Parts(
                catalogue,
                configuration,
                Daemon.at(settings.socketPath()),
                settings.learnFor() == null ? LearnMode.off() : LearnMode.lasting(settings.learnFor()),
                new OpenExchanges(),
                log,
                file == null ? UsageLedger.beginning(now) : file.ledger(),
                file,
                findExtensions());
    }

    private static List<Filter> findExtensions() {
        List<Filter> found = new ArrayList<>();
        ServiceLoader.load(Filter.class).forEach(found::add);
        found.sort(Comparator.comparing(filter -> filter.getClass().getName()));
        return found;
    }

    /** Writes what is left to write; may be called again. */
    @Override
    public void close() {
        log.close();
        if (ledgerFile != null) {
            ledgerFile.close();
        }
    }

    /** Our own filters and servlet never block; what others do in theirs, nobody knows. */
    InvocationType invocation() {
        return extensions.isEmpty() ? InvocationType.NON_BLOCKING : InvocationType.BLOCKING;
    }
}
