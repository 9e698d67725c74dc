package org.socketproxy.decide;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.policy.RegistryLogins;
import org.socketproxy.policy.RegistryLogins.Login;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.NamedImage;
import org.socketproxy.policy.create.RegistryPasswords;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;

/**
 * With {@code CREATE_IMAGES}, removes the passwords for other registries from the headers of a request. With
 * {@code CREATE_REQUIRE=digest} and {@code CREATE_SIGNED}, lets {@link ImageDigest} write a digest in place of a tag. With {@code REGISTRIES}, adds the passwords
 * of the profile.
 *
 * <p>Security: denies a header that cannot be read.
 */
final class ImagesStep implements Step {
    private static final String TRANSPORT = "docker://";
    private static final Set<String> VERIFIED = Set.of("true", "1");
    private static final Violation AMBIGUOUS = new Violation(
            Violation.Kind.REQUIRED,
            "",
            "a pull needs fromImage and tag once, because the proxy writes the digest (CREATE_REQUIRE=digest, CREATE_SIGNED)",
            null);

    private static final Logger LOG = LoggerFactory.getLogger(ImagesStep.class);

    private final DaemonObjects objects;

    ImagesStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        CreateRules rules = trial.profile().create();
        try {
            Map<String, String> sent = new HashMap<>();
            if (rules != null && rules.images().isLimited()) {
                filter(trial, rules.images(), sent);
            }
            logIn(trial, rules, sent);
            trial.send(sent);
        } catch (UnreadableException unreadable) {
            return unreadable.verdict(inquiry).now();
        }
        return rules != null && NamedImage.isPinning(rules, trial.operation()) ? pin(inquiry, rules) : null;
    }

    private @Nullable CompletableFuture<Verdict> pin(Inquiry inquiry, CreateRules rules) {
        Trial trial = inquiry.trial();
        if (NamedImage.isAmbiguous(trial.operation(), trial.target())) {
            return inquiry.denied(List.of(AMBIGUOUS)).now();
        }
        NamedImage image = NamedImage.of(trial.operation(), trial.target(), trial.heldBody())
                .filter(named -> !named.isPinned() && needsDigest(rules, named))
                .orElse(null);
        return image == null ? null : new ImageDigest(inquiry, objects, image).pin();
    }

    private static boolean needsDigest(CreateRules rules, NamedImage image) {
        return rules.requirements().has(Requirement.DIGEST)
                || !rules.images().signed().keys(image.name()).isEmpty();
    }

    /** Keeps the passwords for registries of {@code CREATE_IMAGES}. */
    private static void filter(Trial trial, ImageRules images, Map<String, String> sent) throws UnreadableException {
        Set<String> reached = reached(trial);
        for (String header : RegistryPasswords.HEADERS) {
            List<String> values = values(trial, header);
            if (!values.isEmpty()) {
                try {
                    String kept = RegistryPasswords.kept(values, reached, images::allowsRegistry);
                    boolean isNeeded = header.equals(RegistryPasswords.AUTH); // dockerd 26 denies a push without it
                    sent.put(header, kept.isEmpty() && isNeeded ? RegistryPasswords.NONE : kept);
                } catch (InvalidJsonException unreadable) {
                    throw new UnreadableException(header, unreadable);
                }
            }
        }
    }

    /** Puts the passwords of the profile in place of those of the client for the same registries. */
    private static void logIn(Trial trial, @Nullable CreateRules rules, Map<String, String> sent)
            throws UnreadableException {
        RegistryLogins logins = trial.profile().get(RegistryLogins.KEY);
        if (trial.operation().verb() == Verb.BUILD) {
            for (Map.Entry<String, Login> login : logins.byHost().entrySet()) {
                if (rules == null || rules.images().allowsRegistry(login.getKey())) {
                    addToConfig(trial, login.getKey(), login.getValue(), sent);
                }
            }
            return;
        }
        Set<String> reached = reached(trial);
        Login login = logins.of(reached);
        if (login != null && trial.operation().verb() != Verb.SEARCH_REGISTRY && isVerified(trial.target())) {
            String host = reached.iterator().next();
            sent.put(RegistryPasswords.AUTH, RegistryPasswords.login(host, login.user(), password(host, login)));
            sent.put(RegistryPasswords.CONFIG, ""); // Podman would read it first
        }
    }

    /** Returns false if the client asks Podman to speak with a registry whose certificate is not valid, or without TLS. */
    private static boolean isVerified(RequestTarget target) {
        return target.values("tlsVerify").stream().allMatch(VERIFIED::contains);
    }

    private static void addToConfig(Trial trial, String host, Login login, Map<String, String> sent)
            throws UnreadableException {
        String header = RegistryPasswords.CONFIG;
        String before = sent.get(header);
        try {
            List<String> values = before == null ? values(trial, header) : List.of(before);
            sent.put(header, RegistryPasswords.with(values, host, login.user(), password(host, login)));
        } catch (InvalidJsonException unreadable) {
            throw new UnreadableException(header, unreadable);
        }
    }

    private static String password(String host, Login login) throws UnreadableException {
        try {
            return login.password();
        } catch (IOException | InvalidPathException unreadable) {
            LOG.warn("The password for {} cannot be read from {}: {}", host, login.file(), unreadable.toString());
            throw new UnreadableException(host);
        }
    }

    /** Passwords that cannot be read: of the client, or of the profile. */
    private static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;
        private final boolean isOfClient;

        UnreadableException(String header, InvalidJsonException unreadable) {
            super("the header " + header + " " + unreadable.problem());
            isOfClient = true;
        }

        UnreadableException(String host) {
            super("the proxy cannot read the file with its password for " + host + " (REGISTRIES)");
            isOfClient = false;
        }

        Verdict verdict(Inquiry inquiry) {
            String sentence = String.valueOf(getMessage());
            return isOfClient
                    ? inquiry.denied(List.of(new Violation(Violation.Kind.FORM, "", sentence, null)))
                    : Verdict.lookup("image", sentence);
        }
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

    /** Returns the registries of the images in the request; empty if one of them is not known. */
    private static Set<String> reached(Trial trial) {
        return RegistryPasswords.registries(references(trial));
    }

    /** Returns the images of which the daemon asks a registry. */
    private static List<String> references(Trial trial) {
        Operation operation = trial.operation();
        RequestTarget target = trial.target();
        return switch (operation.verb()) {
            case PULL -> texts(target, operation.isLibpod() ? "reference" : "fromImage");
            case SEARCH_REGISTRY -> texts(target, "term");
            case WRITE_SERVICE ->
                NamedImage.of(operation, target, trial.heldBody()).stream()
                        .map(NamedImage::reference)
                        .toList();
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
