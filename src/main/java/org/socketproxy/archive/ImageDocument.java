package org.socketproxy.archive;

import java.util.List;
import java.util.Set;

/**
 * Facts of a JSON document in an archive of images.
 *
 * @param mediaType as the document says; empty if it does not
 * @param descriptors sources of layers of {@code manifest.json}; images of an index; configuration and then the layers of a manifest
 * @param layers digests of the layers of a configuration, after decompression
 * @param saved elements of {@code manifest.json}
 */
record ImageDocument(
        Kind kind, String mediaType, List<Descriptor> descriptors, List<String> layers, List<Saved> saved) {
    /** Kind of a document, by its members. */
    enum Kind {
        /** The file {@code manifest.json}. */
        LIST("the list of images"),
        INDEX("an index"),
        MANIFEST("a manifest"),
        CONFIG("a configuration"),
        OTHER("another document");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** Reference of a blob. */
    record Descriptor(String mediaType, String digest, long size) {
        private static final Set<String> INDEXES = Set.of(
                "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json");
        private static final Set<String> MANIFESTS = Set.of(
                "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json");
        private static final Set<String> CONFIGS =
                Set.of("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");
        private static final Set<String> LAYERS = Set.of(
                "application/vnd.oci.image.layer.v1.tar",
                "application/vnd.oci.image.layer.v1.tar+gzip",
                "application/vnd.oci.image.layer.v1.tar+zstd",
                "application/vnd.docker.image.rootfs.diff.tar",
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "application/vnd.docker.image.rootfs.diff.tar+gzip");
        /** A document about the image, in the place of a layer. */
        private static final String ATTESTATION = "application/vnd.in-toto+json";

        boolean isIndex() {
            return INDEXES.contains(mediaType);
        }

        boolean isManifest() {
            return MANIFESTS.contains(mediaType);
        }

        boolean isConfig() {
            return CONFIGS.contains(mediaType);
        }

        boolean isLayer() {
            return LAYERS.contains(mediaType);
        }

        boolean isAttestation() {
            return mediaType.equals(ATTESTATION);
        }

        boolean isKnown() {
            return isIndex() || isManifest() || isConfig() || isLayer() || isAttestation();
        }
    }

    /**
     * An element of {@code manifest.json}.
     *
     * @param config name of a file
     * @param layers names of files
     */
    record Saved(String config, List<String> layers) {
        Saved {
            layers = List.copyOf(layers);
        }
    }

    static final ImageDocument OTHER = new ImageDocument(Kind.OTHER, "", List.of(), List.of(), List.of());

    ImageDocument {
        descriptors = List.copyOf(descriptors);
        layers = List.copyOf(layers);
        saved = List.copyOf(saved);
    }
}
