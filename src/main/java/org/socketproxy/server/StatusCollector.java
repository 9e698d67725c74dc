package org.socketproxy.server;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.LogFile;
import org.socketproxy.audit.NoticeLog;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.lease.LeaseFacts;
import org.socketproxy.lease.LeaseState;
import org.socketproxy.listener.OpenFiles;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.CoveringPresets;
import org.socketproxy.policy.advice.DaemonFault;
import org.socketproxy.policy.advice.Dangers;
import org.socketproxy.policy.advice.LeastPolicies;
import org.socketproxy.policy.advice.ProfileChange;
import org.socketproxy.policy.advice.ProfileRisks;
import org.socketproxy.policy.advice.Suggestion;
import org.socketproxy.reload.LiveConfiguration;
import org.socketproxy.reload.ReloadResult;
import org.socketproxy.shadow.Shadow.ShadowPolicy;
import org.socketproxy.status.LeaseRow;
import org.socketproxy.status.ProxySetup;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.status.StatusPage;
import org.socketproxy.status.StatusSource;
import org.socketproxy.status.StatusSource.MetricsFacts;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.status.StatusSource.StatusFacts.ShadowFacts;
import org.socketproxy.usage.UsageLedger;
import org.socketproxy.yaml.StrictYaml;

/** Collects the data of the start report, the status page and the metrics. */
final class StatusCollector implements StatusSource {
    /** Minimum age of exchanges on the page: shorter exchanges would only flicker. */
    private static final Duration MIN_AGE = Duration.ofSeconds(1);

    private final Variables variables;
    private final ProxyComponents parts;
    private final DaemonProbe probe;
    private final RejectionCounter refusals;
    private final Supplier<List<String>> listening;
    private final Supplier<MetricsFacts.ListenerFacts> listeners;
    private final Instant since = Instant.now();
    private final LeastPolicies least;
    private volatile @Nullable Function<String, Validation> validator;
    private final Map<String, Set<String>> presets = Preset.ofVariables();

    /**
     * @param listening called each time, because the system may choose a port
     * @param listeners state of the listeners for clients
     */
    StatusCollector(
            Variables variables,
            ProxyComponents parts,
            DaemonProbe probe,
            RejectionCounter refusals,
            Supplier<List<String>> listening,
            Supplier<MetricsFacts.ListenerFacts> listeners) {
        this.variables = variables;
        this.least = new LeastPolicies(parts.catalogue(), variables);
        this.parts = parts;
        this.probe = probe;
        this.refusals = refusals;
        this.listening = listening;
        this.listeners = listeners;
    }

    /** Returns the setup of the first profile; does not probe the daemon. */
    ProxySetup setup() {
        return setup(shown(""), risks());
    }

    /** Not kept, because learn mode ends while the proxy runs. */
    private ProfileRisks risks() {
        return new ProfileRisks(parts.configuration().profiles(), parts.catalogue());
    }

    private ConfiguredProfile shown(String name) {
        ConfiguredProfiles profiles = parts.configuration().profiles();
        return profiles.find(name).orElseGet(() -> profiles.all().get(0));
    }

    private ProxySetup setup(ConfiguredProfile shown, ProfileRisks risks) {
        return setup(
                shown,
                risks,
                links(risks),
                variables.all().stream()
                        .map(variable -> Dangers.effective(variable, shown.profile(), parts.catalogue()))
                        .toList());
    }

    private ProxySetup setup(
            ConfiguredProfile shown, ProfileRisks risks, List<ProfileLink> links, List<Variable> effective) {
        LiveConfiguration configuration = parts.configuration();
        return new ProxySetup(
                Version.current(),
                since,
                parts.daemon().address(),
                listening.get(),
                parts.extensions().filters().stream()
                        .map(ExtensionFilter::nameOf)
                        .toList(),
                effective,
                links.stream()
                        .map(link -> link.name().equals(shown.name()) ? link.shown() : link)
                        .toList(),
                shown.profile(),
                risks.risk(shown),
                shown.settings().grants().defaults(),
                Deployment.form(configuration.settings()),
                shown.profile().origin().isOfFile()
                        ? shown.profile().origin().file()
                        : configuration.settings().findings().envFile(),
                hints(shown),
                parts.self().summary(),
                parts.notifier() == null ? "off" : parts.notifier().summary(),
                configuration.lastReload());
    }

    /** Returns a link to each profile of the policy file, none of them as shown; empty without a policy file. */
    private List<ProfileLink> links(ProfileRisks risks) {
        if (!parts.configuration().settings().policy().isOfFile()) {
            return List.of();
        }
        return parts.configuration().profiles().all().stream()
                .map(each -> new ProfileLink(
                        each.name(),
                        each.settings().clients().stream()
                                .map(ClientMatcher::text)
                                .toList(),
                        each.settings().clients().stream().allMatch(ClientMatcher::isHard),
                        (int) parts.catalogue().operations().stream()
                                .filter(operation -> each.profile().allows(operation))
                                .count(),
                        StatusPage.rules(each.profile()),
                        risks.risk(each),
                        each.profile().learning().isOn(),
                        each.equals(parts.configuration().profiles().otherwise()),
                        false))
                .toList();
    }

    private List<String> hints(ConfiguredProfile shown) {
        LiveConfiguration configuration = parts.configuration();
        Settings settings = configuration.settings();
        Profile profile = shown.profile();
        List<String> own = Stream.of(
                        parts.objects().ended().warnings(shown.name()),
                        parts.version().clients().notes(profile),
                        profile.mask().notes(parts.catalogue(), profile::allows),
                        profile.policy().ineffective(shown.settings().enabledExplicitly()))
                .flatMap(List::stream)
                .map(note -> profile.origin().isOfFile() ? "profile " + shown.name() + ": " + note : note)
                .toList();
        // Without the value, which may be a secret.
        List<String> misspelt = settings.findings().notices().stream()
                .map(notice -> notice.name() + ": " + notice.advice())
                .toList();
        return Stream.of(
                        misspelt,
                        settings.findings().hints(),
                        configuration.notes(),
                        DaemonFault.sentences(probe.answer().name(), configuration.profiles(), parts.catalogue()),
                        parts.learning().notes(),
                        own)
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public StatusFacts facts(String profile) {
        ConfiguredProfile shown = shown(profile);
        return facts(shown, setup(shown, risks()), presets(shown));
    }

    /** Without presets and dangers of variables, which this page does not have: both take more time than all else. */
    @Override
    public List<StatusFacts> overview() {
        ProfileRisks risks = risks();
        List<ProfileLink> links = links(risks);
        return links.isEmpty()
                ? List.of()
                : parts.configuration().profiles().all().stream()
                        .map(each -> facts(
                                each,
                                setup(each, risks, links, List.of()),
                                CoveringPresets.of(least, each.profile(), Map.of())))
                        .toList();
    }

    private StatusFacts facts(ConfiguredProfile shown, ProxySetup setup, CoveringPresets covering) {
        parts.names().refreshIfDue();
        DaemonProbe.Result daemon = probe.answer();
        UsageLedger ledger = parts.ledgers().of(shown.name());
        ShadowPolicy shadow = parts.configuration().shadow();
        return new StatusFacts(
                setup,
                new StatusFacts.DaemonFacts(daemon.name(), daemon.apiVersion(), daemon.problem()),
                parts.catalogue().operations(),
                ledger.snapshot(),
                parts.exchanges().lasting(MIN_AGE).stream()
                        .filter(open -> open.profile().equals(shown.name()))
                        .toList(),
                ledger.history(Instant.now()),
                parts.exchanges().counts(shown.name()),
                ledger.recent(),
                parts.names()::find,
                covering,
                least,
                shadow == null
                        ? null
                        : new ShadowFacts(shadow.file(), shadow.counts().snapshot()),
                leases());
    }

    private List<LeaseRow> leases() {
        return parts.leases() == null
                ? List.of()
                : parts.leases().facts().stream().map(StatusCollector::row).toList();
    }

    private static LeaseRow row(LeaseFacts lease) {
        return new LeaseRow(
                lease.id(),
                lease.template(),
                lease.uid(),
                lease.state().word(),
                lease.state() == LeaseState.OPEN ? lease.ends() : null,
                lease.objects(),
                lease.denials(),
                lease.problem(),
                lease.waiting());
    }

    @Override
    public MetricsFacts metrics() {
        Map<String, ActiveExchanges.Counts> open = parts.exchanges().countsByProfile();
        ShadowPolicy shadow = parts.configuration().shadow();
        return new MetricsFacts(
                Version.current(),
                parts.configuration().profiles().all().stream()
                        .map(each -> traffic(each, open.getOrDefault(each.name(), ActiveExchanges.Counts.NONE)))
                        .toList(),
                ProfileChange.fingerprint(parts.configuration().settings().policy(), variables),
                parts.configuration().settings().policy().version(),
                parts.leases() == null ? Map.of() : parts.leases().counts(),
                reload(),
                isDaemonUp(),
                parts.log().dropped(),
                refusals.count(RejectionCounter.Cause.CONNECTIONS)
                        + refusals.count(RejectionCounter.Cause.CONNECTIONS_OF_CLIENT)
                        + refusals.count(RejectionCounter.Cause.CONNECTIONS_OF_PROFILE),
                Arrays.stream(RejectionCounter.Cause.values())
                        .collect(Collectors.toMap(cause -> cause.reason().code(), refusals::count)),
                listeners.get(),
                new MetricsFacts.ProcessFacts(
                        OpenFiles.open(),
                        OpenFiles.most(),
                        NoticeLog.droppedByProcess(),
                        failedWrites(),
                        parts.ledgerFile() == null ? 0 : parts.ledgerFile().failures()),
                shadow == null ? null : shadow.counts().snapshot());
    }

    private Map<String, Long> failedWrites() {
        Map<String, Long> failures = new HashMap<>();
        failures.put("stdout", LogFile.OUTPUT.failures());
        failures.put("stderr", LogFile.ERROR.failures());
        if (parts.auditFile() != null) {
            failures.put("file", parts.auditFile().failures());
        }
        return failures;
    }

    private MetricsFacts.Reload reload() {
        ReloadResult last = parts.configuration().lastReload();
        return last == null
                ? new MetricsFacts.Reload(true, since)
                : new MetricsFacts.Reload(last.isApplied(), last.at());
    }

    private MetricsFacts.ProfileTraffic traffic(ConfiguredProfile each, ActiveExchanges.Counts open) {
        UsageLedger ledger = parts.ledgers().of(each.name());
        return new MetricsFacts.ProfileTraffic(
                each.profile().origin().isOfFile() ? each.name() : "",
                ledger.snapshot(),
                ledger.traffic(),
                each.profile().origin().isOfFile() ? limits(each.name()) : List.of(),
                open,
                each.profile().learning().isOn());
    }

    private List<MetricsFacts.LimitUse> limits(String profile) {
        return Arrays.stream(ProfileLimit.values())
                .map(limit -> new MetricsFacts.LimitUse(
                        limit.key(),
                        parts.load().open(profile, limit),
                        parts.load().refused(profile, limit)))
                .toList();
    }

    @Override
    public List<Suggestion> suggestions() {
        return parts.configuration().profiles().all().stream()
                .map(each -> new Suggestion(
                        least,
                        each.profile(),
                        parts.ledgers().of(each.name()).snapshot(),
                        presets(each),
                        Deployment.form(parts.configuration().settings())))
                .toList();
    }

    @Override
    public String policy() {
        PolicySettings policy = parts.configuration().settings().policy();
        String head = (policy.isOfFile()
                        ? "# The policy that runs, without comments of the file"
                        : "# The permissions that run, without those that equal the defaults")
                + "\n# hash: " + ProfileChange.fingerprint(policy, variables)
                + (policy.version() == 0 ? "" : "\n# version: " + policy.version())
                + "\n# source: " + (policy.isOfFile() ? policy.source() : "environment")
                + "\n# since: " + parts.configuration().since().truncatedTo(ChronoUnit.SECONDS) + "\n";
        return head + (policy.isOfFile() ? StrictYaml.withoutComments(policy.text()) : policy.text());
    }

    @Override
    public @Nullable Validation validate(String policy) {
        Function<String, Validation> known = validator;
        return known == null ? null : known.apply(policy);
    }

    /** Sets what answers {@link #validate}. */
    void validateBy(Function<String, Validation> check) {
        validator = check;
    }

    private CoveringPresets presets(ConfiguredProfile each) {
        return CoveringPresets.of(least, each.profile(), presets);
    }

    @Override
    public boolean hasDaemonAnswered() {
        return probe.hasAnswered() || probe.isAnswering();
    }

    @Override
    public String daemonProblem() {
        return probe.answer().problem();
    }

    @Override
    public boolean isStopping() {
        return parts.exchanges().isStopping();
    }

    @Override
    public boolean isDaemonUp() {
        return probe.isAnswering();
    }
}
