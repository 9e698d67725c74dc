package org.socketproxy.inquiry;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the steps of one exchange, one after the other, until one does not pass the request.
 *
 * <p>Threading: never blocks. If a step waits, the thread that completes its verdict runs the next steps.
 */
public final class StepRun {
    private final Inquiry inquiry;
    private final Iterator<Step> steps;
    private final Function<@Nullable Throwable, Verdict> failure;
    private final Consumer<Verdict> end;

    /**
     * @param failure returns the verdict after an exception of a step
     * @param end takes the last verdict if a step has waited; must not throw
     */
    public StepRun(
            Inquiry inquiry, List<Step> steps, Function<@Nullable Throwable, Verdict> failure, Consumer<Verdict> end) {
        this.inquiry = inquiry;
        this.steps = steps.iterator();
        this.failure = failure;
        this.end = end;
    }

    /**
     * Runs the steps.
     *
     * @param beforeWait called at most once, before the run waits
     * @return the last verdict; null if a step waits
     */
    @Nullable
    public Verdict run(Runnable beforeWait) {
        while (steps.hasNext()) {
            CompletableFuture<Verdict> verdict = begin(steps.next());
            if (verdict != null && !verdict.isDone()) {
                beforeWait.run();
                var unused = verdict.whenComplete((found, broken) -> goOn(verdict(found, broken)));
                return null;
            }
            Verdict found = verdict == null
                    ? Verdict.Passed.INSTANCE
                    : verdict.handle(this::verdict).join();
            if (found != Verdict.Passed.INSTANCE) {
                return found;
            }
        }
        return Verdict.Passed.INSTANCE;
    }

    private @Nullable CompletableFuture<Verdict> begin(Step step) {
        try {
            return step.run(inquiry);
        } catch (RuntimeException | StackOverflowError broken) {
            return CompletableFuture.failedFuture(broken);
        }
    }

    private Verdict verdict(@Nullable Verdict found, @Nullable Throwable broken) {
        return found == null ? failure.apply(broken) : found;
    }

    private void goOn(Verdict found) {
        Verdict last = found == Verdict.Passed.INSTANCE ? run(() -> {}) : found;
        if (last != null) {
            end.accept(last);
        }
    }
}
