package org.socketproxy.decide;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ArchiveException;
import org.socketproxy.archive.ArchiveJudge;
import org.socketproxy.archive.WindowMemory;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.exchange.Trial;
import org.socketproxy.exchange.Trial.StreamedArchive;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Archives;
import org.socketproxy.policy.LoadedImages;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.ScopeQuery;
import org.socketproxy.protect.SelfProtection;

/**
 * Lets a judge decide about a body that is an archive, while it is forwarded. Without {@code CREATE=safe} and {@code TARGETS} it asks which
 * daemon it is, because only Podman follows links in an archive out of its folder, and fetches and unpacks a context in the same way.
 */
final class ArchiveStep implements Step {
    private static final String FETCHED =
            "remote makes Podman fetch and unpack an archive that no judge reads: send the files in the body";

    /** The most memory of all decoders. */
    static final int WINDOWS_BYTES = 64 << 20;

    private final HeldMemory windows = HeldMemory.ofThisProcess(WindowMemory.MOST_BYTES, WINDOWS_BYTES);

    private final BodyStep bodies;
    private final SelfProtection self;

    /**
     * @param bodies has the memory for the names in archives
     * @param self knows the images of protected containers
     */
    ArchiveStep(BodyStep bodies, SelfProtection self) {
        this.bodies = bodies;
        this.self = self;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        boolean isArchive = trial.isBodyStreamed()
                && Archives.isArchive(
                        trial.operation(),
                        trial.target(),
                        trial.clientSide().request().getHeaders().getValuesList(HttpHeader.CONTENT_TYPE));
        boolean isFetched = Archives.isFetched(trial.operation(), trial.target());
        if (!isArchive && !isFetched) {
            return null;
        }
        boolean isOnPodmanOnly = Archives.dependsOnDaemon(trial.profile(), trial.operation());
        return isFetched || isOnPodmanOnly || !guards(trial).isEmpty()
                ? inquiry.judge(() -> ofDaemon(inquiry, isArchive, isFetched))
                : judge(inquiry, Set.of()).now();
    }

    private Verdict ofDaemon(Inquiry inquiry, boolean isArchive, boolean isFetched) throws EndOfRun {
        Trial trial = inquiry.trial();
        boolean isOnPodmanOnly = Archives.dependsOnDaemon(trial.profile(), trial.operation());
        boolean isPodman = (isFetched || isOnPodmanOnly) && isPodman(inquiry);
        if (isFetched && isPodman) {
            String sentence = trial.operation().id() + " is not allowed: " + FETCHED;
            return Verdict.denied(Reason.ARCHIVE_REFUSED, HttpStatus.FORBIDDEN_403, sentence);
        }
        if (!isArchive || isOnPodmanOnly && !isPodman) {
            return inquiry.passed(trial.target());
        }
        Set<String> guarded = new HashSet<>();
        for (ObjectRule rule : guards(trial)) {
            List<ObjectIdentity> images = inquiry.list(
                    new ScopeQuery(rule.scope(), ObjectKind.IMAGE), ObjectKind.IMAGE.noun(), error -> false);
            Objects.requireNonNullElse(images, List.<ObjectIdentity>of())
                    .forEach(image -> guarded.addAll(image.names()));
        }
        return judge(inquiry, guarded);
    }

    /** A daemon that does not describe itself counts as Podman. */
    private static boolean isPodman(Inquiry inquiry) throws EndOfRun {
        return inquiry.read(
                "/info",
                "daemon",
                found -> !found.isDescribed() || found.defaults().isPodman());
    }

    /** Returns the rules that protect names of images from those in the archive. */
    private static List<ObjectRule> guards(Trial trial) {
        return Archives.hasJudgedImages(trial.profile(), trial.operation())
                ? trial.profile().objectRules(trial.operation(), true).stream()
                        .filter(ObjectRule::isProtecting)
                        .toList()
                : List.of();
    }

    private Verdict judge(Inquiry inquiry, Set<String> guarded) {
        Trial trial = inquiry.trial();
        HeldMemory.Share memory = bodies.share(trial);
        HeldMemory.Share window = windows.share(trial.client(), trial.profile());
        LoadedImages images = new LoadedImages(
                trial.profile(), trial.operation(), guarded, name -> self.owner(trial, List.of(name)) != null);
        try {
            ArchiveJudge judge = Archives.judge(
                    trial.profile(),
                    trial.operation(),
                    trial.target(),
                    images,
                    memory::reserve,
                    memory::release,
                    new Window(window));
            window.onCut(() -> trial.clientSide().executor().execute(() -> cut(inquiry.exchange())));
            trial.judges(new StreamedArchive(judge, window));
            Request.addCompletionListener(trial.clientSide().request(), any -> {
                judge.close();
                memory.close();
                window.close();
            });
            return Verdict.Passed.INSTANCE;
        } catch (ArchiveException refused) {
            return Verdict.denied(
                    Reason.ARCHIVE_REFUSED,
                    HttpStatus.FORBIDDEN_403,
                    Archives.sentence(trial.profile(), trial.operation(), refused));
        }
    }

    /** Ends a request whose client does not send, because another exchange needs its memory. */
    private static void cut(Exchange exchange) {
        exchange.withhold(Reason.BODY_MEMORY);
        exchange.abort(new EofException("The client does not send its archive, and others need the memory"));
    }

    private record Window(HeldMemory.Share share) implements WindowMemory {
        @Override
        public boolean reserve(int bytes) {
            return share.reserve(bytes);
        }

        @Override
        public void release(int bytes) {
            share.release(bytes);
        }
    }
}
