package org.socketproxy.exchange;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ArchiveJudge;
import org.socketproxy.audit.ShadowRecord.HiddenElements;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.RecreateRecord;
import org.socketproxy.policy.create.Violation;

/**
 * Facts about a request that the steps collect.
 *
 * <p>Threading: one thread after the other.
 */
public final class CreateNotes {
    private volatile @Nullable RecreateRecord replaced;
    private volatile CreatedObject facts = CreatedObject.NONE;
    private volatile List<String> volumes = List.of();
    private volatile List<DefaultClaim> claims = List.of();
    private volatile String pod = "";
    private volatile @Nullable UnjudgedEndpoint endpoint;
    private volatile boolean isRecreated;
    private volatile String startedIn = "";
    private volatile boolean isAfterRemoval;
    private volatile @Nullable Translated translated;
    private volatile Runnable onSuccess = () -> {};
    private volatile @Nullable Shadowed shadow;
    private volatile @Nullable ArchiveJudge archive;
    private volatile HeldMemory.@Nullable Share archiveWindow;

    /**
     * An endpoint of a network that the rules deny, unless the container is one that was created again.
     *
     * @param container full id
     * @param violations violations of the rules
     */
    public record UnjudgedEndpoint(String container, List<Violation> violations) {
        public UnjudgedEndpoint {
            violations = List.copyOf(violations);
        }
    }

    /** Another policy that is applied to the exchange, and never changes it. */
    public interface Shadowed {
        /**
         * Called when the request is sent to the daemon.
         *
         * @param log writes the record of a denial; any thread may call it
         */
        void forwarded(DenialLog log);

        /** Called for each part of the request body that is sent to the daemon; must not keep or change the buffer. */
        void receive(ByteBuffer part, boolean isLast);

        /** Called with the status of the daemon's response. */
        void answered(int status);

        /**
         * Called after {@link #answered} if the response can have a body.
         *
         * @param isPlain whether the body is whole and has no content coding
         */
        void expectBody(boolean isPlain);

        /** Called for each part of the response body that the client gets; must not keep or change the buffer. */
        void show(ByteBuffer part);

        /** Called at the end of the exchange, also of one that was not forwarded. */
        void ended();
    }

    /** Writes the audit records of an exchange that the other policy would deny or change. */
    public interface DenialLog {
        /**
         * Writes the record.
         *
         * @param profile profile of the other policy, or null if it has no policy file
         */
        void wouldDeny(String reason, @Nullable String profile);

        /** Writes the record of a response that has a list with elements that the other policy would hide. */
        void wouldHide(HiddenElements list, @Nullable String profile);
    }

    public void shadow(Shadowed other) {
        shadow = other;
    }

    /** Returns the other policy, or null. */
    public @Nullable Shadowed shadow() {
        return shadow;
    }

    /** Records the container that this create request may replace despite its violations of the rules, or null. */
    public void replaces(@Nullable RecreateRecord container) {
        replaced = container;
    }

    /** Returns the container that this request may create again, or null. */
    public @Nullable RecreateRecord replaced() {
        return replaced;
    }

    /** Records the objects that the body creates. */
    public void creates(CreatedObject read) {
        facts = read;
    }

    /** Records that only {@code CREATE_ALLOW=recreate} allows the request. */
    public void recreates() {
        isRecreated = true;
    }

    /** Records the volumes that the body names, which are not judged yet. */
    public void names(List<String> unjudged) {
        volumes = List.copyOf(unjudged);
    }

    /** Returns the volumes that are not judged yet. */
    public List<String> volumes() {
        return volumes;
    }

    /** Records the values of the body that are allowed only if the daemon sets them by itself. */
    public void claims(List<DefaultClaim> unjudged) {
        claims = List.copyOf(unjudged);
    }

    /** Returns the values that are not compared with the daemon's defaults yet. */
    public List<DefaultClaim> claims() {
        return claims;
    }

    /** Records the name or id of the pod that gets the new container, which is not judged yet; empty for none. */
    public void joins(String unjudged) {
        pod = unjudged;
    }

    /** Returns the pod that is not judged yet; empty for other requests. */
    public String pod() {
        return pod;
    }

    /** Records the endpoint of a container that is not judged yet. */
    public void connects(UnjudgedEndpoint unjudged) {
        endpoint = unjudged;
    }

    /** Returns the endpoint of a container that is not judged yet; null for other requests. */
    public @Nullable UnjudgedEndpoint endpoint() {
        return endpoint;
    }

    /** Records the container of the exec that the request starts, or null if it is not known. */
    public void startsIn(@Nullable String container) {
        startedIn = container == null ? "" : container;
    }

    /** Returns the full id of the container of the started exec, or empty. */
    String startedIn() {
        return startedIn;
    }

    /** Records whether the client has removed a container shortly before this create request. */
    public void followsRemoval(boolean hasRemoved) {
        isAfterRemoval = hasRemoved;
    }

    public boolean isAfterRemoval() {
        return isAfterRemoval;
    }

    /** Records the API versions of a request that is forwarded with another one than its own; null if it keeps its own. */
    public void translates(@Nullable Translated versions) {
        translated = versions;
    }

    /** Returns the API versions of a request that is forwarded with another one than its own, or null. */
    public @Nullable Translated translated() {
        return translated;
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
        if (status / 100 == 2) {
            onSuccess.run();
        }
    }

    /**
     * Records the judge of the body, which is an archive: it decides while the body is forwarded as the judge writes it again.
     *
     * @param window memory of decoders, which the exchange can lose while it waits for its client
     */
    public void judges(ArchiveJudge judge, HeldMemory.Share window) {
        archiveWindow = window;
        archive = judge;
    }

    /** Returns the judge of the body that is an archive, or null. */
    public @Nullable ArchiveJudge archive() {
        return archive;
    }

    HeldMemory.@Nullable Share archiveWindow() {
        return archiveWindow;
    }

    CreatedObject facts() {
        return facts;
    }

    /** Returns true if only {@code CREATE_ALLOW=recreate} allows the request. */
    public boolean isRecreated() {
        return isRecreated;
    }
}
