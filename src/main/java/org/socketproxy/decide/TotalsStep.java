package org.socketproxy.decide;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ExchangeState;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.ProfileUse;
import org.socketproxy.inquiry.ProfileUse.Full;
import org.socketproxy.inquiry.ProfileUse.Outcome;
import org.socketproxy.inquiry.ProfileUse.Remedy;
import org.socketproxy.inquiry.ProfileUse.Reservation;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.Totals;
import org.socketproxy.policy.create.Demand;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.Scope;

/**
 * With {@code MAX_OBJECTS}, reserves what a judged body adds to the objects of the profile. Before it denies the request, it counts
 * the objects again, and waits for other requests of the profile that may fail.
 *
 * <p>Security: runs before a step that creates volumes. The reservation ends with the answer of the daemon, or with the exchange.
 */
final class TotalsStep implements Step {
    /** A request is denied after this time although others may still fail. */
    private static final long LONGEST_NANOS = Duration.ofSeconds(10).toNanos();

    private static final int LONGEST_WAIT_SECONDS = 1;
    private static final int CLIENT_ERROR = 4;
    private static final int CLASS = 100;

    private final DaemonObjects objects;

    TotalsStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        Totals totals = trial.profile().get(Totals.KEY);
        ObjectRef container = ObjectRefs.entered(trial.operation(), trial.target());
        Demand demand = Demand.of(
                trial.operation(), JsonBody.of(trial.heldBody()).object(), container == null ? "" : container.lookup());
        String problem = totals.problem(trial.operation(), demand);
        if (problem != null) {
            return Verdict.denied(
                            Reason.PROFILE_MAX_OBJECTS,
                            HttpStatus.FORBIDDEN_403,
                            trial.operation().id() + " " + problem)
                    .now();
        }
        return demand.isEmpty() ? null : inquiry.run(new Turn(inquiry, totals, demand)::begin);
    }

    /** The reservation of one request. */
    private final class Turn {
        private final Inquiry inquiry;
        private final Exchange exchange;
        private final Trial trial;
        private final Totals totals;
        private final Scope scope;
        private final ProfileUse use;
        private final Reservation reservation;
        private final long beginNanos = System.nanoTime();
        private boolean isCounted;

        Turn(Inquiry inquiry, Totals totals, Demand demand) {
            this.inquiry = inquiry;
            this.exchange = inquiry.exchange();
            this.trial = inquiry.trial();
            this.totals = totals;
            this.scope = Objects.requireNonNull(trial.profile().targets());
            this.use = objects.totals().of(trial.profile());
            this.reservation = new Reservation(demand);
        }

        void begin() {
            trial.onSuccess(() -> use.end(reservation, Outcome.DONE));
            exchange.atEnd(this::end);
            if (exchange.is(ExchangeState.ENDED)) { // the action may have come too late
                end();
            }
            reserve();
        }

        private void end() {
            boolean isRefused = !exchange.wasForwarded() || trial.daemonStatus() / CLASS == CLIENT_ERROR;
            use.end(reservation, isRefused ? Outcome.REFUSED : Outcome.UNKNOWN);
        }

        private void reserve() {
            Full full = use.reserve(scope, totals, reservation);
            if (full == null) {
                inquiry.walk(() -> inquiry.passed(trial.target()));
            } else if (!isCounted || full.remedy() == Remedy.COUNT && isInTime()) {
                count();
            } else if (full.remedy() == Remedy.WAIT && isInTime()) {
                await();
            } else {
                deny(denial(full));
            }
        }

        private Verdict denial(Full full) {
            if (full.total() == null) {
                return Verdict.denied(Reason.TURN_TIMEOUT, HttpStatus.SERVICE_UNAVAILABLE_503, Inquiry.TURN_TIMEOUT);
            }
            String sentence = totals.sentence(
                    trial.operation(),
                    full.total(),
                    full.used(),
                    full.asked(),
                    trial.profile().origin());
            return Verdict.denied(Reason.PROFILE_MAX_OBJECTS, HttpStatus.FORBIDDEN_403, sentence);
        }

        private boolean isInTime() {
            return System.nanoTime() - beginNanos < LONGEST_NANOS;
        }

        private void count() {
            isCounted = true;
            inquiry.forget(); // the objects can change meanwhile
            CompletableFuture<String> problem = use.recount(scope, totals);
            inquiry.await(problem, () -> {
                String found = problem.join();
                if (found.isEmpty()) {
                    reserve();
                } else {
                    deny(Verdict.lookup("container", found));
                }
            });
        }

        private void await() {
            inquiry.forget();
            Executor executor = exchange.clientSide().executor();
            inquiry.await(
                    use.change()
                            .completeOnTimeout(null, LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)
                            .thenRunAsync(() -> {}, executor),
                    this::count);
        }

        private void deny(Verdict verdict) {
            inquiry.walk(() -> verdict);
        }
    }
}
