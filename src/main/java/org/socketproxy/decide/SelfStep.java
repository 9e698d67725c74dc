package org.socketproxy.decide;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.ContainerList;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.InspectedPod;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;
import org.socketproxy.protect.ClientProtection;
import org.socketproxy.protect.SelfProtection;

/**
 * Denies a request that acts on the container in which the proxy runs, or on a client of another profile, or on what such a
 * container uses. {@link SelfProtection} knows the containers.
 *
 * <p>Security: fails closed; a request that could act on a container which the daemon has not described gets 503.
 *
 * <p>Threading: never blocks. It asks the daemon before a request that could act on clients of other profiles, and for a name that
 * is also the beginning of the own id.
 */
final class SelfStep implements Step {
    static final String OWN_UNKNOWN =
            "the daemon has not described the container of this proxy yet, so this request could act on it:"
                    + " try again, or set PROTECT_SELF=0";
    static final String CLIENTS_UNKNOWN =
            "the daemon does not describe its networks and containers, so this request could act on clients of other"
                    + " profiles: try again";

    private static final Logger LOG = LoggerFactory.getLogger(SelfStep.class);

    private final SelfProtection self;
    private final DaemonObjects objects;

    SelfStep(SelfProtection self, DaemonObjects objects) {
        this.self = self;
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        if (!self.protects(trial.profile())) {
            return null;
        }
        List<SelfRule> rules = trial.profile().selfRules(trial.operation());
        // The clients are found by what the proxy knows of its container now.
        boolean isOwnUnknown = self.isUnknown(trial.profile());
        if (!self.clients().concerns(trial, rules)) {
            return inquiry.judge(() -> judge(inquiry, rules, isOwnUnknown, null));
        }
        boolean isNamed = rules.stream().anyMatch(SelfStep::isNamedContainer);
        boolean isListed = ClientProtection.needsList(rules)
                || isNamed && named(rules, trial) == null
                || hasNetwork(rules) && network(rules, trial) == null;
        CompletableFuture<Boolean> look = self.clients().look(isListed);
        return inquiry.run(() -> inquiry.await(
                look,
                () -> inquiry.walk(() -> {
                    ContainerList users =
                            look.join() ? null : ContainerList.using(rules, trial.operation(), trial.target());
                    return look.join() || users != null
                            ? judge(inquiry, rules, isOwnUnknown, users)
                            : new Verdict.Denied(unknown(CLIENTS_UNKNOWN));
                })));
    }

    /**
     * @param isOwnUnknown whether the container of the proxy was not known when the clients were looked for
     * @param users what is asked for because there is no list of all containers; or null
     */
    private Verdict judge(Inquiry inquiry, List<SelfRule> rules, boolean isOwnUnknown, @Nullable ContainerList users)
            throws EndOfRun {
        Trial trial = inquiry.trial();
        ClientLookup clients = new ClientLookup(inquiry, self);
        boolean isConcerned = self.clients().concerns(trial, rules);
        ObjectRef reference = isConcerned ? named(rules, trial) : null;
        String entered = container(objects, trial);
        ClientLookup.Named named = reference != null
                ? clients.find(reference.lookup())
                : entered != null && isConcerned ? clients.find(entered) : null;
        ObjectRef network = isConcerned ? network(rules, trial) : null;
        List<ProtectedSubject> found = users != null
                ? clients.ofUsers(users)
                : network != null ? clients.ofNetwork(network.lookup()) : List.of();
        Denial denial = denial(trial, rules, named, found);
        if (denial != null || isOwnUnknown) {
            return new Verdict.Denied(denial == null ? unknown(OWN_UNKNOWN) : denial);
        }
        if (SelfRule.has(trial.operation(), SelfRule.Kind.POD)) {
            return pod(inquiry, clients);
        }
        if (named != null && reference != null) {
            return inquiry.passed(
                    Objects.requireNonNullElse(reference.withId(trial.target(), named.id()), trial.target()));
        }
        ProxyContainer own = self.container();
        Verdict verdict = own == null ? null : doubtful(inquiry, rules, own);
        return verdict == null ? inquiry.passed(trial.target()) : verdict;
    }

    /** Returns the container that the target of a request names; null if it names none by one plain name. */
    private static @Nullable ObjectRef named(List<SelfRule> rules, Trial trial) {
        return rules.stream().anyMatch(SelfStep::isNamedContainer)
                ? ObjectRefs.container(trial.operation(), trial.target())
                : null;
    }

    private static @Nullable ObjectRef network(List<SelfRule> rules, Trial trial) {
        return hasNetwork(rules)
                ? ObjectRefs.changed(trial.operation(), trial.target()).stream()
                        .filter(each -> each.subject() == Subject.NETWORK)
                        .findFirst()
                        .orElse(null)
                : null;
    }

    private static boolean hasNetwork(List<SelfRule> rules) {
        return rules.stream().anyMatch(rule -> rule.object() == SelfRule.Kind.NETWORK);
    }

    private static boolean isNamedContainer(SelfRule rule) {
        return rule.object() == SelfRule.Kind.CONTAINER && rule.isInTarget();
    }

    /** Judges a request if only the daemon knows whether it acts on the proxy's container; returns null for others. */
    private @Nullable Verdict doubtful(Inquiry inquiry, List<SelfRule> rules, ProxyContainer own) throws EndOfRun {
        Trial trial = inquiry.trial();
        String exec = exec(trial);
        // With CREATE=safe the container step asks for the container of an exec.
        if (exec != null && trial.profile().create() == null && container(objects, trial) == null) {
            return exec(inquiry, own, exec);
        }
        for (SelfRule rule : rules) {
            String name = rule.doubtfulName(own, trial.operation(), trial.target());
            if (name != null) {
                return named(inquiry, own, rule, name);
            }
        }
        return null;
    }

    /** Returns the id of the container of the exec that a request starts, or null if there is none, or it is not known. */
    static @Nullable String container(DaemonObjects objects, Trial trial) {
        String exec = exec(trial);
        return exec == null
                ? null
                : objects.execContainers().find(trial.profile().name(), exec);
    }

    private static @Nullable String exec(Trial trial) {
        PathTemplate.Match place = SelfRule.has(trial.operation(), SelfRule.Kind.EXEC)
                ? trial.operation().path().match(trial.target())
                : null;
        return place == null ? null : place.text();
    }

    private Verdict exec(Inquiry inquiry, ProxyContainer own, String exec) throws EndOfRun {
        Trial trial = inquiry.trial();
        String api = trial.operation().isLibpod() ? "/libpod" : "";
        Optional<InspectedObject> described = inquiry.inspect(
                api + ObjectRef.query(Subject.EXEC, exec), Subject.EXEC.noun(), found -> found.object(Subject.EXEC));
        if (described.isEmpty()) {
            return undescribed(Subject.EXEC);
        }
        objects.execContainers()
                .put(trial.profile().name(), exec, described.get().owner());
        return described.get().owner().equals(own.id())
                ? new Verdict.Denied(denial(trial, ProtectedSubject.of(own)))
                : inquiry.passed(trial.target());
    }

    private static Verdict undescribed(Subject subject) {
        String problem = "the daemon's description of the " + subject.noun() + " cannot be read";
        return Verdict.lookup(subject.noun(), problem);
    }

    /** Judges a name that is also the beginning of the proxy's own id. */
    private static Verdict named(Inquiry inquiry, ProxyContainer own, SelfRule rule, String name) throws EndOfRun {
        Trial trial = inquiry.trial();
        Optional<InspectedObject> described = inquiry.find(
                ObjectRef.query(Subject.CONTAINER, name),
                Subject.CONTAINER.noun(),
                found -> found.object(Subject.CONTAINER),
                error -> true);
        RequestTarget byId = described == null
                ? null
                : described
                        .filter(other ->
                                !other.id().equals(own.id()) && other.names().contains(name))
                        .map(other -> rule.withId(trial.operation(), trial.target(), name, other.id()))
                        .orElse(null);
        return byId == null ? new Verdict.Denied(denial(trial, ProtectedSubject.of(own))) : inquiry.passed(byId);
    }

    /** Judges the containers of a pod. The request goes on with the id: another pod could take the name. */
    private Verdict pod(Inquiry inquiry, ClientLookup clients) throws EndOfRun {
        Trial trial = inquiry.trial();
        ObjectRef named = Objects.requireNonNull(ObjectRefs.named(trial.operation(), trial.target()));
        InspectedPod pod = inquiry.inspect(named.query(), Subject.POD.noun(), Inspection::pod);
        if (pod.object().isEmpty()) {
            return undescribed(Subject.POD);
        }
        for (String container : pod.containers()) {
            ProtectedSubject subject = clients.subject(container);
            if (subject != null) {
                return new Verdict.Denied(denial(trial, subject));
            }
        }
        String id = pod.object().get().id();
        return inquiry.passed(Objects.requireNonNull(named.withId(trial.target(), id)));
    }

    private @Nullable Denial denial(
            Trial trial, List<SelfRule> rules, ClientLookup.@Nullable Named named, List<ProtectedSubject> found) {
        try {
            self.refreshIfDue();
            for (ProtectedSubject subject : subjects(trial, rules, named, found)) {
                if (isBroken(rules, subject, trial, named)) {
                    return denial(trial, subject);
                }
            }
            return self.isUnknown(trial.profile()) ? unknown(OWN_UNKNOWN) : null;
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because the protection of the proxy failed", trial.id(), broken);
            return Denial.ofFailure();
        }
    }

    /** @param found the other profiles, if the list of all containers was not asked for */
    private List<ProtectedSubject> subjects(
            Trial trial, List<SelfRule> rules, ClientLookup.@Nullable Named named, List<ProtectedSubject> found) {
        List<ProtectedSubject> subjects = new ArrayList<>(self.subjects(trial.profile()));
        if (!ClientProtection.needsList(rules) && named != null || !found.isEmpty()) {
            subjects.removeIf(subject -> subject.owner() != null); // of an old list
        }
        subjects.addAll(found);
        subjects.addAll(named == null ? List.of() : named.subjects());
        return subjects;
    }

    private boolean isBroken(
            List<SelfRule> rules, ProtectedSubject subject, Trial trial, ClientLookup.@Nullable Named named) {
        boolean isUpdater = trial.profile().isUpdater();
        String entered = container(objects, trial);
        return entered != null && subject.hasContainer(entered)
                || rules.stream()
                        .anyMatch(rule -> named != null && isNamedContainer(rule) && subject.owner() != null
                                ? subject.hasContainer(named.id())
                                : rule.isBroken(subject, trial.operation(), trial.target(), isUpdater)
                                        && !isDoubtful(rule, subject, trial, named)
                                        && !isRecreated(rule, subject, trial));
    }

    /** A name that is also the beginning of the proxy's own id can be that of another container. */
    private boolean isDoubtful(
            SelfRule rule, ProtectedSubject subject, Trial trial, ClientLookup.@Nullable Named named) {
        if (subject.owner() != null || self.isUnknown()) {
            return false;
        }
        ProxyContainer own = subject.containers().get(0);
        return rule.doubtfulName(own, trial.operation(), trial.target()) != null
                && (named == null || !named.id().equals(own.id()));
    }

    /** An updater gives the name of the proxy's container to the one that replaces it. */
    private boolean isRecreated(SelfRule rule, ProtectedSubject subject, Trial trial) {
        if (rule.object() != SelfRule.Kind.CONTAINER_NAME
                || subject.owner() != null
                || !trial.profile().isUpdater()) {
            return false;
        }
        Object scope = trial.profile().recordingScope();
        return rule.names(trial.operation(), trial.target()).stream()
                .map(name -> objects.ended().find(scope, name.replaceFirst("^/", "")))
                .anyMatch(recorded -> recorded != null && subject.hasContainer(recorded.id()));
    }

    /** Denies an exchange that could act on a container which the daemon has not described yet. */
    static Denial unknown(String sentence) {
        return Denial.of(Reason.SELF_UNKNOWN, HttpStatus.SERVICE_UNAVAILABLE_503, sentence);
    }

    /** Denies an exchange that acts on a protected container. */
    static Denial denial(Trial trial, ProtectedSubject subject) {
        Decision denial = Decision.selfProtected(
                subject.owner(), trial.operation(), trial.decision().isWrite());
        return Denial.of(denial, DenialMessage.sentence(denial, trial.profile().origin(), List::of));
    }
}
