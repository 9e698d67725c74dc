package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ExchangeSnapshot;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.ReloadResult;
import org.socketproxy.testing.TestProfile;
import org.socketproxy.usage.AssignmentForm;
import org.socketproxy.usage.CoveringPresets;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.LeastPolicies;
import org.socketproxy.usage.RequestCount;
import org.socketproxy.usage.Suggestion;
import org.socketproxy.usage.Usage;

/** Data for status pages in tests. */
public final class RenderedPage {
    static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    static final LeastPolicies LEAST = new LeastPolicies(CATALOGUE, Variables.load());
    static final List<Variable> VARIABLES = Variables.load().all();
    public static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    static final Usage NOTHING = usage(List.of(), List.of(), List.of());

    private RenderedPage() {}

    /** Two presets, one a subset of the other. */
    public static CoveringPresets presets() {
        return CoveringPresets.of(
                CATALOGUE,
                profile(),
                Map.of("broad", Set.of("CONTAINERS", "IMAGES", "PING"), "narrow", Set.of("CONTAINERS", "PING")));
    }

    static Profile profile(String... granted) {
        return TestProfile.granting(Set.of(granted));
    }

    static Usage usage(List<Usage.OperationUse> operations, List<Usage.VariableUse> variables, List<Denial> denials) {
        return new Usage(START, operations, variables, List.of(), denials);
    }

    static ProxySetup setup(Profile profile, String daemon, List<String> hints) {
        return setup(profile, daemon, hints, null);
    }

    static ProxySetup setup(Profile profile, String daemon, List<String> hints, ReloadResult reload) {
        return new ProxySetup(
                "1.2.3",
                START,
                daemon,
                List.of("tcp://:2375"),
                List.of("org.example.Watch"),
                VARIABLES,
                List.of(),
                profile,
                Risk.of(profile, CATALOGUE),
                Set.of("EVENTS", "PING", "VERSION"),
                AssignmentForm.COMPOSE,
                "",
                hints,
                "0123456789ab, protected",
                reload);
    }

    static StatusFacts facts(ProxySetup setup, Usage usage, ExchangeSnapshot... activeExchanges) {
        return new StatusFacts(
                setup,
                new StatusFacts.DaemonFacts("Docker 28.5.2", "1.51", ""),
                CATALOGUE.operations(),
                usage,
                List.of(activeExchanges),
                List.of(new RequestCount(7, 0), new RequestCount(0, 2)),
                new ActiveExchanges.Counts(3, 1, 2),
                presets(),
                LEAST);
    }

    /** Source of a proxy whose daemon does not answer. */
    static StatusSource source(Supplier<StatusFacts> facts) {
        return new StatusSource() {
            @Override
            public StatusFacts facts(String profile) {
                return facts.get();
            }

            @Override
            public MetricsFacts metrics() {
                return MetricsPageTest.facts();
            }

            @Override
            public List<Suggestion> suggestions() {
                return List.of(
                        new Suggestion(LEAST, profile(), facts.get().usage(), presets(), AssignmentForm.COMPOSE));
            }

            @Override
            public boolean isDaemonUp() {
                return false;
            }

            @Override
            public boolean hasDaemonAnswered() {
                return false;
            }

            @Override
            public String daemonProblem() {
                return "this socket does not exist";
            }
        };
    }

    static StatusFacts facts(String... granted) {
        return facts(setup(profile(granted), "unix:///run/docker.sock", List.of()), NOTHING);
    }
}
