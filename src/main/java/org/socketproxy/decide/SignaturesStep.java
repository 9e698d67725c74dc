package org.socketproxy.decide;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.cosign.ImageSignatures;
import org.socketproxy.cosign.ImageSignatures.Subject;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.RegistryLogins;
import org.socketproxy.policy.RegistryLogins.Login;
import org.socketproxy.policy.create.NamedImage;
import org.socketproxy.policy.create.RegistryPasswords;
import org.socketproxy.policy.create.Violation;

/** With {@code CREATE_SIGNED}, passes a request on only if a key has signed the image of which {@link ImagesStep} has written the digest. */
final class SignaturesStep implements Step {
    private final ImageSignatures signatures = new ImageSignatures();

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        NamedImage image = NamedImage.of(trial.operation(), trial.target(), trial.heldBody())
                .orElse(null);
        List<Path> keys =
                image == null ? List.of() : inquiry.rules().images().signed().keys(image.name());
        if (image == null || keys.isEmpty()) {
            return null;
        }
        CompletableFuture<String> problem = problem(trial, image, keys);
        return inquiry.run(() ->
                inquiry.await(problem, () -> inquiry.walk(() -> verdict(inquiry, image, problem.join()))));
    }

    private CompletableFuture<String> problem(Trial trial, NamedImage image, List<Path> keys) {
        if (!image.isPinned()) {
            return CompletableFuture.completedFuture("it has no digest");
        }
        String login;
        try {
            login = login(trial, image);
        } catch (IOException | InvalidPathException unreadable) {
            return CompletableFuture.completedFuture("the password for its registry cannot be read (REGISTRIES)");
        }
        Subject subject = new Subject(image.name(), image.name().digest(), keys, login);
        return signatures.check(subject, trial.client().name());
    }

    private static @Nullable String login(Trial trial, NamedImage image) throws IOException {
        String host = RegistryPasswords.host(image.name().name());
        Login login = trial.profile().get(RegistryLogins.KEY).byHost().get(host);
        return login == null ? null : login.user() + ":" + login.password();
    }

    private static Verdict verdict(Inquiry inquiry, NamedImage image, String problem) {
        if (problem.isEmpty()) {
            return inquiry.passed(inquiry.trial().target());
        }
        String subject =
                image.place() + " is " + image.reference() + ", which needs a signature (CREATE_SIGNED); " + problem;
        return inquiry.denied(List.of(new Violation(Violation.Kind.REQUIRED, "", subject, null)));
    }
}
