package org.socketproxy.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ExchangeSnapshot;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.CoveringPresets;
import org.socketproxy.policy.advice.LeastPolicies;
import org.socketproxy.policy.advice.Suggestion;
import org.socketproxy.reload.ReloadResult;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.status.StatusSource.MetricsFacts;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.testing.TestProfile;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.RecentExchange;
import org.socketproxy.usage.Result;
import org.socketproxy.usage.Span;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.RequestCount;

/** Data for status pages in tests. */
public final class RenderedPage {
    public static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    static final LeastPolicies LEAST = new LeastPolicies(CATALOGUE, Variables.load());
    static final List<Variable> VARIABLES = Variables.load().all();
    static final Usage NOTHING = usage(List.of(), List.of(), List.of());

    private RenderedPage() {}

    /** A container that exists from {@link #START} on. */
    private static Optional<String> container(String address, Instant seen) {
        return address.equals("172.18.0.3") && !seen.isBefore(START) ? Optional.of("traefik") : Optional.empty();
    }

    /** Two presets, one a subset of the other. */
    public static CoveringPresets presets() {
        return CoveringPresets.of(
                LEAST,
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
        return setup(profile, daemon, hints, List.of(), reload);
    }

    static ProxySetup setup(
            Profile profile, String daemon, List<String> hints, List<ProfileLink> profiles, ReloadResult reload) {
        return new ProxySetup(
                "1.2.3",
                START,
                daemon,
                List.of("tcp://:2375"),
                List.of("org.example.Watch"),
                VARIABLES,
                profiles,
                profile,
                Risk.of(profile, CATALOGUE),
                Set.of("EVENTS", "PING", "VERSION"),
                AssignmentForm.COMPOSE,
                "",
                hints,
                "0123456789ab, protected",
                "off",
                reload);
    }

    static StatusFacts facts(ProxySetup setup, Usage usage, ExchangeSnapshot... activeExchanges) {
        return new StatusFacts(
                setup,
                new StatusFacts.DaemonFacts("Docker 28.5.2", "1.51", ""),
                CATALOGUE.operations(),
                usage,
                List.of(activeExchanges),
                history(),
                new ActiveExchanges.Counts(3, 1, 2),
                List.of(
                        recent(9, "10.0.0.2", "GET", "/images/json", "ImageList", false),
                        recent(8, "10.0.0.1", "GET", "/_ping", "SystemPing", true)),
                RenderedPage::container,
                presets(),
                LEAST,
                null,
                List.of());
    }

    /** 7 allowed requests of the last minute but one, and 2 denied ones of the last; the day has 5 more. */
    private static Map<Span, List<RequestCount>> history() {
        List<RequestCount> hour = new ArrayList<>(Collections.nCopies(Span.HOUR.parts(), RequestCount.NONE));
        hour.set(58, new RequestCount(7, 0, 0, 0));
        hour.set(59, new RequestCount(0, 0, 0, 2));
        List<RequestCount> day = new ArrayList<>(Collections.nCopies(Span.DAY.parts(), RequestCount.NONE));
        day.set(3, new RequestCount(5, 0, 0, 0));
        day.set(95, new RequestCount(7, 0, 0, 2));
        return Map.of(Span.HOUR, hour, Span.DAY, day);
    }

    /** Returns the facts of a proxy before a daemon with another name. */
    static StatusFacts before(String daemon, StatusFacts facts) {
        return new StatusFacts(
                facts.setup(),
                new StatusFacts.DaemonFacts(daemon, "1.51", ""),
                facts.operations(),
                facts.usage(),
                facts.activeExchanges(),
                facts.history(),
                facts.open(),
                facts.recent(),
                RenderedPage::container,
                facts.presets(),
                facts.least(),
                facts.shadow(),
                facts.leases());
    }

    /** Source of a proxy whose daemon does not answer. */
    static StatusSource source(Supplier<StatusFacts> facts) {
        return new StatusSource() {
            @Override
            public StatusFacts facts(String profile) {
                return facts.get();
            }

            @Override
            public List<StatusFacts> overview() {
                return List.of();
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
            public String policy() {
                return "CONTAINERS=1\n";
            }

            @Override
            public boolean isDaemonUp() {
                return false;
            }

            @Override
            public boolean isStopping() {
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

    static RecentExchange recent(
            long id, String client, String method, String path, String operation, boolean isAllowed) {
        return new RecentExchange(
                START,
                id,
                client,
                method,
                path,
                operation,
                isAllowed ? Result.ALLOWED : Result.DENIED,
                isAllowed ? "section" : "variable-missing",
                isAllowed ? 200 : 403,
                Duration.ofMillis(7));
    }

    static StatusFacts facts(String... granted) {
        return facts(setup(profile(granted), "unix:///run/docker.sock", List.of()), NOTHING);
    }
}
