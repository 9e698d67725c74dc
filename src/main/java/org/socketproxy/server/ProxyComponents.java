package org.socketproxy.server;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.LogFile;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.LogSettings;
import org.socketproxy.config.NotifySettings;
import org.socketproxy.config.Problem;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.daemon.ContainerNames;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.lease.LeaseFolder;
import org.socketproxy.lease.Leases;
import org.socketproxy.notify.Notifier;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;
import org.socketproxy.protect.ClientProtection;
import org.socketproxy.protect.SelfProtection;
import org.socketproxy.reload.LearningPeriod;
import org.socketproxy.reload.LiveConfiguration;
import org.socketproxy.tls.Credentials;
import org.socketproxy.usage.UsageLedgers;
import org.socketproxy.usage.file.LedgerFile;
import org.socketproxy.usage.file.LedgerFile.UnusableLedgerException;

/**
 * The components that the filters and the servlet use.
 *
 * @param learning learn mode and its end
 * @param load open exchanges and connections of each profile
 * @param ledgerFile stores the ledger, or null without {@code LEDGER}
 * @param auditFile gets the audit log too, or null without {@code AUDIT_FILE}
 * @param self protects the proxy's own container
 * @param names names of containers for the status page
 * @param objects queries and caches about objects of the daemon
 * @param containers the containers of the clients
 * @param version the lowest API version of the daemon, and older clients
 * @param notifier sends messages to the administrator, or null
 * @param extensions filters of the administrator, after the permission filter
 * @param leases leases of clients, or null
 */
record ProxyComponents(
        OperationCatalogue catalogue,
        LiveConfiguration configuration,
        DaemonClient client,
        LearningPeriod learning,
        ActiveExchanges exchanges,
        ProfileConcurrency load,
        AuditLog log,
        UsageLedgers ledgers,
        @Nullable LedgerFile ledgerFile,
        @Nullable LogFile auditFile,
        SelfProtection self,
        ContainerNames names,
        DaemonObjects objects,
        ClientContainers containers,
        DaemonVersion version,
        @Nullable Notifier notifier,
        Extensions extensions,
        @Nullable Leases leases)
        implements AutoCloseable {

    private static final Duration LEASE_TIMEOUT = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(ProxyComponents.class);

    /** Writes audit records to standard output. */
    static final Consumer<String> STANDARD_OUTPUT = lines -> {
        System.out.print(lines);
        System.out.flush();
    };

    /**
     * Creates the components for the settings.
     *
     * @param records takes the lines of the audit log, see {@link AuditLog}
     * @param given additional filters, called in this order, before the filters of the settings
     * @param mayBlock whether other listeners or handlers of the server may block
     * @throws InvalidSettingsException if a filter or the ledger's file cannot be used
     */
    static ProxyComponents of(
            Settings settings, Credentials credentials, Consumer<String> records, List<Filter> given, boolean mayBlock)
            throws InvalidSettingsException {
        Instant now = Instant.now();
        LogFile auditFile = auditFile(settings.records().log().file());
        LedgerFile ledgerFile = ledgerFile(settings, now);
        try {
            Extensions extensions = Extensions.load(
                    settings.enforcement().extensions(),
                    given); // first, because it may throw: the later components would have to be closed
            extensions.start();
            // The proxy's filters and servlet never block; extensions may block.
            InvocationType invocation =
                    mayBlock || !extensions.filters().isEmpty() ? InvocationType.BLOCKING : InvocationType.NON_BLOCKING;
            Daemon daemon = DaemonClient.daemonAt(settings.connections().daemon(), credentials.daemon());
            return of(settings, new DaemonClient(daemon, invocation), extensions, records, ledgerFile, auditFile, now);
        } catch (InvalidSettingsException | RuntimeException failed) {
            if (ledgerFile != null) {
                ledgerFile.close();
            }
            throw failed;
        }
    }

    private static @Nullable LogFile auditFile(LogSettings.@Nullable AuditFile file) throws InvalidSettingsException {
        try {
            return file == null ? null : LogFile.rotated(file.path(), file.maxBytes(), file.kept());
        } catch (IOException failed) {
            throw new InvalidSettingsException(List.of(new Problem(
                    Setting.AUDIT_FILE.name(),
                    file.path().toString(),
                    "the file cannot be written (" + failed
                            + "); use a file in a folder in which the proxy's user may write")));
        }
    }

    private static @Nullable LedgerFile ledgerFile(Settings settings, Instant now) throws InvalidSettingsException {
        Path file = settings.records().ledger();
        try {
            return file == null ? null : LedgerFile.open(file, now, LOG::warn);
        } catch (UnusableLedgerException unusable) {
            throw new InvalidSettingsException(
                    List.of(new Problem(Setting.LEDGER.name(), file.toString(), unusable.advice())));
        }
    }

    private static ProxyComponents of(
            Settings settings,
            DaemonClient client,
            Extensions extensions,
            Consumer<String> records,
            @Nullable LedgerFile ledgerFile,
            @Nullable LogFile auditFile,
            Instant now) {
        OperationCatalogue catalogue = OperationCatalogue.load();
        LearningPeriod learning = LearningPeriod.of(settings, ledgerFile, now);
        DaemonQuery query = newQuery(client);
        ClientContainers containers =
                new ClientContainers(settings.enforcement().self().find(), query);
        LiveConfiguration configuration = new LiveConfiguration(catalogue, learning.mode(), settings, containers);
        SelfProtection self = SelfProtection.of(
                settings.enforcement().self(),
                query,
                own -> new ClientProtection(
                        settings.connections().listen(),
                        () -> configuration.profiles().all(),
                        query,
                        own));
        DaemonVersion version = new DaemonVersion(query);
        client.whenConnected(version::connected);
        ActiveExchanges exchanges = new ActiveExchanges();
        AuditLog log = AuditLog.to(
                records,
                settings.records().log().format() == LogSettings.Format.JSON ? AuditFormat.JSON : AuditFormat.TEXT,
                settings.records().log().timeZone(),
                written -> written instanceof PolicyChange || configuration.isLogged(written.isAllowed()),
                () -> configuration.settings().records().log().repeats() == LogSettings.Repeats.COLLAPSE);
        if (auditFile != null) {
            log.copyTo(auditFile);
        }
        if (settings.records().log().isRequired()) {
            Consumer<String> required = auditFile == null ? records : auditFile;
            log.require(() -> required instanceof LogFile file && file.isFailing());
        }
        exchanges.limitDaemon(() -> configuration.settings().connections().daemonTimeout());
        log.nameContainers(containers::nameOf);
        Leases leases = leases(settings, catalogue, configuration, exchanges, client, log);
        Profiles profiles = leases == null ? configuration : leases;
        containers.whenChanged(
                () -> endStreams(exchanges, profiles, "of clients that are no longer the container of their address"));
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
                client,
                learning,
                exchanges,
                new ProfileConcurrency(),
                log,
                ledgers,
                ledgerFile,
                auditFile,
                self,
                new ContainerNames(query),
                new DaemonObjects(query, containers::idOf),
                containers,
                version,
                notifier(settings.records().notifications(), configuration, ledgers, log),
                extensions,
                leases);
    }

    /** Returns null without {@code LEASES}. */
    private static @Nullable Leases leases(
            Settings settings,
            OperationCatalogue catalogue,
            LiveConfiguration configuration,
            ActiveExchanges exchanges,
            DaemonClient client,
            AuditLog log) {
        Path folder = settings.enforcement().leases();
        if (folder == null) {
            return null;
        }
        ParameterRules rules = ParameterRules.load();
        Function<ProfileSettings, Profile> profile = lease -> ConfiguredProfiles.ofLease(
                        lease, configuration.settings().policy(), catalogue, rules, InstantSource.system())
                .profile();
        return new Leases(
                new LeaseFolder(folder),
                new Leases.Parts(
                        name -> configuration.settings().policy().lease(name).orElse(null),
                        profile,
                        profile.apply(ProfileSettings.none("the policy file", 0)),
                        configuration,
                        exchanges,
                        leaseQuery(client),
                        log));
    }

    /** The removal of an object can take longer than other queries. */
    private static DaemonQuery leaseQuery(DaemonClient client) {
        return new DaemonQuery(client, HeldMemory.ofThisProcess(DaemonQuery.MAX_BYTES), LEASE_TIMEOUT);
    }

    /** Returns the profiles of all clients, also of leases. */
    Profiles profiles() {
        return leases == null ? configuration : leases;
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
        endStreams(exchanges, profiles(), which);
    }

    private static void endStreams(ActiveExchanges exchanges, Profiles profiles, String which) {
        List<String> ended = exchanges.revoke(profiles);
        if (!ended.isEmpty()) {
            LOG.info(
                    "Closed {} streams and tunnels {}: {}",
                    ended.size(),
                    which,
                    ended.stream().distinct().limit(10).toList());
        }
    }

    Daemon daemon() {
        return client.daemon();
    }

    /** Creates queries with a memory of their own. */
    static DaemonQuery newQuery(DaemonClient client) {
        return new DaemonQuery(client, HeldMemory.ofThisProcess(DaemonQuery.MAX_BYTES));
    }

    /**
     * Ends the exchanges as {@code DRAIN} and {@code SHUTDOWN_TIMEOUT} say.
     *
     * @param isQuiet whether no connection is open
     */
    void stop(BooleanSupplier isQuiet) {
        var unused = exchanges.stop(
                () -> configuration.settings().connections().stop().timeout(),
                () -> configuration.settings().connections().stop().drain(),
                isQuiet);
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
}
