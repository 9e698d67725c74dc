package org.socketproxy.lease;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.audit.PolicyChange.Kind;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.policy.Appeals.Answer;
import org.socketproxy.policy.Appeals.Plea;

/**
 * Denied requests of all leases about which a person is asked.
 *
 * <p>Threading: thread-safe; does not block.
 *
 * <p>Security: an approval is for requests of one lease with the same operation, image, fields and values; one request takes it. The
 * user who has opened a lease approves nothing for it. Few requests of a lease wait.
 */
final class Approvals {
    static final int MOST_WAITING = 5;
    /** A question, and its answer, lasts so long. */
    static final Duration VALID = Duration.ofMinutes(10);

    private static final int IDS = 1 << 16;

    private final AuditLog log;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Approval> all = new LinkedHashMap<>();

    Approvals(AuditLog log) {
        this.log = log;
    }

    private enum State {
        WAITING,
        APPROVED,
        REFUSED
    }

    /** A question and its answer. */
    private static final class Approval {
        final String id;
        final LeaseAppeals appeals;
        final Plea plea;
        final Instant since = Instant.now();
        long nanos = System.nanoTime();
        State state = State.WAITING;
        /** The request that waits now; completed if none does. */
        CompletableFuture<Answer> request = CompletableFuture.completedFuture(null);

        Approval(String id, LeaseAppeals appeals, Plea plea) {
            this.id = id;
            this.appeals = appeals;
            this.plea = plea;
        }

        boolean isOf(Lease lease) {
            return appeals.lease() == lease;
        }

        void enter(State next) {
            state = next;
            nanos = System.nanoTime();
        }
    }

    /**
     * A question for a person.
     *
     * @param image as the client names it, in printable ASCII; or empty
     * @param settings would allow the request; each with its danger
     */
    record Question(String id, Lease lease, String operation, String image, List<String> settings, Instant since) {
        private static Question of(Approval approval) {
            return new Question(
                    approval.id,
                    approval.appeals.lease(),
                    approval.plea.operation().id(),
                    JsonPointers.printable(approval.plea.image()),
                    approval.plea.parts().stream()
                            .map(part -> part.remedy())
                            .distinct()
                            .map(remedy -> remedy == null ? "" : remedy.assignment() + " (" + remedy.danger() + ")")
                            .toList(),
                    approval.since);
        }

        /** Returns a line such as {@code A7F3: ContainerCreate from nginx:1: CREATE_ALLOW=ports:8080}. */
        String text() {
            return id + ": " + operation + (image.isEmpty() ? "" : " of " + image) + ": " + String.join(", ", settings);
        }
    }

    /** Asks, or returns the answer to an earlier request with the same parts. */
    synchronized CompletableFuture<Answer> ask(LeaseAppeals appeals, Plea plea) {
        removeOld();
        Lease lease = appeals.lease();
        Approval approval = all.values().stream()
                .filter(each -> each.isOf(lease) && each.plea.isLike(plea))
                .findFirst()
                .orElse(null);
        if (approval == null) {
            if (waiting(lease).size() >= MOST_WAITING) {
                return denied("; " + MOST_WAITING
                        + " requests of this lease wait for approval: repeat this command after an answer to one");
            }
            approval = new Approval(newId(), appeals, plea);
            all.put(approval.id, approval);
            write(Kind.LEASE_ASKED, "uid " + lease.uid(), approval);
        }
        return switch (approval.state) {
            case REFUSED -> denied("; " + approval.id + " was refused");
            case APPROVED -> {
                all.remove(approval.id);
                yield CompletableFuture.completedFuture(new Answer(appeals.approved(plea), ""));
            }
            case WAITING -> hold(approval);
        };
    }

    private static CompletableFuture<Answer> hold(Approval approval) {
        String note = "; " + approval.id + " waits for approval: repeat this command later";
        if (!approval.request.isDone()) {
            return denied(note);
        }
        approval.request = new CompletableFuture<Answer>()
                .completeOnTimeout(
                        new Answer(null, note), approval.appeals.asking().hold().toMillis(), TimeUnit.MILLISECONDS);
        return approval.request;
    }

    private static CompletableFuture<Answer> denied(String note) {
        return CompletableFuture.completedFuture(new Answer(null, note));
    }

    private String newId() {
        String id;
        do {
            id = String.format(Locale.ROOT, "%04X", random.nextInt(IDS));
        } while (all.containsKey(id));
        return id;
    }

    private void removeOld() {
        long now = System.nanoTime();
        all.values().removeIf(each -> now - each.nanos > VALID.toNanos());
    }

    /**
     * Answers a question.
     *
     * @param client of the control socket
     * @throws RefusedException if there is no such question, or this user does not answer it
     */
    synchronized Question answer(String id, Client client, boolean isApproved) throws RefusedException {
        removeOld();
        Approval approval = all.get(id);
        UnixPeer peer = client.peer();
        if (peer == null || approval == null || approval.state != State.WAITING || !isKnown(approval, client)) {
            throw new RefusedException(404, "there is no request " + id + " that waits for this user");
        }
        int opener = approval.appeals.lease().uid();
        if (peer.uid() == opener) {
            throw new RefusedException(
                    403, "another user must answer: uid " + opener + " has opened the lease of " + id);
        }
        write(isApproved ? Kind.LEASE_APPROVED : Kind.LEASE_REFUSED, "uid " + peer.uid(), approval);
        approval.enter(isApproved ? State.APPROVED : State.REFUSED);
        if (!isApproved) {
            approval.request.complete(new Answer(null, "; " + id + " was refused"));
        } else if (approval.request.complete(new Answer(approval.appeals.approved(approval.plea), ""))) {
            all.remove(id);
        }
        return Question.of(approval);
    }

    /** The opener of the lease knows of the question from the denial. */
    private static boolean isKnown(Approval approval, Client client) {
        UnixPeer peer = client.peer();
        return peer != null
                && (peer.uid() == approval.appeals.lease().uid()
                        || LeaseFolder.isAdministrator(peer.uid())
                        || approval.appeals.asking().approvers().stream()
                                .anyMatch(condition -> condition.matches(client)));
    }

    /** Returns the questions that a client of the control socket can answer or has caused, oldest first. */
    synchronized List<Question> waiting(Client client) {
        removeOld();
        return questions(approval -> isKnown(approval, client));
    }

    /** Returns the questions of a lease. */
    synchronized List<Question> waiting(Lease lease) {
        removeOld();
        return questions(approval -> approval.isOf(lease));
    }

    private List<Question> questions(Predicate<Approval> isListed) {
        return all.values().stream()
                .filter(approval -> approval.state == State.WAITING && isListed.test(approval))
                .map(Question::of)
                .toList();
    }

    /** Forgets what was asked for a lease that has ended, and denies its requests that wait. */
    synchronized void end(Lease lease) {
        List<Approval> ended = new ArrayList<>(all.values());
        ended.removeIf(approval -> !approval.isOf(lease));
        ended.forEach(approval -> {
            all.remove(approval.id);
            approval.request.complete(new Answer(null, ""));
        });
    }

    private void write(Kind kind, String by, Approval approval) {
        Question question = Question.of(approval);
        log.write(PolicyChange.lease(
                Instant.now(), kind, by, approval.appeals.lease().profileName(), List.of(question.text())));
    }
}
