package org.socketproxy.archive;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Passes archives through a judge, and reads the output with Commons Compress. */
final class Judged {
    /** Enough for each decoder. */
    static final WindowMemory WINDOWS = new WindowMemory() {
        @Override
        public boolean reserve(int bytes) {
            return true;
        }

        @Override
        public void release(int bytes) {}
    };

    private Judged() {}

    static ArchiveJudge judge(ArchiveRules rules) {
        return new ArchiveJudge(rules, EntryJudge.NONE, size -> true, WINDOWS);
    }

    static byte[] whole(ArchiveJudge judge, byte[] archive) throws ArchiveException {
        return inChunks(judge, archive, () -> Integer.MAX_VALUE);
    }

    static byte[] inRandomChunks(ArchiveJudge judge, byte[] archive, Random random) throws ArchiveException {
        return inChunks(judge, archive, () -> 1 + random.nextInt(random.nextBoolean() ? 7 : 2000));
    }

    static byte[] inChunks(ArchiveJudge judge, byte[] archive, IntSupplier lengths) throws ArchiveException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Consumer<ByteBuffer> to = part -> {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            output.writeBytes(bytes);
        };
        try (judge) {
            for (int begin = 0; begin < archive.length; ) {
                int length = Math.min(lengths.getAsInt(), archive.length - begin);
                ByteBuffer chunk =
                        ByteBuffer.wrap(archive, begin, length).slice().asReadOnlyBuffer();
                pass(judge, chunk, to);
                begin += length;
            }
            judge.end(to);
        }
        return output.toByteArray();
    }

    static void pass(ArchiveJudge judge, ByteBuffer chunk, Consumer<ByteBuffer> to) throws ArchiveException {
        boolean isRead = false;
        while (!isRead) {
            isRead = judge.accept(chunk, to);
        }
    }

    /** Returns how many entries an allowed archive has. */
    static int count(byte[] archive) throws ArchiveException {
        AtomicInteger count = new AtomicInteger();
        TarReader.Sink counting = new TarReader.Sink() {
            @Override
            public void begin(TarEntry entry) {
                count.incrementAndGet();
            }

            @Override
            public void content(ByteBuffer part) {}

            @Override
            public void end() {}
        };
        new TarReader(counting, size -> true).accept(ByteBuffer.wrap(archive));
        return count.get();
    }

    /** Returns the entries as Commons Compress reads them: type, name, target of a link, content. */
    static List<String> entries(byte[] archive) {
        List<String> entries = new ArrayList<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new ByteArrayInputStream(archive), StandardCharsets.ISO_8859_1.name())) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String content = new String(tar.readAllBytes(), StandardCharsets.ISO_8859_1);
                entries.add((char) entry.getLinkFlag() + " " + entry.getName()
                        + (entry.getLinkName().isEmpty() ? "" : " -> " + entry.getLinkName())
                        + (content.isEmpty() ? "" : " = " + content));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return entries;
    }
}
