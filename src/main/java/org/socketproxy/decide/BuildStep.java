package org.socketproxy.decide;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.protect.SelfProtection;

/**
 * Judges the messages of BuildKit in every profile, and binds builds and sessions to the client that has opened them: its builds,
 * their results and log, its sessions, and the records of its builds are out of reach of other clients.
 *
 * <p>Threading: never blocks. A request that comes before the Solve or session that it names waits for it, for a limited time.
 */
final class BuildStep implements Step {
    private final BuildOwners owners = new BuildOwners();
    private final DaemonObjects objects;
    private final BodyStep bodies;
    private final SelfProtection self;

    /**
     * @param bodies reads the messages
     * @param self protects the images of the proxy and of clients of other profiles
     */
    BuildStep(DaemonObjects objects, BodyStep bodies, SelfProtection self) {
        this.objects = objects;
        this.bodies = bodies;
        this.self = self;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        BuildBinding binding = new BuildBinding(inquiry, owners, objects, bodies, self);
        Operation operation = inquiry.trial().operation();
        if (operation.rules().isAnswered()) {
            return binding.answer();
        }
        return switch (operation.verb()) {
            case OPEN_SESSION -> binding.session();
            case BUILD -> binding.classicBuild();
            case CANCEL_BUILD -> binding.cancel();
            case SOLVE -> binding.solve();
            case BUILD_STATUS -> binding.status();
            case BRIDGE, BRIDGE_PING -> binding.bridge();
            case BRIDGE_SOLVE -> binding.bridgeSolve();
            case BRIDGE_RETURN -> binding.bridgeReturn();
            case BRIDGE_RESOLVE -> binding.bridgeResolve();
            case BUILD_HISTORY -> binding.history();
            case CHANGE_BUILD_HISTORY -> binding.changeHistory();
            case READ_BUILD_HISTORY -> binding.blob();
            default -> operation.isGrpc() ? binding.message() : null;
        };
    }
}
