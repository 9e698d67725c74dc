package org.socketproxy.cosign;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.client.SharedMap;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.create.NamedImage;
import org.socketproxy.tls.SystemTrust;

/**
 * Reads the signatures of images from their registries, and verifies them: the form of Cosign 1 and 2 (a tag {@code sha256-….sig} with
 * payloads of the simple signing format), and bundles of Sigstore (Cosign 3) that refer to the image. Certificates and transparency logs
 * are not used.
 *
 * <p>Threading: never blocks the caller; a check runs on a thread of its own.
 *
 * <p>Security: an image is signed only if a key has signed its digest, and in the first form its repository too; a bundle names none.
 * Each client has threads of its own ({@link ClientTasks}). A verified signature is remembered for some minutes.
 */
public final class ImageSignatures {
    private static final Logger LOG = LoggerFactory.getLogger(ImageSignatures.class);
    private static final int MOST_REMEMBERED = 1000;
    private static final int MOST_SIGNATURES = 50;
    private static final Duration TIME = Duration.ofSeconds(15);
    private static final long REMEMBERED_NANOS = Duration.ofMinutes(10).toNanos();

    private static final String SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static final String SIGNATURE = "dev.cosignproject.cosign/signature";
    private static final String SIMPLE_TYPE = "cosign container image signature";
    private static final String BUNDLE = "application/vnd.dev.sigstore.bundle";
    private static final String IN_TOTO = "application/vnd.in-toto+json";
    private static final String SIGNED = "https://sigstore.dev/cosign/sign/v1";

    private final SharedMap<String, String, Long> verified = new SharedMap<>(MOST_REMEMBERED);
    private final ClientTasks tasks = new ClientTasks("image signatures");
    private final Supplier<SSLContext> tls;

    public ImageSignatures() {
        this(SystemTrust::context);
    }

    /** @param tls has the authorities of the registries */
    ImageSignatures(Supplier<SSLContext> tls) {
        this.tls = tls;
    }

    /**
     * An image that needs a signature.
     *
     * @param keys files with the public keys of which one must have signed it
     * @param login user and password for the registry with a colon between them, or null
     */
    public record Subject(
            ImageName name,
            String digest,
            List<Path> keys,
            @Nullable String login) {}

    /**
     * Checks an image.
     *
     * @param client who waits for the result
     * @return completes with the reason why the image has no signature that counts, as the end of a sentence; empty if it has one
     */
    public CompletableFuture<String> check(Subject subject, String client) {
        CompletableFuture<String> result = new CompletableFuture<>();
        boolean isKept = tasks.execute(client, () -> {
            try {
                result.complete(problem(subject, client));
            } catch (IOException | RuntimeException failed) {
                LOG.warn(
                        "The signatures of {}@{} cannot be checked: {}",
                        subject.name.name(),
                        subject.digest,
                        failed instanceof IOException ? failed.toString() : words(failed));
                result.complete("its signatures cannot be read from the registry: " + words(failed));
            }
        });
        return isKept
                ? result
                : CompletableFuture.completedFuture("this client waits for other signatures: try again later");
    }

    /** An address could have a password, so only messages of this package are shown. */
    private static String words(Exception failed) {
        return failed.getClass() == IOException.class && failed.getMessage() != null
                ? failed.getMessage()
                : failed.getClass().getSimpleName();
    }

    private String problem(Subject subject, String client) throws IOException {
        List<SignatureKey> keys = new ArrayList<>();
        for (Path file : subject.keys) {
            keys.add(SignatureKey.read(file));
        }
        String known = subject.name.name() + "@" + subject.digest
                + keys.stream().map(SignatureKey::identity).collect(Collectors.joining(" "));
        Long end = verified.find(client, known);
        if (end != null && System.nanoTime() < end) {
            return "";
        }
        Registry registry = new Registry(subject.name, subject.login, tls, TIME);
        int signatures = 0;
        for (Statement each : simple(registry, subject)) {
            signatures++;
            if (each.isSigned(keys) && isOfImage(each.content, subject)) {
                return remembered(client, known);
            }
        }
        for (Statement each : bundles(registry, subject)) {
            signatures++;
            if (each.isSigned(keys) && isOfDigest(each.content, subject)) {
                return remembered(client, known);
            }
        }
        return signatures == 0
                ? "it has no signature of Cosign in the registry"
                : "no signature in the registry is one of its key for this repository and digest";
    }

    private String remembered(String client, String known) {
        verified.put(client, known, System.nanoTime() + REMEMBERED_NANOS);
        return "";
    }

    /**
     * Something that was signed.
     *
     * @param content JSON that tells what the signature is for
     * @param signed bytes that were signed
     */
    private record Statement(ByteBuffer content, ByteBuffer signed, List<ByteBuffer> signatures) {
        boolean isSigned(List<SignatureKey> keys) {
            return signatures.stream().anyMatch(bytes -> keys.stream().anyMatch(key -> key.verifies(signed, bytes)));
        }
    }

    private static List<Statement> simple(Registry registry, Subject subject) throws IOException {
        List<Statement> found = new ArrayList<>();
        JsonObject manifest = registry.manifest(tag(subject) + ".sig");
        for (JsonObject layer : first(manifest.elements("layers"))) {
            ByteBuffer payload = layer.text("mediaType").equals(SIMPLE_SIGNING) ? blob(registry, layer) : null;
            if (payload != null) {
                ByteBuffer signature = decoded(layer.object("annotations").text(SIGNATURE));
                found.add(new Statement(payload, payload, List.of(signature)));
            }
        }
        return found;
    }

    private static List<Statement> bundles(Registry registry, Subject subject) throws IOException {
        List<Statement> found = new ArrayList<>();
        JsonObject referrers = registry.referrers(subject.digest);
        List<JsonObject> manifests = referrers.elements("manifests");
        if (manifests.isEmpty()) { // a registry without such lists has a tag in their place
            manifests = registry.manifest(tag(subject)).elements("manifests");
        }
        for (JsonObject each : first(manifests)) {
            if (each.text("artifactType").startsWith(BUNDLE) && NamedImage.isDigest(each.text("digest"))) {
                for (JsonObject layer :
                        first(registry.manifest(each.text("digest")).elements("layers"))) {
                    ByteBuffer bundle = layer.text("mediaType").startsWith(BUNDLE) ? blob(registry, layer) : null;
                    if (bundle != null) {
                        found.add(statement(StrictJson.object(bundle).object("dsseEnvelope")));
                    }
                }
            }
        }
        return found;
    }

    /** Reads an envelope (DSSE 1.0): the signed bytes have the lengths of type and content. */
    private static Statement statement(JsonObject envelope) {
        String type = envelope.text("payloadType");
        ByteBuffer content = decoded(envelope.text("payload"));
        byte[] head = ("DSSEv1 " + type.getBytes(StandardCharsets.UTF_8).length + " " + type + " " + content.remaining()
                        + " ")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer signed = ByteBuffer.allocate(head.length + content.remaining())
                .put(head)
                .put(content.duplicate())
                .flip();
        List<ByteBuffer> signatures = first(envelope.elements("signatures")).stream()
                .map(each -> decoded(each.text("sig")))
                .toList();
        return new Statement(type.equals(IN_TOTO) ? content : ByteBuffer.allocate(0), signed, signatures);
    }

    private static boolean isOfImage(ByteBuffer payload, Subject subject) {
        JsonObject critical = StrictJson.object(payload).object("critical");
        return critical.text("type").equals(SIMPLE_TYPE)
                && critical.object("image").text("docker-manifest-digest").equals(subject.digest)
                && ImageName.parse(critical.object("identity").text("docker-reference"))
                        .filter(name -> name.name().equals(subject.name.name()))
                        .isPresent();
    }

    private static boolean isOfDigest(ByteBuffer statement, Subject subject) {
        JsonObject read = StrictJson.object(statement);
        return read.text("predicateType").equals(SIGNED)
                && read.elements("subject").stream()
                        .anyMatch(each -> subject.digest.equals(
                                "sha256:" + each.object("digest").text("sha256")));
    }

    private static String tag(Subject subject) {
        return subject.digest.replace(':', '-');
    }

    private static @Nullable ByteBuffer blob(Registry registry, JsonObject descriptor) throws IOException {
        String digest = descriptor.text("digest");
        return NamedImage.isDigest(digest) ? registry.blob(digest) : null;
    }

    private static ByteBuffer decoded(String base64) {
        try {
            return ByteBuffer.wrap(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException none) {
            return ByteBuffer.allocate(0);
        }
    }

    private static List<JsonObject> first(List<JsonObject> elements) {
        return elements.subList(0, Math.min(MOST_SIGNATURES, elements.size()));
    }
}
