package org.socketproxy.exchange;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ArchiveJudge;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.Appeals;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.ResponseTransform.ChainedTransform;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.policy.create.OwnMounts;
import org.socketproxy.policy.create.Unjudged;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.ScopedBody;
import org.socketproxy.policy.scope.ScopedRequest;
import org.socketproxy.recreate.RecreateRecord;

/**
 * The judgement of one request by the rules of one profile: the decision, what the proxy forwards, and what the steps have found
 * out. Each {@link Exchange} has one; a tried policy makes another one, which the exchange does not see.
 *
 * <p>Threading: one thread after the other changes it; the facts for the audit record and the page can be read by any thread.
 */
public final class Trial {
    private final long id;
    private final Client client;
    private final ClientConnection clientSide;
    private final Profiles inForce;
    private final @Nullable Appeals appeals;
    private volatile Profile profile;
    private @Nullable RequestTarget target;
    private @Nullable Decision decision;
    private @Nullable ResponseTransform transform;
    private volatile @Nullable ByteBuffer heldBody;
    private volatile @Nullable HeldBody deniedBody;
    private volatile boolean isApproved;
    private volatile @Nullable StreamedArchive archive;
    private volatile @Nullable Translated translated;
    private volatile CreatedObject created = CreatedObject.NONE;
    private volatile Unjudged unjudged = Unjudged.NONE;
    private volatile @Nullable RecreateRecord replaced;
    private volatile boolean isRecreated;
    private volatile boolean isAfterRemoval;
    private volatile String startedIn = "";
    private volatile Runnable onSuccess = () -> {};
    private volatile Map<String, String> headers = Map.of();
    private volatile int daemonStatus;

    /**
     * A body that is an archive: the judge decides while the body is forwarded as the judge writes it again.
     *
     * @param window memory of decoders, which the exchange can lose while it waits for its client
     */
    public record StreamedArchive(ArchiveJudge judge, HeldMemory.Share window) {}

    /**
     * Begins the judgement of the request of an exchange, by the profile of its client. A reload does not change the profile.
     *
     * @param inForce tell whether a permission has ended
     */
    public Trial(Exchange exchange, Profiles inForce) {
        this.id = exchange.id();
        this.client = exchange.client();
        this.clientSide = exchange.clientSide();
        this.inForce = inForce;
        this.profile = inForce.of(client);
        this.appeals = inForce.appeals(client);
    }

    /** Returns the number of the exchange. */
    public long id() {
        return id;
    }

    public Client client() {
        return client;
    }

    public ClientConnection clientSide() {
        return clientSide;
    }

    public Profile profile() {
        return profile;
    }

    /** Judges the rest of the request for a client whose container has these mounts. */
    public void has(OwnMounts mounts) {
        CreateRules rules = profile.create();
        if (rules != null) {
            profile =
                    profile.edit().create(rules.with(rules.binds().of(mounts))).build();
        }
    }

    /** Returns how a person is asked about a denial; null if nobody is asked. */
    public @Nullable Appeals appeals() {
        return appeals;
    }

    /** Judges the rest of the request by the profile that a person has approved for it. */
    public void approve(Profile approved) {
        profile = approved;
        isApproved = true;
    }

    public boolean isApproved() {
        return isApproved;
    }

    /** Records that the whole body was read and denied, so that it can be judged again. */
    public void deny(HeldBody read) {
        deniedBody = read;
    }

    /** Returns the body that was read and denied, or null. */
    public @Nullable HeldBody deniedBody() {
        return deniedBody;
    }

    /** Records that the profile permits the request, as it was restricted. */
    public void permit(ScopedRequest judged, Decision outcome) {
        target = judged.target();
        decision = outcome;
        transform = profile.transform(operation(), judged);
    }

    /** Returns the request target that is judged and forwarded. */
    public RequestTarget target() {
        return Objects.requireNonNull(target);
    }

    /** Returns the decision of the policy. In learn mode it can be a denial although the request is permitted. */
    public Decision decision() {
        return Objects.requireNonNull(decision);
    }

    public Operation operation() {
        return Objects.requireNonNull(decision().operation());
    }

    /** Returns the conditions on the objects of the request, in the order of their evaluation. */
    public List<ObjectRule> objectRules() {
        return profile.objectRules(operation(), decision().isWrite());
    }

    /** Returns the denial if the permission has ended since the decision, also by an end that a reload has added; else null. */
    public @Nullable Decision ended() {
        Decision ended = profile.ended(operation(), decision().isWrite());
        Profile now = inForce.of(client);
        return ended != null || now == profile
                ? ended
                : now.ended(operation(), decision().isWrite());
    }

    /**
     * Returns a denial by the policy.
     *
     * @param isMasked whether the client must not get paths of the host
     */
    public Denial denial(Decision denied, boolean isMasked) {
        String sentence = DenialMessage.sentence(isMasked ? denied.withoutPaths() : denied, profile.origin(), List::of);
        return Denial.of(denied, isAfterRemoval ? DenialMessage.afterRemoval(sentence) : sentence);
    }

    /** Replaces the target by one that names the judged object by its id. */
    public void identify(RequestTarget byId) {
        target = byId;
    }

    /** Sets the transform that removes objects of other profiles from the response. */
    public void show(ResponseTransform part) {
        transform = ChainedTransform.of(part, profile.commonTransform(operation(), target()));
    }

    /** Adds a check of the response, which comes before other changes to it. */
    public void check(ResponseTransform part) {
        transform = ChainedTransform.of(part, transform);
    }

    /** Returns the transform of the response, or null if the response passes byte for byte. */
    public @Nullable ResponseTransform transform() {
        return transform;
    }

    /** Records that the whole body was judged; these bytes are forwarded in its place. */
    public void hold(ByteBuffer judged) {
        heldBody = judged;
    }

    /** Returns the judged body; empty if the request has none. */
    public ByteBuffer heldBody() {
        ByteBuffer held = heldBody;
        return held == null ? ByteBuffer.allocate(0) : held.duplicate();
    }

    public boolean isBodyHeld() {
        return heldBody != null;
    }

    /** Returns true if the proxy streams the request body to the daemon: there is a body, and it is not held. */
    public boolean isBodyStreamed() {
        return clientSide.hasBody() && heldBody == null;
    }

    /** Returns true if {@code TARGETS} judges the objects that the body names. */
    public boolean isConfinedByBody() {
        return profile.targets() != null && ScopedBody.isOf(operation());
    }

    /** Records the judge of the body that is streamed. */
    public void judges(StreamedArchive streamed) {
        archive = streamed;
    }

    /** Returns the body that is an archive with a judge, or null. */
    public @Nullable StreamedArchive archive() {
        return archive;
    }

    /** Records the API versions of a request that is forwarded with another one than its own; null if it keeps its own. */
    public void translates(@Nullable Translated versions) {
        translated = versions;
    }

    /** Returns the API versions of a request that is forwarded with another one than its own, or null. */
    public @Nullable Translated translated() {
        return translated;
    }

    /** Records the object that the body creates. */
    public void creates(CreatedObject read) {
        created = read;
    }

    CreatedObject created() {
        return created;
    }

    /** Records what the body names and the daemon must describe. */
    public void leave(Unjudged named) {
        unjudged = named;
    }

    public Unjudged unjudged() {
        return unjudged;
    }

    /** Records the container that this create request may replace despite its violations of the rules, or null. */
    public void replaces(@Nullable RecreateRecord container) {
        replaced = container;
    }

    /** Returns the container that this request may create again, or null. */
    public @Nullable RecreateRecord replaced() {
        return replaced;
    }

    /** Records that only {@code CREATE_ALLOW=recreate} allows the request. */
    public void recreates() {
        isRecreated = true;
    }

    public boolean isRecreated() {
        return isRecreated;
    }

    /** Records whether the client has removed a container shortly before this create request. */
    public void followsRemoval(boolean hasRemoved) {
        isAfterRemoval = hasRemoved;
    }

    /** Records the container of the exec that the request starts, or null if it is not known. */
    public void startsIn(@Nullable String container) {
        startedIn = container == null ? "" : container;
    }

    /** Returns the full id of the container of the started exec, or empty. */
    String startedIn() {
        return startedIn;
    }

    /** Sets headers that the daemon gets in place of those of the client; an empty one is removed. */
    public void send(Map<String, String> replaced) {
        headers = Map.copyOf(replaced);
    }

    /** Returns the headers that replace those of the client; they can have passwords. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Adds an action that runs when the daemon answers with status 2xx, before the client gets any of the response. */
    public void onSuccess(Runnable action) {
        Runnable before = onSuccess;
        onSuccess = () -> {
            before.run();
            action.run();
        };
    }

    /** Takes the status of the daemon's response. */
    public void receiveStatus(int status) {
        daemonStatus = status;
        if (status / 100 == 2) {
            onSuccess.run();
        }
    }

    /** Returns the status of the daemon's response; 0 without one. */
    public int daemonStatus() {
        return daemonStatus;
    }
}
