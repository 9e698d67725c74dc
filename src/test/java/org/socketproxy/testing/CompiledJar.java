package org.socketproxy.testing;

import jakarta.annotation.Priority;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.slf4j.Logger;
import org.socketproxy.extension.ExchangeFacts;

/** An extension jar that is compiled from source at test time. */
public final class CompiledJar {
    private static final String SERVICES = "META-INF/services/jakarta.servlet.Filter";

    /** Cache of compiled classes by their sources, because compiling is slow. */
    private static final Map<List<String>, Map<String, byte[]>> COMPILED = new HashMap<>();

    private final Map<String, byte[]> entries = new TreeMap<>();
    private final Manifest manifest = new Manifest();

    private CompiledJar() {
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    }

    /** Creates a jar from sources of one class each, with or without a package. */
    public static CompiledJar of(String... sources) throws IOException {
        CompiledJar jar = new CompiledJar();
        List<String> key = List.of(sources);
        if (!COMPILED.containsKey(key)) {
            COMPILED.put(key, compile(key));
        }
        COMPILED.get(key).forEach((name, bytes) -> jar.entries.put(name, bytes.clone()));
        return jar;
    }

    private static Map<String, byte[]> compile(List<String> sources) throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        Path folder = Files.createTempDirectory("extension-");
        Path out = folder.resolve("out");
        List<String> arguments = new ArrayList<>(List.of("--release", "17", "-d", out.toString(), "-cp", classPath()));
        for (String source : sources) {
            String name = source.replaceFirst("(?s).*?(?:class|record) (\\w+).*", "$1");
            arguments.add(
                    Files.writeString(folder.resolve(name + ".java"), source).toString());
        }
        int exitCode = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        if (exitCode != 0) {
            throw new IllegalStateException("The extension does not compile; see above");
        }
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                classes.put(out.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
        return classes;
    }

    /** Creates a jar without classes. */
    public static CompiledJar empty() {
        return new CompiledJar();
    }

    /** The class path of the APIs that an extension may use. */
    private static String classPath() {
        return Stream.of(Filter.class, Priority.class, Logger.class, ExchangeFacts.class)
                .map(type -> {
                    try {
                        URI place = type.getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI();
                        return Path.of(place).toString();
                    } catch (URISyntaxException impossible) {
                        throw new IllegalStateException(impossible);
                    }
                })
                .reduce((a, b) -> a + ":" + b)
                .orElseThrow();
    }

    /** Adds the service file with the names of the filters. */
    public CompiledJar naming(String... classes) {
        return with(SERVICES, String.join("\n", classes).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    public CompiledJar with(String entry, byte[] content) {
        entries.put(entry, content);
        return this;
    }

    public CompiledJar without(String entry) {
        entries.remove(entry);
        return this;
    }

    /** Sets the {@code Class-Path} attribute of the manifest. */
    public CompiledJar classPath(String path) {
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, path);
        return this;
    }

    public byte[] entry(String name) {
        return entries.get(name);
    }

    public Path writeTo(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                jar.putNextEntry(new ZipEntry(entry.getKey()));
                jar.write(entry.getValue());
            }
        }
        return file;
    }
}
