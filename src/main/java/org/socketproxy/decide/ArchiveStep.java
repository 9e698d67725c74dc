package org.socketproxy.decide;

import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ArchiveException;
import org.socketproxy.archive.ArchiveJudge;
import org.socketproxy.decide.Inquiry.EndOfRun;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.Archives;
import org.socketproxy.policy.Reason;

/**
 * Lets a judge decide about a body that is an archive, while it is forwarded. Without {@code CREATE=safe} and {@code TARGETS} it asks which
 * daemon it is, because only Podman follows links in an archive out of its folder.
 */
final class ArchiveStep implements Step {
    private final BodyStep bodies;

    /** @param bodies has the memory for the names in archives */
    ArchiveStep(BodyStep bodies) {
        this.bodies = bodies;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        boolean isArchive = exchange.isBodyStreamed()
                && Archives.isArchive(
                        exchange.operation(),
                        exchange.target(),
                        exchange.clientSide().request().getHeaders().getValuesList(HttpHeader.CONTENT_TYPE));
        if (!isArchive) {
            return null;
        }
        return Archives.dependsOnDaemon(exchange.profile(), exchange.operation())
                ? question.judge(() -> ofDaemon(question))
                : judge(exchange).now();
    }

    /** A daemon that does not describe itself counts as Podman. */
    private Verdict ofDaemon(Inquiry question) throws EndOfRun {
        boolean isPodman = question.read(
                "/info",
                "daemon",
                found -> !found.isDescribed() || found.defaults().isPodman());
        return isPodman
                ? judge(question.exchange())
                : question.passed(question.exchange().target());
    }

    private Verdict judge(Exchange exchange) {
        HeldMemory.Share memory = bodies.share(exchange);
        try {
            ArchiveJudge judge =
                    Archives.judge(exchange.profile(), exchange.operation(), exchange.target(), memory::reserve);
            exchange.notes().judges(judge);
            Request.addCompletionListener(exchange.clientSide().request(), any -> {
                judge.close();
                memory.close();
            });
            return Verdict.Passed.INSTANCE;
        } catch (ArchiveException refused) {
            return Verdict.denied(
                    Reason.ARCHIVE_REFUSED,
                    HttpStatus.FORBIDDEN_403,
                    Archives.sentence(exchange.profile(), exchange.operation(), refused));
        }
    }
}
