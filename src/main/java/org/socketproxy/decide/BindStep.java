package org.socketproxy.decide;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.create.BindVolume;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ProtectedBinds;
import org.socketproxy.policy.create.Violation;

/**
 * Puts volumes of the proxy in place of the binds of a judged body where clients could put links; the daemon creates a missing volume
 * with the container; and the mounts of the client's container in place of its own paths. Denies the request if the daemon has no
 * paths inside of volumes, or another volume with the name.
 *
 * <p>Security: {@link ProtectedBinds} compares the result with the judged body. After this step only {@link ImagesStep} changes a
 * body: its image.
 */
final class BindStep implements Step {
    private static final String VERSION = "/version";

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        if (!trial.isBodyHeld()) {
            return null;
        }
        ProtectedBinds binds = ProtectedBinds.of(inquiry.rules(), JsonBody.of(trial.heldBody()));
        return binds == null ? null : inquiry.judge(() -> judge(inquiry, binds));
    }

    private Verdict judge(Inquiry inquiry, ProtectedBinds binds) throws EndOfRun {
        Trial trial = inquiry.trial();
        CreateRules rules = inquiry.rules();
        JsonBody judged = JsonBody.of(trial.heldBody());
        for (String name : ProtectedBinds.ownVolumes(rules, judged)) {
            List<Violation> ofOwn = inquiry.inspect("/volumes/" + name, "volume", found -> found.volume(rules, name));
            if (!ofOwn.isEmpty()) {
                return inquiry.denied(ofOwn);
            }
        }
        List<Violation> ofOldDaemon = ProtectedBinds.ofOldDaemon(rules, judged);
        if (binds.volumes().size() > ProtectedBinds.MOST) {
            return inquiry.denied(binds.undoable("the body has more than " + ProtectedBinds.MOST + " such binds"));
        }
        boolean isAsked = binds.hasSubpath() || !ofOldDaemon.isEmpty();
        if (isAsked && !inquiry.inspect(VERSION, "daemon", Inspection::hasSubpaths)) {
            return inquiry.denied(
                    ofOldDaemon.isEmpty()
                            ? binds.undoable("the daemon is Podman, or has an API version below " + Inspection.SUBPATHS)
                            : ofOldDaemon);
        }
        RequestTarget target = binds.hasSubpath() ? target(trial) : trial.target();
        if (target == null) {
            return inquiry.denied(binds.undoable("the request has API version "
                    + trial.target().version() + " and fields that mean something else in " + Inspection.SUBPATHS));
        }
        for (BindVolume volume : binds.volumes()) {
            List<Violation> ofAnother = inquiry.find(
                    "/volumes/" + volume.name(),
                    "volume",
                    found -> found.volume(rules, volume.name()),
                    error -> error.status() == HttpStatus.NOT_FOUND_404);
            if (ofAnother != null && !ofAnother.isEmpty()) {
                return inquiry.denied(ProtectedBinds.undoable(
                        volume, "the daemon has another volume with the name " + volume.name()));
            }
        }
        trial.hold(binds.body());
        return inquiry.passed(target);
    }

    /** Returns the target with a version that has paths inside of volumes; null if the body means something else there. */
    private static @Nullable RequestTarget target(Trial trial) {
        RequestTarget target = trial.target();
        ApiVersion own = ApiVersion.parse(target.version()).orElse(null);
        if (target.version() == null || own != null && !own.isBefore(Inspection.SUBPATHS)) {
            return target;
        }
        Translated versions = own == null ? null : new Translated(own, Inspection.SUBPATHS);
        boolean isSame = versions != null
                && versions.isSame(trial.operation(), target)
                && versions.isSame(trial.operation(), JsonBody.of(trial.heldBody()));
        return isSame ? target.withVersion(Inspection.SUBPATHS) : null;
    }
}
