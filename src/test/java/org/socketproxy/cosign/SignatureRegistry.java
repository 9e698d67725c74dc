package org.socketproxy.cosign;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A registry on the loopback address with signatures, which it makes itself. In the JSON, apostrophes stand for quotes.
 *
 * <p>It has no images: the daemon of a test tells their digests.
 */
public final class SignatureRegistry implements AutoCloseable {
    public static final String DIGEST = "sha256:" + "a".repeat(64);
    public static final String OTHER_DIGEST = "sha256:" + "b".repeat(64);
    public static final String SIGN = "https://sigstore.dev/cosign/sign/v1";
    private static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> stored = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile Answers answers = exchange -> false;

    /** Answers a request in another way. */
    @FunctionalInterface
    interface Answers {
        /** Returns true if the request is answered. */
        boolean answer(HttpExchange exchange) throws IOException;
    }

    public SignatureRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    public String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Returns method, path and password of each request, in their order. */
    List<String> requests() {
        return requests;
    }

    void answering(Answers others) {
        answers = others;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String password = exchange.getRequestHeaders().getFirst("Authorization");
            requests.add(exchange.getRequestURI() + (password == null ? "" : " " + password));
            if (!answers.answer(exchange)) {
                byte[] content = stored.get(exchange.getRequestURI().getPath());
                send(exchange, content == null ? 404 : 200, content == null ? new byte[0] : content);
            }
        }
    }

    static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
    }

    static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    static String digest(byte[] content) throws GeneralSecurityException {
        return "sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    /** Creates a pair of keys: EC, RSA or Ed25519. */
    public static KeyPair keys(String algorithm) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (!algorithm.equals("Ed25519")) {
            generator.initialize(algorithm.equals("EC") ? 256 : 2048);
        }
        return generator.generateKeyPair();
    }

    /** Writes the public key as {@code cosign generate-key-pair} does. */
    public static Path write(KeyPair keys, Path file) throws IOException {
        String pem = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keys.getPublic().getEncoded());
        return Files.writeString(file, "-----BEGIN PUBLIC KEY-----\n" + pem + "\n-----END PUBLIC KEY-----\n");
    }

    private static String sign(KeyPair keys, byte[] content) throws GeneralSecurityException {
        String algorithm = keys.getPublic().getAlgorithm();
        Signature signature = Signature.getInstance(
                algorithm.equals("EC") ? "SHA256withECDSA" : algorithm.equals("RSA") ? "SHA256withRSA" : "Ed25519");
        signature.initSign(keys.getPrivate());
        signature.update(content);
        return Base64.getEncoder().encodeToString(signature.sign());
    }

    /** Stores a blob, and returns its digest. */
    private String blob(String repository, byte[] content) throws GeneralSecurityException {
        stored.put("/v2/" + repository + "/blobs/" + digest(content), content);
        return digest(content);
    }

    void manifest(String repository, String reference, String json) {
        stored.put("/v2/" + repository + "/manifests/" + reference, bytes(json));
    }

    /** Stores a signature of the simple signing format for the image with {@link #DIGEST}. */
    public void sign(String repository, KeyPair keys, String payload) throws GeneralSecurityException {
        byte[] content = bytes(payload);
        String blob = blob(repository, content);
        manifest(
                repository,
                DIGEST.replace(':', '-') + ".sig",
                "{'layers':[{'mediaType':'application/vnd.dev.cosign.simplesigning.v1+json','digest':'" + blob
                        + "','annotations':{'dev.cosignproject.cosign/signature':'" + sign(keys, content) + "'}}]}");
    }

    public static String payload(String reference, String digest) {
        return "{'critical':{'identity':{'docker-reference':'" + reference
                + "'},'image':{'docker-manifest-digest':'" + digest
                + "'},'type':'cosign container image signature'},'optional':null}";
    }

    /**
     * Stores a bundle that refers to the image with {@link #DIGEST}.
     *
     * @param isTag whether the registry has a tag in place of lists of what refers to an image
     * @param type type of the signed content
     */
    public void bundle(String repository, KeyPair keys, boolean isTag, String type, String statement)
            throws GeneralSecurityException {
        byte[] content = bytes(statement);
        byte[] head =
                ("DSSEv1 " + type.length() + " " + type + " " + content.length + " ").getBytes(StandardCharsets.UTF_8);
        byte[] signed = new byte[head.length + content.length];
        System.arraycopy(head, 0, signed, 0, head.length);
        System.arraycopy(content, 0, signed, head.length, content.length);
        String blob = blob(
                repository,
                bytes("{'mediaType':'" + BUNDLE + "','dsseEnvelope':{'payload':'"
                        + Base64.getEncoder().encodeToString(content) + "','payloadType':'" + type
                        + "','signatures':[{'sig':'" + sign(keys, signed) + "'}]}}"));
        manifest(repository, OTHER_DIGEST, "{'layers':[{'mediaType':'" + BUNDLE + "','digest':'" + blob + "'}]}");
        String list = "{'manifests':[{'artifactType':'application/vnd.other','digest':'" + DIGEST
                + "'},{'artifactType':'" + BUNDLE + "','digest':'" + OTHER_DIGEST + "'}]}";
        if (isTag) {
            manifest(repository, DIGEST.replace(':', '-'), list);
        } else {
            stored.put("/v2/" + repository + "/referrers/" + DIGEST, bytes(list));
        }
    }

    public static String statement(String digest, String predicate) {
        return "{'_type':'https://in-toto.io/Statement/v1','subject':[{'digest':{'sha256':'"
                + digest.replace("sha256:", "") + "'}}],'predicateType':'" + predicate + "','predicate':{}}";
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
