package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.create.NamedImage;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation;

/**
 * Asks the daemon for the digest of an image that a request names by its tag: the daemon asks the registry. If it has no such image, a
 * creation gets the only digest of the local image.
 *
 * <p>Security: objects of {@code TARGETS} were judged by the local image, so its digests must have that of the registry.
 */
final class ImageDigest {
    private static final int LONGEST_REASON = 200;

    private final Inquiry inquiry;
    private final DaemonObjects objects;
    private final NamedImage image;

    /** Answer of the registry: a digest, or the reason why there is none. */
    private record Told(String digest, String problem) {}

    ImageDigest(Inquiry inquiry, DaemonObjects objects, NamedImage image) {
        this.inquiry = inquiry;
        this.objects = objects;
        this.image = image;
    }

    /** Writes the digest into the request, or denies it. */
    CompletableFuture<Verdict> pin() {
        Trial trial = inquiry.trial();
        return inquiry.run(() -> {
            CompletableFuture<Answer> asked =
                    objects.query().ask("/distribution/" + image.full() + "/json", trial.clientSide(), headers(trial));
            CompletableFuture<Told> told = asked.handle(ImageDigest::told);
            var unused = told.whenComplete((any, failure) -> {
                if (told.isCancelled()) {
                    asked.cancel(false);
                }
            });
            inquiry.await(told, () -> inquiry.walk(() -> judge(told.join())));
        });
    }

    /** The password that the daemon would get with the request. */
    private static Map<String, String> headers(Trial trial) {
        return ImagesStep.passwords(trial);
    }

    private static Told told(@Nullable Answer answer, @Nullable Throwable failure) {
        if (answer == null) {
            return new Told(
                    "", failure == null ? "no answer" : PrintableText.oneLine(String.valueOf(failure.getMessage())));
        }
        JsonObject body = StrictJson.object(answer.body());
        String digest = body.object("Descriptor").text("digest");
        if (answer.status() == HttpStatus.OK_200 && NamedImage.isDigest(digest)) {
            return new Told(digest, "");
        }
        String message = PrintableText.oneLine(body.text("message"));
        String reason = message.length() > LONGEST_REASON ? message.substring(0, LONGEST_REASON) + "…" : message;
        return new Told("", "status " + answer.status() + (reason.isEmpty() ? "" : ", " + reason));
    }

    private Verdict judge(Told told) throws EndOfRun {
        boolean isConfined = !inquiry.trial().objectRules().isEmpty();
        if (image.isPulled() || !told.digest.isEmpty() && !isConfined) {
            return told.digest.isEmpty()
                    ? denied("the daemon did not get its digest: " + told.problem)
                    : write(told.digest);
        }
        List<String> local = inquiry.find(
                "/images/" + image.full() + "/json",
                "image",
                this::digests,
                found -> found.status() == HttpStatus.NOT_FOUND_404);
        List<String> known = local == null ? List.of() : local;
        if (!told.digest.isEmpty()) {
            return known.contains(told.digest)
                    ? write(told.digest)
                    : denied("the local image has another digest than the registry: pull it");
        }
        return known.size() == 1
                ? write(known.get(0))
                : denied("neither the registry (" + told.problem + ") nor the local image has one digest");
    }

    /** Returns the digests that the image has in its own repository. */
    private List<String> digests(Inspection found) {
        return StrictJson.object(found.body()).texts("RepoDigests").stream()
                .flatMap(text -> ImageName.parse(text).stream())
                .filter(name -> name.name().equals(image.name().name()) && NamedImage.isDigest(name.digest()))
                .map(ImageName::digest)
                .distinct()
                .toList();
    }

    private Verdict denied(String problem) {
        String subject = image.place() + " is " + image.reference() + setting() + "; " + problem;
        return inquiry.denied(List.of(new Violation(Violation.Kind.REQUIRED, "", subject, null)));
    }

    private String setting() {
        return inquiry.rules().requirements().has(Requirement.DIGEST)
                ? ", and CREATE_REQUIRE has digest"
                : ", which needs a signature (CREATE_SIGNED)";
    }

    private Verdict write(String digest) {
        Trial trial = inquiry.trial();
        if (image.isPulled()) {
            return inquiry.passed(image.pinned(trial.target(), digest));
        }
        ByteBuffer pinned = image.pinned(trial.heldBody(), digest);
        trial.hold(pinned);
        return inquiry.passed(trial.target());
    }
}
