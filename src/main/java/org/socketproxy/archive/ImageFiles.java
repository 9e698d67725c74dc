package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ImageFile.Form;

/**
 * Judges the files of an archive of images, in the forms of Docker and OCI. The first byte of a file decides whether it is read as a
 * document or as a layer, because the documents that name the others can be the last files.
 *
 * <p>Security: holds documents of at most {@value #MOST_DOCUMENT_BYTES} bytes. Everything that a document names must be in the archive
 * with the right digest: the daemon would otherwise use blobs of other images.
 */
public final class ImageFiles implements EntryJudge {
    static final int MOST_DOCUMENT_BYTES = 512 * 1024;

    private static final int MOST_FILES = 10_000;
    /** Memory for the facts of one file. */
    private static final int FILE_BYTES = 512;
    /** Memory for reading a document, as a multiple of its length. */
    private static final int DOCUMENT_FACTOR = 3;
    /** Each name is compared with those of protected images. */
    private static final int MOST_NAMES = 1000;

    private static final int MOST_NOTE_BYTES = 16;
    private static final String NOTE = "VERSION";
    private static final Pattern NOTE_CONTENT = Pattern.compile("[0-9.]+\n?");
    private static final String BLOBS = "blobs/";
    private static final String SHA256_BLOBS = BLOBS + "sha256/";
    /** Files that the daemon opens by their names. */
    private static final Set<String> NAMED =
            Set.of(DocumentReader.LIST, DocumentReader.INDEX, DocumentReader.NAMES, DocumentReader.LAYOUT);

    private final ImageRule rule;
    private final IntPredicate memory;
    private final IntConsumer release;
    private final WindowMemory windows;
    private final ImageGraph graph = new ImageGraph();
    private final Map<String, Boolean> names = new HashMap<>();
    private long receivedBytes;
    private long decodedBytes;
    private @Nullable LayerReader layer;

    /**
     * @param memory reserves bytes until the end of the archive, or returns false
     * @param release gives reserved bytes back
     * @param windows memory for the decoders of layers
     */
    public ImageFiles(ImageRule rule, IntPredicate memory, IntConsumer release, WindowMemory windows) {
        this.rule = new Bounded(rule);
        this.memory = memory;
        this.release = release;
        this.windows = windows;
    }

    /** Bounds the number of names. */
    private static final class Bounded implements ImageRule {
        private final ImageRule rule;
        private int names;

        Bounded(ImageRule rule) {
            this.rule = rule;
        }

        @Override
        public @Nullable String nameProblem(String name) {
            names++;
            return names > MOST_NAMES ? "gives images more than " + MOST_NAMES + " names" : rule.nameProblem(name);
        }

        @Override
        public @Nullable String labelProblem(String key, String value) {
            return rule.labelProblem(key, value);
        }
    }

    @Override
    public @Nullable Content begin(TarEntry entry) throws ArchiveException {
        if (entry.type() == TarEntry.Type.FOLDER) {
            return null;
        }
        int bytes = FILE_BYTES + 2 * (entry.name().length() + entry.link().length());
        if (names.size() >= MOST_FILES || !memory.test(bytes)) {
            throw new ArchiveException("has more files than the proxy has memory for");
        }
        if (names.put(entry.name(), true) != null) {
            throw EntryRules.refused(entry, "twice");
        }
        if (entry.type() == TarEntry.Type.SYMLINK) {
            if (NAMED.contains(entry.name()) || entry.name().startsWith(BLOBS)) {
                throw EntryRules.refused(entry, "which is a symbolic link, and the daemon opens it");
            }
            graph.link(entry.name(), target(entry));
            return null;
        }
        if (entry.type() != TarEntry.Type.FILE) {
            throw EntryRules.refused(entry, "which is " + entry.type().words());
        }
        if (entry.size() == 0) {
            throw EntryRules.refused(entry, "which is an empty file");
        }
        return new FileReader(entry);
    }

    /** Returns the name of the file to which a link leads, inside of the archive. */
    private static String target(TarEntry link) throws ArchiveException {
        String folder = link.name().substring(0, link.name().lastIndexOf('/') + 1);
        String rest = link.link();
        while (rest.startsWith("../") && !folder.isEmpty()) {
            folder = folder.substring(0, folder.lastIndexOf('/', folder.length() - 2) + 1);
            rest = rest.substring("../".length());
        }
        String target = rest.startsWith("/") || rest.equals("..") || rest.startsWith("../") || rest.contains("/../")
                ? ""
                : TarNames.clean(rest);
        if (target.isEmpty() || rest.length() != target.length()) {
            throw EntryRules.refused(link, "which is a symbolic link that leaves the archive, or is not plain");
        }
        return folder + target;
    }

    @Override
    public void received(int bytes) {
        receivedBytes += bytes;
    }

    private void decoded(int bytes) throws ArchiveException {
        decodedBytes += bytes;
        if (decodedBytes > ArchiveRules.STRICT.maxBytes() || Decompression.isTooMuch(decodedBytes, receivedBytes)) {
            throw new ArchiveException("has layers that become too many bytes");
        }
    }

    @Override
    public void end() throws ArchiveException {
        graph.check();
    }

    @Override
    public void close() {
        if (layer != null) {
            layer.close();
        }
    }

    /** Reads one file. */
    private final class FileReader implements Content {
        private final TarEntry entry;
        private final Sha256 digest = new Sha256();
        private @Nullable Form form;
        private @Nullable ByteBuffer held;

        FileReader(TarEntry entry) {
            this.entry = entry;
        }

        @Override
        public void accept(ByteBuffer part) throws ArchiveException {
            if (form == null && part.hasRemaining()) {
                form = form(part.get(part.position()));
                prepare(form);
            }
            digest.add(part);
            if (held != null) {
                held.put(part);
            } else if (form == Form.LAYER && layer != null) {
                try {
                    layer.accept(part);
                } catch (ArchiveException inner) {
                    throw ofLayer(inner);
                }
            }
        }

        private Form form(byte first) throws ArchiveException {
            if (entry.baseName().equals(NOTE) && entry.size() <= MOST_NOTE_BYTES) {
                return Form.NOTE;
            }
            if (first == '{' || first == '[') {
                return entry.size() <= MOST_DOCUMENT_BYTES ? Form.DOCUMENT : Form.DATA;
            }
            // Readers of JSON skip white space, and what comes after the value: a name in a layer could be such a
            // document.
            if (NAMED.contains(entry.name()) || first == ' ' || first == '\t' || first == '\r' || first == '\n') {
                throw EntryRules.refused(entry, "which is neither a layer nor a document that begins with { or [");
            }
            return Form.LAYER;
        }

        private void prepare(Form found) throws ArchiveException {
            int size = (int) Math.min(entry.size(), MOST_DOCUMENT_BYTES);
            if (found == Form.LAYER) {
                layer = new LayerReader(memory, windows, ImageFiles.this::decoded);
            } else if (found == Form.DATA && NAMED.contains(entry.name())) {
                throw EntryRules.refused(entry, "which is larger than " + MOST_DOCUMENT_BYTES + " bytes");
            } else if (found != Form.DATA) {
                if (!memory.test(DOCUMENT_FACTOR * size)) {
                    throw EntryRules.refused(entry, "for which the proxy has no memory: try again later");
                }
                held = ByteBuffer.allocate(size);
            }
        }

        private ArchiveException ofLayer(ArchiveException inner) {
            return new ArchiveException(
                    "has the file " + entry.shownName() + ", which as a layer " + inner.getMessage());
        }

        @Override
        public void end() throws ArchiveException {
            String ofBytes = digest.text();
            if (entry.name().startsWith(SHA256_BLOBS)
                    && !ofBytes.equals(Sha256.PREFIX + entry.name().substring(SHA256_BLOBS.length()))) {
                throw EntryRules.refused(entry, "whose content has another digest");
            }
            String content = ofBytes;
            ImageDocument document = ImageDocument.OTHER;
            Form found = form == null ? Form.NOTE : form;
            if (found == Form.LAYER && layer != null) {
                try (LayerReader ended = layer) {
                    content = ended.end();
                } catch (ArchiveException inner) {
                    throw ofLayer(inner);
                }
                layer = null;
            } else if (held != null) {
                ByteBuffer bytes = held.flip();
                held = null;
                if (found == Form.DOCUMENT) {
                    document = new DocumentReader(entry.name(), rule).read(bytes);
                } else if (!NOTE_CONTENT
                        .matcher(StandardCharsets.ISO_8859_1.decode(bytes))
                        .matches()) {
                    throw EntryRules.refused(entry, "which is not a number");
                }
                int kept = document.kind() == ImageDocument.Kind.OTHER ? 0 : bytes.capacity();
                release.accept(DOCUMENT_FACTOR * bytes.capacity() - kept);
            }
            graph.add(entry.name(), new ImageFile(found, ofBytes, content, entry.size(), document));
        }
    }
}
