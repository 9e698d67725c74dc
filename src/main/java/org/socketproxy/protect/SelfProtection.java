package org.socketproxy.protect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.config.SelfSettings;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.exchange.Trial;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.SelfJudge;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * Knows the container in which the proxy runs, and with {@link ClientProtection} the clients of other profiles. Asks the daemon about
 * it at the start and, while requests come, once a minute, because its name, its networks and the tags of its image can change.
 *
 * <p>Threading: thread-safe; never blocks. At most one query is open.
 */
public final class SelfProtection {
    /** No container is protected. */
    public static final SelfProtection NONE =
            new SelfProtection("", false, Duration.ZERO, Duration.ZERO, DaemonQuery.NONE, own -> ClientProtection.NONE);

    private static final Logger LOG = LoggerFactory.getLogger(SelfProtection.class);
    private static final Duration VALIDITY = Duration.ofMinutes(1);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** What the proxy knows about its container. */
    private enum State {
        UNKNOWN,
        KNOWN,
        /** It is not a container of this daemon. */
        ABSENT
    }

    /** @param own null if neither its id nor its description is known, or there is none */
    private record Knowledge(State state, @Nullable ListedContainer own) {
        @Nullable
        ProxyContainer container() {
            return own == null ? null : own.container();
        }
    }

    private final String reference;
    private final boolean isProtected;
    private final long validityNanos;
    private final long retryNanos;
    private final ClientProtection clients;
    private final AtomicBoolean isAsking = new AtomicBoolean();
    private volatile Knowledge knowledge;
    private volatile long dueNanos = System.nanoTime();
    private final DaemonQuery query;

    /**
     * @param reference name or id of the container; empty for none
     * @param isProtected whether requests that act on it are denied; otherwise only the paths of the proxy's sockets on the host are
     *     taken from its mounts
     * @param validity time until the daemon is asked again
     * @param retry time until the daemon is asked again after a failure
     * @param clients creates the protection of the clients of other profiles, for a supplier of the container of the proxy
     */
    SelfProtection(
            String reference,
            boolean isProtected,
            Duration validity,
            Duration retry,
            DaemonQuery query,
            Function<Supplier<Optional<ListedContainer>>, ClientProtection> clients) {
        this.query = query;
        this.clients = clients.apply(this::location);
        this.isProtected = isProtected;
        this.reference = reference;
        this.validityNanos = validity.toNanos();
        this.retryNanos = retry.toNanos();
        boolean isIdProtected = isProtected && ObjectIds.isFull(reference);
        this.knowledge = new Knowledge(
                reference.isEmpty() ? State.ABSENT : State.UNKNOWN,
                isIdProtected ? new ListedContainer(ProxyContainer.of(reference), Map.of(), "", Map.of()) : null);
    }

    /** Creates the protection that the settings ask for; reads files of the process to find its container. */
    public static SelfProtection of(
            SelfSettings settings,
            DaemonQuery query,
            Function<Supplier<Optional<ListedContainer>>, ClientProtection> clients) {
        return new SelfProtection(settings.locate(), settings.isOn(), VALIDITY, RETRY, query, clients);
    }

    /** Returns the protection of the clients of other profiles. */
    public ClientProtection clients() {
        return clients;
    }

    /** Returns the protected containers for a profile: the proxy's container if it is known, and the clients of other profiles. */
    public List<ProtectedSubject> subjects(Profile profile) {
        ProxyContainer own = container();
        List<ProtectedSubject> subjects = new ArrayList<>(own == null ? List.of() : List.of(ProtectedSubject.of(own)));
        subjects.addAll(clients.subjects(profile));
        return subjects;
    }

    /** Returns the container of the proxy, also if it is not protected; empty if it is not known, or not one of this daemon. */
    public Optional<ListedContainer> location() {
        return Optional.ofNullable(knowledge.own);
    }

    /** Returns the subject with an object that a message of the exchange names, or null if the client may use these names. */
    public @Nullable ProtectedSubject owner(Trial trial, List<String> names) {
        List<SelfRule> rules = SelfRule.of(trial.operation()).stream()
                .filter(rule -> rule.place() == SelfRule.Place.MESSAGE)
                .toList();
        for (ProtectedSubject subject : rules.isEmpty() ? List.<ProtectedSubject>of() : subjects(trial.profile())) {
            if (names.stream().anyMatch(name -> rules.stream().anyMatch(rule -> rule.isProtected(subject, name)))) {
                return subject;
            }
        }
        return null;
    }

    /** Returns false if a profile may act on every container. */
    public boolean protects(Profile profile) {
        return isOn() || clients.protects(profile);
    }

    /** Returns false if no container of the proxy is protected, now and later. */
    public boolean isOn() {
        return isProtected && !reference.isEmpty();
    }

    /** Returns the configured name or the id; empty if nothing is protected. */
    public String reference() {
        return isOn() ? reference : "";
    }

    /** Returns whether a container is protected, and which one, for the status page. */
    public String summary() {
        if (!isOn()) {
            return "not protected: PROTECT_SELF is off, or the proxy runs in no container";
        }
        String container = ObjectIds.shorten(reference);
        return switch (knowledge.state) {
            case KNOWN -> container + ", protected";
            case UNKNOWN -> container + ", protected; the daemon has not described it yet";
            case ABSENT -> "not protected: the daemon has no container " + container;
        };
    }

    /** Returns the protected container; null if it is not known, or not one of this daemon. */
    public @Nullable ProxyContainer container() {
        return isOn() ? knowledge.container() : null;
    }

    /** Returns true before the daemon has described the protected container. */
    public boolean isUnknown() {
        return isOn() && knowledge.state == State.UNKNOWN;
    }

    /** Returns true before the daemon has described the container, if the decisions of a profile depend on it. */
    public boolean isUnknown(Profile profile) {
        return knowledge.state == State.UNKNOWN && (isOn() || clients.hasSockets(profile));
    }

    /**
     * Returns the judge of the body of an exchange, or null if its body is not judged. What a confined body names is judged only after
     * the proxy has found the objects, because those outside of the profile do not exist for the client.
     *
     * @param areObjectsFound whether the objects of a confined body are found
     */
    public @Nullable BodyJudge bodyJudge(Trial trial, boolean areObjectsFound) {
        Profile profile = trial.profile();
        ProxyContainer own = container();
        List<SelfRule> rules = profile.selfRules(trial.operation()).stream()
                .filter(rule -> rule.place() == SelfRule.Place.BODY || rule.place() == SelfRule.Place.CREATE)
                .toList();
        BodyJudge judge = profile.bodyJudge(
                trial.operation(),
                own == null ? List.of() : own.environs().mountSources(),
                clients.sockets(profile, location()));
        boolean isUnconfined = !areObjectsFound && trial.isConfinedByBody();
        List<ProtectedSubject> subjects = rules.isEmpty() || isUnconfined ? List.of() : subjects(profile);
        return subjects.isEmpty() ? judge : new SelfJudge(subjects, rules, network(trial), judge);
    }

    /** Adds the paths that no container of a profile may bind to rules for its bodies. */
    public CreateRules protecting(Profile profile, CreateRules rules) {
        ProxyContainer own = container();
        return rules.with(rules.binds()
                .protecting(
                        own == null ? List.of() : own.environs().mountSources(), clients.sockets(profile, location())));
    }

    /** Returns the network of the path, to which the body connects a container; empty for other requests. */
    private static String network(Trial trial) {
        return SelfRule.of(trial.operation()).stream()
                .filter(rule -> rule.object() == SelfRule.Kind.JOINED_NETWORK)
                .flatMap(rule -> rule.names(trial.operation(), trial.target()).stream())
                .findFirst()
                .orElse("");
    }

    /** Asks the daemon if the last answer is too old. */
    public void refreshIfDue() {
        if (System.nanoTime() - dueNanos >= 0) {
            refresh();
        }
    }

    /** Asks the daemon, unless a query is open or no decision depends on the container. Does not wait for the answer. */
    public void refresh() {
        boolean isNeeded = !reference.isEmpty() && (isProtected || clients.hasSockets());
        if (isNeeded && isAsking.compareAndSet(false, true)) {
            try {
                ProxyContainer known = knowledge.container();
                String id = known == null ? reference : known.id(); // a client could rename the container
                var unused = query.get("/containers/" + id + "/json")
                        .thenCompose(answer -> described(answer))
                        .whenComplete(this::learn);
            } catch (RuntimeException failed) {
                learn(null, failed);
            }
        }
    }

    /** Reads the description of the container, and asks for that of its image. */
    private CompletableFuture<Knowledge> described(Answer answer) {
        if (answer.status() == HttpStatus.NOT_FOUND_404) {
            return CompletableFuture.completedFuture(new Knowledge(State.ABSENT, null));
        }
        ListedContainer own = answer.status() == HttpStatus.OK_200 ? ListedContainer.inspected(answer.body()) : null;
        if (own == null) {
            throw new IllegalStateException("the daemon answered with the status " + answer.status()
                    + (answer.status() == HttpStatus.OK_200 ? " and a description that cannot be read" : ""));
        }
        return query.get("/images/" + own.container().image().id() + "/json")
                .handle((image, failure) -> new Knowledge(
                        State.KNOWN,
                        image == null || image.status() != HttpStatus.OK_200 ? own : own.withImage(image.body())));
    }

    private void learn(@Nullable Knowledge found, @Nullable Throwable failure) {
        Knowledge before = knowledge;
        if (found != null) {
            knowledge = found;
        }
        dueNanos = System.nanoTime() + (found == null ? retryNanos : validityNanos);
        isAsking.set(false);
        report(before, found, failure);
    }

    private void report(Knowledge before, @Nullable Knowledge found, @Nullable Throwable failure) {
        if (found == null) {
            LOG.debug("The daemon did not describe the container of this proxy, {}", reference, failure);
        } else if (found.state != before.state && found.own != null) {
            LOG.debug("The proxy protects its own container {}", found.own);
        } else if (found.state != before.state && ObjectIds.isFull(reference)) {
            LOG.debug("The daemon has no container {}: this proxy protects no container", reference);
        } else if (found.state != before.state) {
            LOG.warn("SELF_CONTAINER: the daemon has no container {}, so this proxy protects no container", reference);
        }
    }
}
