package org.socketproxy.exchange;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ArchiveException;
import org.socketproxy.archive.ArchiveJudge;

/**
 * Request body that is an archive: passes on what the judge writes, chunk by chunk. Its length is not known.
 *
 * <p>Threading: one reader at a time.
 *
 * <p>Security: a violation becomes a failure of the body, so that the daemon gets no last chunk. Bytes of the client are passed on as they
 * are only to a reader that discards them.
 */
final class JudgedArchive implements Content.Source {
    private final Content.Source source;
    private final ArchiveJudge judge;
    private Content.@Nullable Chunk input;
    private Content.@Nullable Chunk failure;
    private volatile boolean isDiscarded;

    JudgedArchive(Content.Source source, ArchiveJudge judge) {
        this.source = source;
        this.judge = judge;
    }

    /** Ends the judgement: the rest of the body is read only to be discarded. */
    void discard() {
        isDiscarded = true;
    }

    @Override
    public long getLength() {
        return isDiscarded ? source.getLength() : -1;
    }

    @Override
    public Content.@Nullable Chunk read() {
        if (isDiscarded) {
            releaseInput();
            return source.read();
        }
        while (failure == null) {
            if (input == null) {
                input = source.read();
            }
            if (input == null || Content.Chunk.isFailure(input)) {
                return takeInput();
            }
            Content.Chunk judged = judge(input);
            if (judged != null) {
                return judged;
            }
        }
        return failure;
    }

    private Content.@Nullable Chunk takeInput() {
        Content.Chunk taken = input;
        input = null;
        return taken;
    }

    /** Returns a judged chunk, or null if it needs another one of the client, or the archive is refused. */
    private Content.@Nullable Chunk judge(Content.Chunk part) {
        List<ByteBuffer> judged = new ArrayList<>();
        boolean isRead;
        try {
            isRead = judge.accept(part.getByteBuffer(), judged::add);
            if (isRead && part.isLast()) {
                judge.end(judged::add);
            }
        } catch (ArchiveException refused) {
            failure = Content.Chunk.from(refused, true);
            releaseInput();
            return null;
        }
        boolean isLast = isRead && part.isLast();
        if (isRead && judged.size() == 1) { // a part of a large file, which is not copied
            input = null;
            return Content.Chunk.asChunk(judged.get(0), isLast, part);
        }
        ByteBuffer joined = join(judged);
        if (isRead) {
            releaseInput();
        }
        return joined.hasRemaining() || isLast ? Content.Chunk.from(joined, isLast) : null;
    }

    private static ByteBuffer join(List<ByteBuffer> parts) {
        ByteBuffer joined = ByteBuffer.allocate(
                parts.stream().mapToInt(ByteBuffer::remaining).sum());
        parts.forEach(joined::put);
        return joined.flip();
    }

    private void releaseInput() {
        if (input != null) {
            input.release();
            input = null;
        }
    }

    @Override
    public void demand(Runnable reader) {
        source.demand(reader);
    }

    @Override
    public void fail(Throwable cause) {
        source.fail(cause);
    }
}
