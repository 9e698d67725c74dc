package org.socketproxy.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.policy.MaskSummary;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.LiveConfiguration;
import org.socketproxy.status.MetricsFacts;
import org.socketproxy.status.ProxySetup;
import org.socketproxy.status.StatusFacts;
import org.socketproxy.status.StatusSource;
import org.socketproxy.usage.CoveringPresets;
import org.socketproxy.usage.Suggestion;

/** Collects the data of the start report, the status page and the metrics. */
final class StatusCollector implements StatusSource {
    /** Minimum age of exchanges on the page: shorter exchanges would only flicker. */
    private static final Duration MIN_AGE = Duration.ofSeconds(1);

    private final Variables variables;
    private final ProxyComponents parts;
    private final DaemonProbe probe;
    private final RejectionCounter refusals;
    private final Supplier<List<String>> listening;
    private final Instant since = Instant.now();
    private final Map<String, Set<String>> presets =
            Preset.all().stream().collect(Collectors.toMap(Preset::name, Preset::variables));

    /** @param listening called each time, because the system may choose a port */
    StatusCollector(
            Variables variables,
            ProxyComponents parts,
            DaemonProbe probe,
            RejectionCounter refusals,
            Supplier<List<String>> listening) {
        this.variables = variables;
        this.parts = parts;
        this.probe = probe;
        this.refusals = refusals;
        this.listening = listening;
    }

    /** Returns the setup; does not probe the daemon. */
    ProxySetup setup() {
        LiveConfiguration configuration = parts.configuration();
        Settings settings = configuration.settings();
        return new ProxySetup(
                Version.current(),
                since,
                parts.daemon().address(),
                listening.get(),
                parts.extensions().filters().stream()
                        .map(ExtensionFilter::nameOf)
                        .toList(),
                variables.all(),
                configuration.defaultProfile(),
                settings.defaults(),
                hints(),
                configuration.lastReload());
    }

    private List<String> hints() {
        Settings settings = parts.configuration().settings();
        Profile profile = parts.configuration().defaultProfile();
        List<String> ineffective = profile.policy().ineffective(settings.enabledExplicitly());
        List<String> unmasked = MaskSummary.notes(profile, parts.catalogue());
        return Stream.of(settings.hints(), unmasked, parts.learning().notes(), ineffective)
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public StatusFacts facts() {
        DaemonProbe.Result daemon = probe.answer();
        return new StatusFacts(
                setup(),
                new StatusFacts.DaemonFacts(daemon.name(), daemon.apiVersion(), daemon.problem()),
                parts.catalogue().operations(),
                parts.ledger().snapshot(),
                parts.exchanges().lasting(MIN_AGE),
                presets());
    }

    @Override
    public MetricsFacts metrics() {
        ActiveExchanges.Counts open = parts.exchanges().counts();
        return new MetricsFacts(
                Version.current(),
                parts.ledger().snapshot(),
                parts.ledger().traffic(),
                open.exchanges(),
                open.streams(),
                open.tunnels(),
                isDaemonUp(),
                parts.log().dropped(),
                refusals.count(RejectionCounter.Cause.CONNECTIONS)
                        + refusals.count(RejectionCounter.Cause.CONNECTIONS_OF_CLIENT));
    }

    @Override
    public Suggestion suggestion() {
        return new Suggestion(
                parts.catalogue(),
                variables,
                parts.configuration().defaultProfile(),
                parts.ledger().snapshot(),
                presets());
    }

    private CoveringPresets presets() {
        return CoveringPresets.of(parts.catalogue(), parts.configuration().defaultProfile(), presets);
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
    public boolean isDaemonUp() {
        return probe.isAnswering();
    }
}
