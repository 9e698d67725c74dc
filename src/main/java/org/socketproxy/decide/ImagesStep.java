package org.socketproxy.decide;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.RegistryPasswords;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;

/**
 * With {@code CREATE_IMAGES}, removes the passwords for other registries from the headers of a request.
 *
 * <p>Security: denies a header that cannot be read.
 */
final class ImagesStep implements Step {
    private static final String TRANSPORT = "docker://";

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        HttpFields fields = trial.clientSide().request().getHeaders();
        Map<String, String> kept = new HashMap<>();
        for (String header : RegistryPasswords.HEADERS) {
            List<String> values = fields.getFields(header).stream()
                    .map(field -> field.getValue() == null ? "" : field.getValue())
                    .toList();
            if (!values.isEmpty()) {
                try {
                    kept.put(header, kept(trial, inquiry.rules().images(), values));
                } catch (InvalidJsonException unreadable) {
                    return inquiry.denied(List.of(unreadable(header, unreadable)))
                            .now();
                }
            }
        }
        trial.send(kept);
        return null;
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
