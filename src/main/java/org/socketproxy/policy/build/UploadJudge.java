package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.socketproxy.archive.ArchiveException;
import org.socketproxy.archive.ArchiveJudge;
import org.socketproxy.archive.ArchiveRules;
import org.socketproxy.archive.EntryJudge;
import org.socketproxy.archive.WindowMemory;

/** Judges the archive of {@code docker build -}, which the daemon unpacks, and sends it as the archive judge has written it. */
final class UploadJudge implements SessionJudge {
    private static final String MESSAGE = "BytesMessage";
    private static final String DATA = "data";
    /** Bytes after which a part is written. */
    private static final int MOST_BYTES = 64 * 1024;
    /** Files of an image can be set-uid. */
    private static final ArchiveRules RULES = ArchiveRules.STRICT.allowingPrivileges(true);

    private final MessageSplitter.Memory memory;
    private final ArchiveJudge archive;
    /** Parts of the archive that are not read yet. */
    private final Queue<ByteBuffer> pending = new ArrayDeque<>();

    private int reserved;

    UploadJudge(MessageSplitter.Memory memory) {
        this.memory = memory;
        this.archive = new ArchiveJudge(RULES, EntryJudge.NONE, this::reserve, WindowMemory.NONE);
    }

    private boolean reserve(int bytes) {
        boolean isReserved = memory.reserve(bytes);
        reserved += isReserved ? bytes : 0;
        return isReserved;
    }

    @Override
    public void judge(ByteBuffer message, Output out) throws MalformedMessageException, DeniedContentException {
        ByteBuffer part = ProtoMessage.read(MESSAGE, message).bytes(DATA);
        if (part.hasRemaining()) {
            if (!reserve(part.remaining())) {
                throw new DeniedContentException("needs more memory than is free for this client");
            }
            pending.add(ByteBuffer.allocate(part.remaining()).put(part).flip());
        }
    }

    /** A compressed part of some bytes can become many. */
    @Override
    public void continueWith(Output out) throws DeniedContentException {
        Writer writer = new Writer(out);
        try {
            while (!pending.isEmpty() && writer.bytes < MOST_BYTES) {
                ByteBuffer part = pending.element();
                if (archive.accept(part, writer)) {
                    int length = pending.remove().capacity();
                    reserved -= length;
                    memory.release(length);
                }
            }
        } catch (ArchiveException denied) {
            throw denied(denied);
        }
    }

    @Override
    public void end(Output out) throws DeniedContentException {
        try {
            archive.end(new Writer(out));
        } catch (ArchiveException denied) {
            throw denied(denied);
        }
    }

    private static DeniedContentException denied(ArchiveException denied) {
        return new DeniedContentException("sends an archive that " + denied.getMessage());
    }

    private static final class Writer implements Consumer<ByteBuffer> {
        private final Output out;
        private int bytes;

        Writer(Output out) {
            this.out = out;
        }

        @Override
        public void accept(ByteBuffer part) {
            byte[] head = ProtoWriter.head(1, part.remaining());
            bytes += part.remaining();
            out.message(head.length + part.remaining()).put(head).put(part.duplicate());
        }
    }

    @Override
    public void close() {
        archive.close();
        memory.release(reserved);
        reserved = 0;
    }
}
