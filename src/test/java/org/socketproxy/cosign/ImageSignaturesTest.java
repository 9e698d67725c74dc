package org.socketproxy.cosign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.cosign.SignatureRegistry.DIGEST;
import static org.socketproxy.cosign.SignatureRegistry.OTHER_DIGEST;
import static org.socketproxy.cosign.SignatureRegistry.SIGN;
import static org.socketproxy.cosign.SignatureRegistry.bytes;
import static org.socketproxy.cosign.SignatureRegistry.payload;
import static org.socketproxy.cosign.SignatureRegistry.send;
import static org.socketproxy.cosign.SignatureRegistry.statement;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.cosign.ImageSignatures.Subject;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.testing.ProcessResources;

class ImageSignaturesTest {
    private static final String NONE = "it has no signature of Cosign in the registry";
    private static final String NO_OTHER =
            "no signature in the registry is one of its key for this repository and digest";
    private static final String UNREADABLE = "its signatures cannot be read from the registry: ";
    private static final String IN_TOTO = "application/vnd.in-toto+json";

    @TempDir
    Path folder;

    private SignatureRegistry registry;
    private KeyPair keys;
    private Path file;
    private final ImageSignatures signatures = new ImageSignatures();

    @BeforeEach
    void start() throws Exception {
        registry = new SignatureRegistry();
        keys = SignatureRegistry.keys("EC");
        file = SignatureRegistry.write(keys, folder.resolve("cosign.pub"));
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private String reference() {
        return registry.host() + "/team/app";
    }

    private Subject subject(String login) {
        ImageName name = ImageName.parse(reference() + ":1").orElseThrow();
        return new Subject(name, DIGEST, List.of(file), login);
    }

    private String check(String login) throws Exception {
        return signatures.check(subject(login), "client").get(30, TimeUnit.SECONDS);
    }

    private String check() throws Exception {
        return check(null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA", "Ed25519"})
    void bothFormsCount(String algorithm) throws Exception {
        KeyPair other = SignatureRegistry.keys(algorithm);
        SignatureRegistry.write(other, file);
        assertThat(check()).isEqualTo(NONE);

        registry.sign("team/app", other, payload(reference(), DIGEST));
        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bundleCounts(boolean isTag) throws Exception {
        registry.bundle("team/app", keys, isTag, IN_TOTO, statement(DIGEST, SIGN));

        assertThat(check()).isEmpty();
    }

    @Test
    void referenceCanHaveATag() throws Exception {
        registry.sign("team/app", keys, payload(reference() + ":2", DIGEST));

        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "REGISTRY/team/other, DIGEST, cosign container image signature",
        "REGISTRY/team/app2, DIGEST, cosign container image signature",
        "evil.example/team/app, DIGEST, cosign container image signature",
        "team/app, DIGEST, cosign container image signature",
        "'', DIGEST, cosign container image signature",
        "REGISTRY/team/app, OTHER, cosign container image signature",
        "REGISTRY/team/app, sha256:, cosign container image signature",
        "REGISTRY/team/app, DIGEST, atomic container signature",
        "REGISTRY/team/app, DIGEST, ''"
    })
    void signatureForSomethingElseDoesNotCount(String reference, String digest, String type) throws Exception {
        String payload = payload(
                        reference.replace("REGISTRY", registry.host()),
                        digest.replace("DIGEST", DIGEST).replace("OTHER", OTHER_DIGEST))
                .replace("cosign container image signature", type);
        registry.sign("team/app", keys, payload);

        assertThat(check()).isEqualTo(NO_OTHER);
    }

    @ParameterizedTest
    @CsvSource({
        "OTHER, https://sigstore.dev/cosign/sign/v1, application/vnd.in-toto+json",
        "DIGEST, https://slsa.dev/provenance/v1, application/vnd.in-toto+json",
        "DIGEST, https://sigstore.dev/cosign/sign/v1, application/json"
    })
    void bundleForSomethingElseDoesNotCount(String digest, String predicate, String type) throws Exception {
        String of = digest.replace("DIGEST", DIGEST).replace("OTHER", OTHER_DIGEST);
        registry.bundle("team/app", keys, false, type, statement(of, predicate));

        assertThat(check()).isEqualTo(NO_OTHER);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void signatureOfAnotherKeyDoesNotCount(boolean isBundle) throws Exception {
        KeyPair other = SignatureRegistry.keys("EC");
        if (isBundle) {
            registry.bundle("team/app", other, false, IN_TOTO, statement(DIGEST, SIGN));
        } else {
            registry.sign("team/app", other, payload(reference(), DIGEST));
        }

        assertThat(check()).isEqualTo(NO_OTHER);
        SignatureRegistry.write(other, file);
        assertThat(check()).as("the key is read again").isEmpty();
    }

    @Test
    void blobWithAnotherDigestIsNone() throws Exception {
        registry.sign("team/app", keys, payload(reference(), DIGEST));
        registry.answering(exchange -> {
            boolean isBlob = exchange.getRequestURI().getPath().contains("/blobs/");
            if (isBlob) {
                send(exchange, 200, bytes(payload(reference(), DIGEST) + " "));
            }
            return isBlob;
        });

        assertThat(check()).isEqualTo(NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{",
                "{'layers':1}",
                "{'layers':[{'mediaType':'x'}]}",
                "{'layers':[{'digest':'../../x'}]}",
                "{'layers':[{'mediaType':'application/vnd.dev.cosign.simplesigning.v1+json','digest':'../../x'}]}"
            })
    void manifestWithoutSignaturesIsNone(String manifest) throws Exception {
        registry.manifest("team/app", DIGEST.replace(':', '-') + ".sig", manifest);

        assertThat(check()).isEqualTo(NONE);
    }

    @Test
    void verifiedSignatureIsRemembered() throws Exception {
        registry.sign("team/app", keys, payload(reference(), DIGEST));
        assertThat(check()).isEmpty();
        int before = registry.requests().size();

        assertThat(check()).isEmpty();

        assertThat(registry.requests()).hasSize(before);
        assertThat(signatures.check(subject(null), "another").get(30, TimeUnit.SECONDS))
                .isEmpty();
        assertThat(registry.requests()).hasSizeGreaterThan(before);
    }

    @ParameterizedTest
    @CsvSource({"500, the registry answered with status 500", "403, the registry answered with status 403"})
    void errorOfTheRegistryIsNamed(int status, String words) throws Exception {
        registry.answering(exchange -> {
            send(exchange, status, new byte[0]);
            return true;
        });

        assertThat(check()).isEqualTo(UNREADABLE + words);
    }

    @Test
    void registryThatIsDownIsNamed() throws Exception {
        registry.close();

        assertThat(check()).isEqualTo(UNREADABLE + "ConnectException");
    }

    @Test
    void longAnswerIsRefused() throws Exception {
        registry.answering(exchange -> {
            send(exchange, 200, new byte[(1 << 20) + 1]);
            return true;
        });

        assertThat(check()).isEqualTo(UNREADABLE + "the registry's answer is larger than 1 MiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example/x", "file:///etc/passwd", "//x y", "ftp://127.0.0.1/"})
    void addressesThatTheRegistryNamesNeedTls(String location) throws Exception {
        registry.answering(exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            send(exchange, 307, new byte[0]);
            return true;
        });

        assertThat(check()).startsWith(UNREADABLE).doesNotContain("passwd", "evil");
    }

    @Test
    void redirectOfABlobGetsNoPassword() throws Exception {
        registry.sign("team/app", keys, payload(reference(), DIGEST));
        registry.answering(exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (exchange.getRequestHeaders().getFirst("Authorization") == null && path.startsWith("/v2/")) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
                send(exchange, 401, new byte[0]);
                return true;
            } else if (path.contains("/blobs/")) {
                exchange.getResponseHeaders().set("Location", "/elsewhere");
                send(exchange, 307, new byte[0]);
                return true;
            } else if (path.equals("/elsewhere")) {
                send(exchange, 200, bytes(payload(reference(), DIGEST)));
                return true;
            }
            return false;
        });

        assertThat(check("bot:s3cret")).isEmpty();
        assertThat(registry.requests())
                .contains(
                        "/elsewhere",
                        "/v2/team/app/manifests/" + DIGEST.replace(':', '-') + ".sig Basic "
                                + Base64.getEncoder().encodeToString("bot:s3cret".getBytes(UTF_8)));
        assertThat(check("bot:wrong")).as("remembered").isEmpty();
    }

    /** The token is for reading this repository only. */
    @Test
    void tokenOfTheRegistryIsUsed() throws Exception {
        registry.sign("team/app", keys, payload(reference(), DIGEST));
        registry.answering(exchange -> {
            String password = exchange.getRequestHeaders().getFirst("Authorization");
            if (exchange.getRequestURI().getPath().equals("/token")) {
                send(exchange, 200, bytes("{'token':'t0ken'}"));
                return true;
            } else if (!"Bearer t0ken".equals(password)) {
                exchange.getResponseHeaders()
                        .set(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://" + registry.host() + "/token\",service=\"a b\",scope=\"x\"");
                send(exchange, 401, new byte[0]);
                return true;
            }
            return false;
        });

        assertThat(check("bot:s3cret")).isEmpty();
        assertThat(registry.requests())
                .contains("/token?service=a+b&scope=repository%3Ateam%2Fapp%3Apull Basic "
                        + Base64.getEncoder().encodeToString("bot:s3cret".getBytes(UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no key", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----"})
    void fileWithoutAKeyIsNamed(String content) throws Exception {
        Files.writeString(file, content);
        registry.sign("team/app", keys, payload(reference(), DIGEST));

        assertThat(check())
                .isEqualTo(UNREADABLE + file + " has no public key of ECDSA, Ed25519, or RSA with 2048 bits, in PEM");
    }

    /** Four checks run and sixty wait. */
    @Test
    void checksOfOneClientWaitForEachOtherAndNotForThoseOfAnother() throws Exception {
        registry.sign("team/app", keys, payload(reference(), DIGEST));
        CountDownLatch open = new CountDownLatch(1);
        registry.answering(exchange -> {
            try {
                return !open.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                throw new IOException(interrupted);
            }
        });
        List<CompletableFuture<String>> waiting = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            waiting.add(signatures.check(subject(null), "flood"));
        }

        assertThat(signatures.check(subject(null), "flood").get(30, TimeUnit.SECONDS))
                .isEqualTo("this client waits for other signatures: try again later");
        CompletableFuture<String> other = signatures.check(subject(null), "other");
        assertThat(ProcessResources.await(() -> registry.requests().size() == 5))
                .isTrue();
        open.countDown();
        assertThat(other.get(30, TimeUnit.SECONDS)).isEmpty();
        for (CompletableFuture<String> each : waiting) {
            assertThat(each.get(30, TimeUnit.SECONDS)).isEmpty();
        }
        assertThat(check()).as("the threads are free again").isEmpty();
    }
}
