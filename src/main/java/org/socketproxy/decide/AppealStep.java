package org.socketproxy.decide;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.Appeals;
import org.socketproxy.policy.Appeals.Answer;
import org.socketproxy.policy.Appeals.Part;
import org.socketproxy.policy.Appeals.Plea;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.NameRules;

/**
 * Runs another step; before its denial becomes final, a person is asked. After an approval the step runs again, once, by the approved
 * profile, and its second verdict is final.
 *
 * <p>Threading: never blocks. A thread of the client goes on after the answer.
 *
 * <p>Security: a client that leaves takes no approval. Only small bodies wait, and the memory for them stays reserved.
 */
final class AppealStep implements Step {
    private static final int MOST_BYTES = 64 * 1024;
    private static final Answer NONE = new Answer(null, "");

    private final Step step;
    private final Appeals appeals;

    private AppealStep(Step step, Appeals appeals) {
        this.step = step;
        this.appeals = appeals;
    }

    /** Returns the steps, with an appeal around those that can run again. */
    static List<Step> around(List<Step> steps, Appeals appeals) {
        return steps.stream()
                .map(step ->
                        step instanceof TargetStep || step instanceof BodyStep ? new AppealStep(step, appeals) : step)
                .toList();
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        CompletableFuture<Verdict> verdict = step.run(inquiry);
        return verdict == null
                ? null
                : verdict.thenCompose(
                        found -> found instanceof Verdict.Denied denied ? appeal(inquiry, denied) : found.now());
    }

    private CompletableFuture<Verdict> appeal(Inquiry inquiry, Verdict.Denied denied) {
        Plea plea = plea(inquiry.trial(), denied.denial());
        CompletableFuture<Answer> answer = plea == null ? null : appeals.ask(plea);
        if (answer == null) {
            return denied.now();
        }
        Exchange exchange = inquiry.exchange();
        exchange.goOnWithBody(); // it was read to its end: from now on the exchange notices that its client leaves
        inquiry.forget();
        exchange.ask(answer);
        return answer.exceptionally(cancelled -> NONE)
                .thenComposeAsync(
                        found -> goOn(inquiry, denied.denial(), found),
                        exchange.clientSide().executor());
    }

    private CompletableFuture<Verdict> goOn(Inquiry inquiry, Denial denial, Answer answer) {
        if (!inquiry.exchange().goOn()) {
            return Verdict.aborted().now();
        }
        if (answer.profile() == null) {
            return new Verdict.Denied(denial.with(answer.note())).now();
        }
        inquiry.trial().approve(answer.profile());
        CompletableFuture<Verdict> again = step.run(inquiry);
        return again == null ? Verdict.Passed.INSTANCE.now() : again;
    }

    /** Returns what a person is asked; null for a request about which nobody is asked. */
    private static @Nullable Plea plea(Trial trial, Denial denial) {
        if (trial.operation().isLibpod()) {
            return null;
        }
        Decision decision = denial.decision();
        HeldBody body = trial.deniedBody();
        if (decision != null
                && decision.owner() == null
                && body != null
                && body.read().remaining() <= MOST_BYTES
                && trial.operation().verb() == Verb.CREATE_CONTAINER) {
            List<Violation> violations = decision.violations();
            List<Part> parts = violations.size() < Violation.MOST
                    ? violations.stream()
                            .map(each -> new Part(each.pointer(), each.remedy()))
                            .toList()
                    : List.of();
            return of(trial, JsonBody.of(body.read()).object().text("Image"), parts);
        }
        if (trial.operation().verb() == Verb.PULL) {
            List<String> images = NameRules.images(trial.operation(), trial.target());
            List<Part> parts = denial.remedies().stream()
                    .map(remedy -> new Part("?fromImage", remedy))
                    .toList();
            return images.size() == 1 ? of(trial, images.get(0), parts) : null;
        }
        return null;
    }

    private static @Nullable Plea of(Trial trial, String image, List<Part> parts) {
        return parts.isEmpty() ? null : new Plea(trial.profile(), trial.operation(), image, parts);
    }
}
