package org.socketproxy.archive;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ImageDocument.Descriptor;
import org.socketproxy.archive.ImageDocument.Kind;
import org.socketproxy.archive.ImageDocument.Saved;
import org.socketproxy.archive.ImageFile.Form;

/**
 * Checks that each blob which a document of an archive names is in the archive, with the right digest and of the right kind.
 *
 * <p>Security: a daemon shares blobs and layers among all images. An archive that names the digest of a blob without its content would make
 * an image of another client's layers.
 */
final class ImageGraph {
    private static final int MOST_INDEXES = 3;
    /** Docker reads these files if there is no {@code manifest.json}. */
    private static final String OLD_CONFIG = "/json";

    private final Map<String, ImageFile> files = new HashMap<>();
    private final Map<String, ImageFile> byDigest = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();
    private final Set<String> checked = new HashSet<>();

    void add(String name, ImageFile file) {
        files.put(name, file);
        byDigest.put(file.digest(), file);
    }

    void link(String name, String target) {
        links.put(name, target);
    }

    void check() throws ArchiveException {
        for (Map.Entry<String, String> link : links.entrySet()) {
            if (!files.containsKey(link.getValue())) {
                throw new ArchiveException(
                        "has the link " + TarEntry.shown(link.getKey()) + " to a file that is not in the archive");
            }
        }
        ImageFile list = files.get(DocumentReader.LIST);
        ImageFile index = files.get(DocumentReader.INDEX);
        if (list == null && index == null) {
            throw new ArchiveException("has neither manifest.json nor index.json");
        }
        if (list == null && files.keySet().stream().anyMatch(name -> name.endsWith(OLD_CONFIG))) {
            throw new ArchiveException("has a configuration in an old form, and no manifest.json");
        }
        if (list != null) {
            for (Saved image : list.document().saved()) {
                checkSaved(image);
            }
            for (Descriptor source : list.document().descriptors()) {
                blob(source);
            }
        }
        if (index != null) {
            if (index.document().kind() != Kind.INDEX) {
                throw new ArchiveException("has the file index.json, which has no manifests");
            }
            for (Descriptor image : index.document().descriptors()) {
                checkImage(image, 1);
            }
        }
    }

    private void checkSaved(Saved image) throws ArchiveException {
        ImageDocument config = file(image.config()).document();
        if (config.kind() != Kind.CONFIG) {
            throw new ArchiveException(
                    "has the file " + TarEntry.shown(image.config()) + ", which is no configuration of an image");
        }
        if (config.layers().size() != image.layers().size()) {
            throw otherLayers(image.config());
        }
        for (int i = 0; i < image.layers().size(); i++) {
            ImageFile layer = file(image.layers().get(i));
            if (layer.form() != Form.LAYER
                    || !layer.content().equals(config.layers().get(i))) {
                throw otherLayers(image.config());
            }
        }
    }

    private static ArchiveException otherLayers(String config) {
        return new ArchiveException(
                "has the configuration " + TarEntry.shown(config) + ", whose layers are not those of the archive");
    }

    private ImageFile file(String name) throws ArchiveException {
        ImageFile file = files.get(links.getOrDefault(name, name));
        if (file == null) {
            throw new ArchiveException("names the file " + TarEntry.shown(name) + ", which is not in the archive");
        }
        return file;
    }

    private ImageFile blob(Descriptor descriptor) throws ArchiveException {
        @Nullable ImageFile file = byDigest.get(descriptor.digest());
        if (file == null) {
            throw new ArchiveException("names the blob " + descriptor.digest() + ", which is not in the archive"
                    + (descriptor.isManifest() || descriptor.isIndex()
                            ? ": if it is of another platform, save the image with --platform"
                            : ""));
        }
        if (file.size() != descriptor.size()) {
            throw new ArchiveException("names the blob " + descriptor.digest() + " with another size");
        }
        return file;
    }

    private void checkImage(Descriptor image, int depth) throws ArchiveException {
        ImageDocument document = document(image, image.isIndex() ? Kind.INDEX : Kind.MANIFEST);
        if (depth > MOST_INDEXES) {
            throw new ArchiveException("has more than " + MOST_INDEXES + " indexes one below the other");
        }
        if (!checked.add(image.digest() + depth)) {
            return;
        }
        if (document.kind() == Kind.MANIFEST) {
            checkManifest(image, document.descriptors());
            return;
        }
        for (Descriptor each : document.descriptors()) {
            checkImage(each, depth + 1);
        }
    }

    /** Returns the document of a descriptor. Two readers must not see two kinds of documents in it. */
    private ImageDocument document(Descriptor descriptor, Kind kind) throws ArchiveException {
        ImageDocument document = blob(descriptor).document();
        boolean isSame = document.mediaType().isEmpty() || document.mediaType().equals(descriptor.mediaType());
        if (document.kind() != kind || !isSame) {
            throw new ArchiveException("has the blob " + descriptor.digest() + ", which is not " + kind.words()
                    + " of the type " + descriptor.mediaType());
        }
        return document;
    }

    private void checkManifest(Descriptor manifest, List<Descriptor> blobs) throws ArchiveException {
        List<String> layers = document(blobs.get(0), Kind.CONFIG).layers();
        if (layers.size() != blobs.size() - 1) {
            throw otherLayers(manifest.digest());
        }
        for (int i = 0; i < layers.size(); i++) {
            Descriptor named = blobs.get(i + 1);
            ImageFile layer = blob(named);
            boolean isLayer = layer.form() == Form.LAYER;
            if (isLayer != named.isLayer() || !layer.content().equals(layers.get(i))) {
                throw otherLayers(manifest.digest());
            }
        }
    }
}
