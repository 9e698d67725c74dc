import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;

/**
 * Adds what the image has besides the jars to the SBOM of the build: the Java runtime with its modules, native libraries that
 * were copied into it, the two C programs with the C library in them, and the base image. Used only by the image build.
 *
 * <p>Arguments: the program folder; the JDK; the base image; paths of native libraries from which copies were made.
 */
public final class CompleteSbom {
    private static final String COMPONENTS = "\n  \"components\" : [";

    private CompleteSbom() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        List<String> added = new ArrayList<>();
        added.add(runtime(folder.resolve("runtime/release"), Path.of(arguments[1], "release")));
        added.add(component("container", arguments[2], "", "", "base image; it lists its own packages in /var/lib/dpkg"));
        added.add(component("library", "glibc", cLibraryVersion(), "", "linked statically into start and health"));
        for (String program : List.of("start", "health")) {
            added.add(component("file", program, "", sha256(folder.resolve(program)), ""));
        }
        for (String library : List.of(arguments).subList(3, arguments.length)) {
            Path copied = Path.of(library);
            String version = copied.toRealPath().getFileName().toString().replaceFirst("^.*\\.so\\.?", "");
            added.add(component(
                    "file", copied.getFileName().toString(), version, sha256(folder.resolve("runtime/lib").resolve(copied.getFileName())), "copied into the Java runtime"));
        }
        Path bill = folder.resolve("docker-socket-proxy-sbom.json");
        String text = Files.readString(bill);
        int at = text.indexOf(COMPONENTS);
        if (at < 0) {
            throw new IllegalStateException(bill + " has no list of components");
        }
        at += COMPONENTS.length();
        Files.writeString(bill, text.substring(0, at) + "\n    " + String.join(",\n    ", added) + "," + text.substring(at));
    }

    private static String runtime(Path linked, Path jdk) throws IOException {
        Properties of = new Properties();
        of.load(Files.newBufferedReader(jdk));
        Properties runtime = new Properties();
        runtime.load(Files.newBufferedReader(linked));
        return component(
                "platform", "OpenJDK", unquoted(of, "JAVA_RUNTIME_VERSION"), "", "of " + unquoted(of, "IMPLEMENTOR") + ", with the modules " + unquoted(runtime, "MODULES"));
    }

    private static String unquoted(Properties properties, String name) {
        return properties.getProperty(name, "unknown").replace("\"", "");
    }

    private static String cLibraryVersion() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("ldd", "--version").redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text.lines().findFirst().orElseThrow().replaceFirst("^.* ", "");
    }

    /** A component; empty texts are left out. */
    private static String component(String type, String name, String version, String sha256, String description) {
        StringBuilder text = new StringBuilder("{ \"type\" : " + quoted(type) + ", \"name\" : " + quoted(name));
        if (!version.isEmpty()) {
            text.append(", \"version\" : ").append(quoted(version));
        }
        if (!description.isEmpty()) {
            text.append(", \"description\" : ").append(quoted(description));
        }
        if (!sha256.isEmpty()) {
            text.append(", \"hashes\" : [ { \"alg\" : \"SHA-256\", \"content\" : ").append(quoted(sha256)).append(" } ]");
        }
        return text.append(" }").toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
