package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The SBOM names exactly the shipped jars, with their checksums, and licences that this project accepts. */
class BillOfMaterialsIT {
    private static final Path TARGET = Path.of("target");
    /** A component is accepted if one of its licences is; the others are alternatives. */
    private static final Set<String> ACCEPTED = Set.of("Apache-2.0", "MIT", "0BSD", "Bouncy Castle Licence");

    /** Licensed under EPL-2.0, which allows the distribution of unchanged jars; NOTICE says where the source is. */
    private static final Set<String> ACCEPTED_UNDER_EPL = Set.of("jakarta.annotation-api", "jakarta.servlet-api");

    @Test
    void namesEachJarWithItsChecksum() throws IOException, NoSuchAlgorithmException {
        Map<String, String> named = new TreeMap<>();
        for (JsonNode component : components()) {
            String jar = component.get("name").asText() + "-"
                    + component.get("version").asText() + ".jar";
            assertThat(named.put(jar, sha256(component))).as(jar).isNull();
        }

        assertThat(named).hasSizeGreaterThan(10).isEqualTo(shippedJars());
    }

    @Test
    void licencesAreAccepted() throws IOException {
        assertThat(components()).isNotEmpty().allSatisfy(component -> {
            Set<String> licences = licences(component);
            String name = component.get("name").asText();
            boolean isAccepted = licences.stream().anyMatch(ACCEPTED::contains)
                    || ACCEPTED_UNDER_EPL.contains(name) && licences.contains("EPL-2.0");
            assertThat(isAccepted).as(name + " " + licences).isTrue();
        });
    }

    @Test
    void noticeNamesALicenceOfEachComponent() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("NOTICE"));
        assertThat(components()).isNotEmpty().allSatisfy(component -> {
            String name = component.get("name").asText();
            String listed = name.startsWith("jetty-") ? "jetty-*" : name;
            assertThat(lines.stream().filter(line -> line.startsWith(listed + " ")))
                    .as(name)
                    .singleElement()
                    .satisfies(line -> assertThat(licences(component)).as(line).anyMatch(line::contains));
        });
    }

    private static List<JsonNode> components() throws IOException {
        JsonNode bill = new ObjectMapper()
                .readTree(TARGET.resolve("docker-socket-proxy-sbom.json").toFile());
        return StreamSupport.stream(bill.get("components").spliterator(), false).toList();
    }

    private static String sha256(JsonNode component) {
        return StreamSupport.stream(component.get("hashes").spliterator(), false)
                .filter(hash -> hash.get("alg").asText().equals("SHA-256"))
                .map(hash -> hash.get("content").asText())
                .findFirst()
                .orElseThrow();
    }

    private static Set<String> licences(JsonNode component) {
        Set<String> licences = new TreeSet<>();
        for (JsonNode choice : component.get("licenses")) {
            JsonNode licence = choice.get("license");
            licences.add((licence.has("id") ? licence.get("id") : licence.get("name")).asText());
        }
        return licences;
    }

    private static Map<String, String> shippedJars() throws IOException, NoSuchAlgorithmException {
        Map<String, String> jars = new TreeMap<>();
        try (Stream<Path> files = Files.list(TARGET.resolve("lib"))) {
            for (Path jar : files.toList()) {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
                jars.put(jar.getFileName().toString(), HexFormat.of().formatHex(digest));
            }
        }
        return jars;
    }
}
