package org.socketproxy.archive;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes archives of images of text: a form with changes, separated by {@code ;}. The forms {@code docker} and {@code oci} have one image
 * {@code new:1} of one layer. {@code FILE: a -> b} replaces a part of a file, {@code +FILE content} adds one at the end, {@code -FILE} removes
 * one, {@code <FILE content} puts one first. A content that begins with {@code tar} is an archive of {@link TarText}, with {@code ,} between its
 * entries; {@code link} is a symbolic link. {@code {FILE}} is the digest of a file, and {@code {FILE.size}} its size. Blobs have
 * names that begin with {@code @}.
 */
public final class ImageText {
    private static final Pattern REFERENCE = Pattern.compile("\\{(@?[a-z-]+(?:\\.[a-z]+)*)}");
    private static final String CONFIG =
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Labels\":{\"a\":\"b\"}},\"rootfs\":"
                    + "{\"type\":\"layers\",\"diff_ids\":[\"{@layer}\"]},\"history\":[{\"created_by\":\"test\"}]}";
    private static final Map<String, String> DOCKER = new LinkedHashMap<>();
    private static final Map<String, String> OCI = new LinkedHashMap<>();

    static {
        DOCKER.put("layer.tar", "tar 0 a data=x , 3 dev/null major=1 minor=3 , 0 su mode=4755 data=x");
        DOCKER.put("config.json", CONFIG.replace("{@layer}", "{layer.tar}"));
        DOCKER.put(
                "manifest.json",
                "[{\"Config\":\"config.json\",\"RepoTags\":[\"new:1\"],\"Layers\":[\"layer.tar\"],\"Parent\":\"\"}]");
        OCI.put("@layer", DOCKER.get("layer.tar"));
        OCI.put("@config", CONFIG);
        OCI.put(
                "@manifest",
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":"
                        + "\"application/vnd.oci.image.config.v1+json\",\"digest\":\"{@config}\",\"size\":{@config.size}},\"layers\":[{"
                        + "\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"{@layer}\",\"size\":{@layer.size}}]}");
        OCI.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        OCI.put(
                "index.json",
                "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                        + "\"digest\":\"{@manifest}\",\"size\":{@manifest.size},\"annotations\":{\"io.containerd.image.name\":"
                        + "\"docker.io/library/new:1\",\"org.opencontainers.image.ref.name\":\"1\"}}]}");
    }

    private ImageText() {}

    public static byte[] bytes(String text) {
        String[] parts = text.split(" ; ");
        Map<String, String> files = new LinkedHashMap<>(parts[0].strip().equals("docker") ? DOCKER : OCI);
        for (int i = 1; i < parts.length; i++) {
            files = changed(files, parts[i].strip());
        }
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        for (String name : files.keySet()) {
            String shown = name.startsWith("@")
                    ? "blobs/sha256/" + digest(files, name).substring(Sha256.PREFIX.length())
                    : name.replace("*", "");
            String content = files.get(name);
            if (content.startsWith("link ")) {
                archive.writeBytes(TarText.bytes("2 " + shown + " link=" + content.substring(5) + " ; open"));
            } else {
                byte[] bytes = content(files, name);
                archive.writeBytes(TarText.bytes("0 " + shown + " size=" + bytes.length + " ; open"));
                archive.writeBytes(bytes);
                archive.writeBytes(new byte[TarReader.padding(bytes.length)]);
            }
        }
        archive.writeBytes(new byte[TarWriter.END_BYTES]);
        return archive.toByteArray();
    }

    private static Map<String, String> changed(Map<String, String> files, String change) {
        Map<String, String> changed = new LinkedHashMap<>();
        String[] added = change.substring(1).split(" ", 2);
        switch (change.charAt(0)) {
            case '+' -> {
                changed.putAll(files);
                changed.put(added[0], added[1]);
            }
            case '<' -> {
                changed.put(added[0], added[1]);
                files.forEach(changed::putIfAbsent);
            }
            case '-' -> {
                changed.putAll(files);
                changed.remove(change.substring(1));
            }
            default -> {
                String[] words = change.split(": ", 2);
                String[] replaced = words[1].split(" -> ?", 2);
                String before = files.get(words[0]);
                if (before == null || !before.contains(replaced[0])) {
                    throw new IllegalArgumentException("nothing to replace: " + change);
                }
                changed.putAll(files);
                changed.put(words[0], before.replace(replaced[0], replaced[1]));
            }
        }
        return changed;
    }

    private static byte[] content(Map<String, String> files, String name) {
        String content = files.get(name);
        if (content == null) {
            return new byte[0];
        }
        if (content.startsWith("tar")) {
            return TarText.bytes(content.substring(3).replace(" , ", " ; "));
        }
        StringBuilder text = new StringBuilder();
        Matcher reference = REFERENCE.matcher(content);
        while (reference.find()) {
            String key = reference.group(1);
            String value = key.endsWith(".size")
                    ? String.valueOf(content(files, key.substring(0, key.length() - 5)).length)
                    : digest(files, key);
            reference.appendReplacement(text, value);
        }
        return TarText.plain(reference.appendTail(text).toString()).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String digest(Map<String, String> files, String name) {
        Sha256 digest = new Sha256();
        digest.add(ByteBuffer.wrap(content(files, name)));
        return digest.text();
    }
}
