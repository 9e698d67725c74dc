package org.socketproxy.server;

import jakarta.servlet.Filter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.LogSettings;
import org.socketproxy.config.NotifySettings;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.daemon.ContainerNames;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.inquiry.UnrecreatableContainers;
import org.socketproxy.notify.Notifier;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.protect.ClientProtection;
import org.socketproxy.protect.SelfProtection;
import org.socketproxy.reload.LearningPeriod;
import org.socketproxy.reload.LiveConfiguration;
import org.socketproxy.tls.Credentials;
import org.socketproxy.usage.LedgerFile;
import org.socketproxy.usage.LedgerFile.UnusableLedgerException;
import org.socketproxy.usage.UsageLedgers;

/**
 * The components that the filters and the servlet use.
 *
 * @param learning learn mode and its end
 * @param load open exchanges and connections of each profile
 * @param ledgerFile stores the ledger, or null without {@code LEDGER}
 * @param self protects the proxy's own container
 * @param names names of containers for the status page
 * @param unrecreatable containers that clients have removed and could not create again
 * @param containers the containers of the clients
 * @param version the lowest API version of the daemon, and older clients
 * @param notifier sends messages to the administrator, or null
 * @param extensions filters of the administrator, after the permission filter
 */
record ProxyComponents(
        OperationCatalogue catalogue,
        LiveConfiguration configuration,
        Daemon daemon,
        LearningPeriod learning,
        ActiveExchanges exchanges,
        ProfileConcurrency load,
        AuditLog log,
        UsageLedgers ledgers,
        @Nullable LedgerFile ledgerFile,
        SelfProtection self,
        ContainerNames names,
        UnrecreatableContainers unrecreatable,
        ClientContainers containers,
        DaemonVersion version,
        @Nullable Notifier notifier,
        Extensions extensions)
        implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyComponents.class);

    /**
     * Creates the components for the settings, with audit records on standard output.
     *
     * @throws InvalidSettingsException if an extension or the ledger's file cannot be used
     */
    static ProxyComponents of(Settings settings, Credentials credentials) throws InvalidSettingsException {
        return of(
                settings,
                credentials,
                lines -> {
                    System.out.print(lines);
                    System.out.flush();
                },
                List.of());
    }

    /**
     * Creates the components for the settings.
     *
     * @param records takes the lines of the audit log, see {@link AuditLog}
     * @param given additional filters, called in this order, before the filters of the settings
     * @throws InvalidSettingsException if a filter or the ledger's file cannot be used
     */
    static ProxyComponents of(Settings settings, Credentials credentials, Consumer<String> records, List<Filter> given)
            throws InvalidSettingsException {
        Instant now = Instant.now();
        LedgerFile ledgerFile = ledgerFile(settings, now);
        try {
            return of(settings, credentials, records, given, now, ledgerFile);
        } catch (InvalidSettingsException | RuntimeException failed) {
            if (ledgerFile != null) {
                ledgerFile.close();
            }
            throw failed;
        }
    }

    private static @Nullable LedgerFile ledgerFile(Settings settings, Instant now) throws InvalidSettingsException {
        Path file = settings.ledger();
        try {
            return file == null ? null : LedgerFile.open(file, now, LOG::warn);
        } catch (UnusableLedgerException unusable) {
            throw new InvalidSettingsException(
                    List.of(new Problem(Setting.LEDGER.name(), file.toString(), unusable.advice())));
        }
    }

    private static ProxyComponents of(
            Settings settings,
            Credentials credentials,
            Consumer<String> records,
            List<Filter> given,
            Instant now,
            @Nullable LedgerFile ledgerFile)
            throws InvalidSettingsException {
        Daemon daemon = Daemon.of(settings.daemon(), credentials.daemon());
        Extensions extensions = Extensions.load(
                settings.extensions(),
                given); // first, because it may throw: the later components would have to be closed
        extensions.start();
        OperationCatalogue catalogue = OperationCatalogue.load();
        LearningPeriod learning = LearningPeriod.of(settings, ledgerFile, now);
        ClientProtection clients = new ClientProtection(settings.listen());
        SelfProtection self = SelfProtection.of(settings.self(), clients);
        ClientContainers containers = new ClientContainers(self.reference());
        LiveConfiguration configuration = new LiveConfiguration(catalogue, learning.mode(), settings, containers);
        clients.use(configuration::profiles);
        ActiveExchanges exchanges = new ActiveExchanges();
        containers.whenChanged(() ->
                endStreams(exchanges, configuration, "of clients that are no longer the container of their address"));
        AuditLog log = AuditLog.to(
                records,
                settings.log().format() == LogSettings.Format.JSON ? AuditFormat.JSON : AuditFormat.TEXT,
                settings.log().timeZone(),
                written -> written instanceof PolicyChange || configuration.isLogged(written.isAllowed()),
                () -> configuration.settings().log().repeats() == LogSettings.Repeats.COLLAPSE);
        log.nameContainers(containers::nameOf);
        if (learning.mode().hasBegun()) {
            log.write(PolicyChange.learnOn(now, learning.mode().end()));
        }
        for (ConfiguredProfile each : configuration.profiles().all()) {
            LearnMode mode = each.profile().learning();
            if (each.profile().origin().isOfFile() && mode.hasBegun()) {
                log.write(PolicyChange.learnOn(now, mode.end(), each.name()));
            }
        }
        UsageLedgers ledgers = ledgerFile == null ? UsageLedgers.beginning(now) : ledgerFile.ledgers();
        return new ProxyComponents(
                catalogue,
                configuration,
                daemon,
                learning,
                exchanges,
                new ProfileConcurrency(),
                log,
                ledgers,
                ledgerFile,
                self,
                new ContainerNames(),
                new UnrecreatableContainers(),
                containers,
                new DaemonVersion(),
                notifier(settings.notifications(), configuration, ledgers, log),
                extensions);
    }

    private static @Nullable Notifier notifier(
            @Nullable NotifySettings settings, LiveConfiguration configuration, UsageLedgers ledgers, AuditLog log) {
        if (settings == null) {
            return null;
        }
        Notifier notifier = Notifier.start(settings, OperationCatalogue.load());
        configuration
                .profiles()
                .all()
                .forEach(each -> notifier.knows(each, ledgers.of(each.name()).snapshot()));
        configuration.whenReplaced(notifier::replaced);
        log.watch(notifier::seen);
        return notifier;
    }

    /** Ends the streams and tunnels that the profiles no longer allow; {@code which} describes them in the log. */
    void endStreams(String which) {
        endStreams(exchanges, configuration, which);
    }

    private static void endStreams(ActiveExchanges exchanges, LiveConfiguration configuration, String which) {
        List<String> ended = exchanges.revoke(configuration);
        if (!ended.isEmpty()) {
            LOG.info(
                    "Closed {} streams and tunnels {}: {}",
                    ended.size(),
                    which,
                    ended.stream().distinct().limit(10).toList());
        }
    }

    /** Destroys the extensions and writes pending audit records and the ledger; idempotent. */
    @Override
    public void close() {
        extensions.close();
        containers.close();
        configuration.close();
        if (notifier != null) {
            notifier.close();
        }
        log.close();
        if (ledgerFile != null) {
            ledgerFile.close();
        }
    }

    /** The proxy's filters and servlet never block; extensions may block. */
    InvocationType invocation() {
        return extensions.filters().isEmpty() ? InvocationType.NON_BLOCKING : InvocationType.BLOCKING;
    }
}
