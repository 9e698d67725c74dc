package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ImageDocument.Descriptor;
import org.socketproxy.archive.ImageDocument.Kind;
import org.socketproxy.archive.ImageDocument.Saved;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * Reads a document in an archive of images.
 *
 * <p>Security: Go ignores the case of names, so a name that differs only in its case from one that the daemon reads is refused. A member
 * {@code urls} makes Podman fetch a layer, and a member {@code data} replaces a blob that the proxy has judged: both are refused.
 */
final class DocumentReader {
    static final String LIST = "manifest.json";
    static final String INDEX = "index.json";
    static final String NAMES = "repositories";
    static final String LAYOUT = "oci-layout";

    private static final String ROOTFS = "rootfs";
    private static final String MANIFESTS = "manifests";
    private static final String LAYERS = "layers";
    private static final String CONFIG = "config";
    private static final String ANNOTATIONS = "annotations";
    private static final String MEDIA_TYPE = "mediaType";
    private static final Set<String> SAVED_MEMBERS = Set.of("Config", "RepoTags", "Layers", "Parent", "LayerSources");
    private static final Set<String> INDEX_MEMBERS = Set.of("schemaVersion", MEDIA_TYPE, MANIFESTS, ANNOTATIONS);
    private static final Set<String> MANIFEST_MEMBERS =
            Set.of("schemaVersion", MEDIA_TYPE, CONFIG, LAYERS, ANNOTATIONS);
    private static final Set<String> DESCRIPTOR_MEMBERS = Set.of(MEDIA_TYPE, "digest", "size", ANNOTATIONS, "platform");
    private static final Set<String> ROOTFS_MEMBERS = Set.of("type", "diff_ids");
    private static final String IMAGE_NAME = "io.containerd.image.name";
    private static final String REFERENCE_NAME = "org.opencontainers.image.ref.name";
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern SIZE = Pattern.compile("[0-9]{1,18}");
    private static final int SHOWN_CHARS = 120;

    private final String file;
    private final ImageRule rule;

    /** @param file clean name of the file */
    DocumentReader(String file, ImageRule rule) {
        this.file = file;
        this.rule = rule;
    }

    ImageDocument read(ByteBuffer bytes) throws ArchiveException {
        JsonValue value = value(bytes);
        if (file.equals(LIST)) {
            return list(value);
        }
        if (!(value instanceof JsonObject document)) {
            return ImageDocument.OTHER;
        }
        if (file.equals(NAMES)) {
            checkNames(document);
            return ImageDocument.OTHER;
        }
        checkCase(document, Set.of(MANIFESTS, LAYERS, CONFIG, ROOTFS, MEDIA_TYPE));
        if (document.members().containsKey(MANIFESTS)) {
            return index(document);
        }
        if (document.members().containsKey(LAYERS)) {
            return manifest(document);
        }
        return document.members().containsKey(ROOTFS) ? config(document) : ImageDocument.OTHER;
    }

    private JsonValue value(ByteBuffer bytes) throws ArchiveException {
        try {
            return StrictJson.read(bytes);
        } catch (InvalidJsonException invalid) {
            String place = invalid.pointer().isEmpty() ? "which " : "in which the member " + invalid.pointer() + " ";
            throw refused(shown(place) + invalid.problem());
        }
    }

    private static String shown(String text) {
        return text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "... " : text;
    }

    private ArchiveException refused(String problem) {
        return new ArchiveException("has the file " + TarEntry.shown(file) + ", " + problem);
    }

    private ImageDocument list(JsonValue value) throws ArchiveException {
        List<Saved> saved = new ArrayList<>();
        List<Descriptor> sources = new ArrayList<>();
        for (JsonValue element : array(value, "the document")) {
            JsonObject image = object(element, "an element");
            checkMembers(image, SAVED_MEMBERS, "an image");
            List<String> names = texts(image, "RepoTags");
            for (String name : names.isEmpty() ? List.of("") : names) {
                checkName(name);
            }
            for (JsonValue source : optional(image, "LayerSources").members().values()) {
                sources.add(descriptor(source));
            }
            List<String> layers = new ArrayList<>();
            for (String layer : texts(image, "Layers")) {
                layers.add(path(layer));
            }
            saved.add(new Saved(path(text(image, "Config")), layers));
        }
        return new ImageDocument(Kind.LIST, "", sources, List.of(), saved);
    }

    /** Returns the name of a file in the archive. */
    private String path(String path) throws ArchiveException {
        String name = new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        if (name.isEmpty() || !TarNames.clean(name).equals(name)) {
            throw refused("which names the path " + TarEntry.shown(name) + ", which is not the plain name of a file");
        }
        return name;
    }

    private void checkNames(JsonObject repositories) throws ArchiveException {
        for (Map.Entry<String, JsonValue> repository : repositories.members().entrySet()) {
            for (String tag :
                    object(repository.getValue(), "a repository").members().keySet()) {
                checkName(repository.getKey() + ":" + tag);
            }
        }
    }

    private ImageDocument index(JsonObject index) throws ArchiveException {
        checkMembers(index, INDEX_MEMBERS, "an index");
        checkAnnotations(index);
        List<Descriptor> images = new ArrayList<>();
        for (JsonValue element : array(index.get(MANIFESTS), MANIFESTS)) {
            Descriptor image = descriptor(element);
            if (!image.isIndex() && !image.isManifest()) {
                throw refused("whose index has a blob of the type " + TarEntry.shown(image.mediaType()));
            }
            images.add(image);
            if (file.equals(INDEX) && name(object(element, "")).isEmpty()) {
                checkName("");
            }
        }
        return new ImageDocument(Kind.INDEX, optionalText(index, MEDIA_TYPE), images, List.of(), List.of());
    }

    private ImageDocument manifest(JsonObject manifest) throws ArchiveException {
        checkMembers(manifest, MANIFEST_MEMBERS, "a manifest");
        checkAnnotations(manifest);
        List<Descriptor> blobs = new ArrayList<>();
        Descriptor config = descriptor(manifest.get(CONFIG));
        if (!config.isConfig()) {
            throw refused("whose configuration has the type " + TarEntry.shown(config.mediaType()));
        }
        blobs.add(config);
        for (JsonValue element : array(manifest.get(LAYERS), LAYERS)) {
            Descriptor layer = descriptor(element);
            if (!layer.isLayer() && !layer.isAttestation()) {
                throw refused("which has a layer of the type " + TarEntry.shown(layer.mediaType()));
            }
            blobs.add(layer);
        }
        return new ImageDocument(Kind.MANIFEST, optionalText(manifest, MEDIA_TYPE), blobs, List.of(), List.of());
    }

    private ImageDocument config(JsonObject config) throws ArchiveException {
        JsonObject rootfs = object(config.get(ROOTFS), ROOTFS);
        checkMembers(rootfs, ROOTFS_MEMBERS, ROOTFS);
        if (!text(rootfs, "type").equals(LAYERS)) {
            throw refused("whose layers are of another type than layers");
        }
        List<String> layers = texts(rootfs, "diff_ids");
        for (String layer : layers) {
            digest(layer);
        }
        JsonObject settings = optional(config, CONFIG);
        checkCase(settings, Set.of("Labels"));
        for (Map.Entry<String, JsonValue> label :
                optional(settings, "Labels").members().entrySet()) {
            String value = label.getValue() instanceof JsonString text ? text.text() : "";
            check(rule.labelProblem(label.getKey(), value));
        }
        return new ImageDocument(Kind.CONFIG, "", List.of(), layers, List.of());
    }

    private Descriptor descriptor(JsonValue value) throws ArchiveException {
        JsonObject descriptor = object(value, "a descriptor");
        for (String member : descriptor.members().keySet()) {
            if (member.equalsIgnoreCase("urls")) {
                throw refused("which has a layer with urls: the daemon would fetch it from there");
            }
            if (member.equalsIgnoreCase("data")) {
                throw refused("which has a blob in a member data, in place of a file of the archive");
            }
        }
        checkMembers(descriptor, DESCRIPTOR_MEMBERS, "a descriptor");
        checkAnnotations(descriptor);
        Descriptor read = new Descriptor(
                text(descriptor, MEDIA_TYPE), digest(text(descriptor, "digest")), size(descriptor.get("size")));
        if (!read.isKnown()) {
            throw refused("which has a blob of the type " + TarEntry.shown(read.mediaType())
                    + ", which this proxy does not allow");
        }
        return read;
    }

    private String digest(String digest) throws ArchiveException {
        if (!DIGEST.matcher(digest).matches()) {
            throw refused("which has a digest that is not one of SHA-256");
        }
        return digest;
    }

    private long size(JsonValue size) throws ArchiveException {
        if (size instanceof JsonNumber number && SIZE.matcher(number.text()).matches()) {
            return Long.parseLong(number.text());
        }
        throw refused("which has a descriptor without a size");
    }

    private void checkAnnotations(JsonObject owner) throws ArchiveException {
        String name = name(owner);
        if (!name.isEmpty()) {
            checkName(name);
        }
    }

    /** Returns the name that annotations give to an image, or empty. Docker also writes the tag of the name alone. */
    private String name(JsonObject owner) throws ArchiveException {
        JsonObject annotations = optional(owner, ANNOTATIONS);
        String name = optionalText(annotations, IMAGE_NAME);
        String reference = optionalText(annotations, REFERENCE_NAME);
        if (!name.isEmpty() && !reference.isEmpty() && !name.equals(reference) && !name.endsWith(":" + reference)) {
            throw refused(
                    "which gives an image two names, " + TarEntry.shown(name) + " and " + TarEntry.shown(reference));
        }
        return name.isEmpty() ? reference : name;
    }

    private void checkName(String name) throws ArchiveException {
        check(rule.nameProblem(name));
    }

    private static void check(@Nullable String problem) throws ArchiveException {
        if (problem != null) {
            throw new ArchiveException(problem);
        }
    }

    /** Refuses members that differ only in their case from these. */
    private void checkCase(JsonObject object, Set<String> names) throws ArchiveException {
        for (String member : object.members().keySet()) {
            for (String name : names) {
                if (member.equalsIgnoreCase(name) && !member.equals(name)) {
                    throw refused("which has the member " + TarEntry.shown(member) + " in place of " + name);
                }
            }
        }
    }

    private void checkMembers(JsonObject object, Set<String> names, String owner) throws ArchiveException {
        for (String member : object.members().keySet()) {
            if (!names.contains(member)) {
                throw refused("which has the member " + TarEntry.shown(member) + " in " + owner
                        + ", which this proxy does not allow");
            }
        }
    }

    private JsonObject object(JsonValue value, String owner) throws ArchiveException {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw refused("in which " + owner + " is " + value.kind() + " instead of an object");
    }

    /** Returns an empty object for a member that is absent or null. */
    private JsonObject optional(JsonObject object, String member) throws ArchiveException {
        JsonValue value = object.get(member);
        return value == JsonLiteral.NULL ? JsonObject.EMPTY : object(value, member);
    }

    private List<JsonValue> array(JsonValue value, String owner) throws ArchiveException {
        if (value == JsonLiteral.NULL) {
            return List.of();
        }
        if (value instanceof JsonArray array) {
            return array.elements();
        }
        throw refused("in which " + owner + " is " + value.kind() + " instead of an array");
    }

    private List<String> texts(JsonObject object, String member) throws ArchiveException {
        List<String> texts = new ArrayList<>();
        for (JsonValue element : array(object.get(member), member)) {
            texts.add(text(element, member));
        }
        return texts;
    }

    private String text(JsonObject object, String member) throws ArchiveException {
        return text(object.get(member), member);
    }

    private String optionalText(JsonObject object, String member) throws ArchiveException {
        JsonValue value = object.get(member);
        return value == JsonLiteral.NULL ? "" : text(value, member);
    }

    private String text(JsonValue value, String member) throws ArchiveException {
        if (value instanceof JsonString text) {
            return text.text();
        }
        throw refused("in which " + member + " is " + value.kind() + " instead of a string");
    }
}
