package org.socketproxy.decide;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.NamedImage;
import org.socketproxy.policy.create.RegistryPasswords;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;

/**
 * With {@code CREATE_IMAGES}, removes the passwords for other registries from the headers of a request. With
 * {@code CREATE_REQUIRE=digest}, lets {@link ImageDigest} write a digest in place of a tag.
 *
 * <p>Security: denies a header that cannot be read.
 */
final class ImagesStep implements Step {
    private static final String TRANSPORT = "docker://";
    private static final Violation AMBIGUOUS = new Violation(
            Violation.Kind.REQUIRED,
            "",
            "a pull needs fromImage and tag once, because CREATE_REQUIRE has digest",
            null);

    private final DaemonObjects objects;

    ImagesStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        Verdict unreadable = inquiry.rules().images().isLimited() ? filter(inquiry) : null;
        if (unreadable != null) {
            return unreadable.now();
        }
        if (!NamedImage.isPinning(inquiry.rules(), trial.operation())) {
            return null;
        }
        if (NamedImage.isAmbiguous(trial.operation(), trial.target())) {
            return inquiry.denied(List.of(AMBIGUOUS)).now();
        }
        NamedImage image = NamedImage.of(trial.operation(), trial.target(), trial.heldBody())
                .filter(named -> !named.isPinned())
                .orElse(null);
        return image == null ? null : new ImageDigest(inquiry, objects, image).pin();
    }

    /** Keeps the passwords for registries of {@code CREATE_IMAGES}; returns the denial of a header that cannot be read, or null. */
    private static @Nullable Verdict filter(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        Map<String, String> kept = new HashMap<>();
        for (String header : RegistryPasswords.HEADERS) {
            List<String> values = values(trial, header);
            if (!values.isEmpty()) {
                try {
                    kept.put(header, kept(trial, inquiry.rules().images(), values));
                } catch (InvalidJsonException unreadable) {
                    return inquiry.denied(List.of(unreadable(header, unreadable)));
                }
            }
        }
        trial.send(kept);
        return null;
    }

    private static List<String> values(Trial trial, String header) {
        return trial.clientSide().request().getHeaders().getFields(header).stream()
                .map(field -> field.getValue() == null ? "" : field.getValue())
                .toList();
    }

    /** Returns the headers with passwords that the daemon gets with the request. */
    static Map<String, String> passwords(Trial trial) {
        String own = String.join("", values(trial, RegistryPasswords.AUTH));
        String sent = trial.headers().getOrDefault(RegistryPasswords.AUTH, own);
        return sent.isEmpty() ? Map.of() : Map.of(RegistryPasswords.AUTH, sent);
    }

    private static Violation unreadable(String header, InvalidJsonException unreadable) {
        String subject = "the header " + header + " " + unreadable.problem();
        return new Violation(Violation.Kind.FORM, "", subject, null);
    }

    private static String kept(Trial trial, ImageRules images, List<String> values) throws InvalidJsonException {
        Set<String> reached = RegistryPasswords.registries(references(trial.operation(), trial.target()));
        return RegistryPasswords.kept(values, reached, images::allowsRegistry);
    }

    /** Returns the images that path and query name. */
    private static List<String> references(Operation operation, RequestTarget target) {
        return switch (operation.verb()) {
            case PULL -> texts(target, operation.isLibpod() ? "reference" : "fromImage");
            case SEARCH_REGISTRY -> texts(target, "term");
            case PUSH, ASK_REGISTRY -> {
                List<String> destinations =
                        operation.verb() == Verb.PUSH ? texts(target, "destination") : List.<String>of();
                ObjectRef named = ObjectRefs.named(operation, target);
                yield destinations.isEmpty() && named != null ? List.of(named.name()) : destinations;
            }
            default -> List.of();
        };
    }

    private static List<String> texts(RequestTarget target, String parameter) {
        return target.values(parameter).stream()
                .filter(value -> !value.isEmpty())
                .map(value -> value.startsWith(TRANSPORT) ? value.substring(TRANSPORT.length()) : value)
                .toList();
    }
}
