package org.socketproxy.audit;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes lines to standard output, standard error or a file, and sees what {@code System.out} hides: a failed write is counted, announced at
 * most once a minute, and tried again. A line that was written in part is written again as a whole, on a line of its own.
 *
 * <p>Threading: one thread at a time, never interrupted: an interrupt would close the channel. It waits while the file takes nothing.
 */
public final class LogFile implements Consumer<String> {
    /** The file of {@code System.out}. */
    public static final LogFile OUTPUT = new LogFile("standard output", channel(FileDescriptor.out));
    /** The file of {@code System.err}. */
    public static final LogFile ERROR = new LogFile("standard error", channel(FileDescriptor.err));

    private static final Logger LOG = LoggerFactory.getLogger(LogFile.class);
    private static final long RETRY_MILLIS = 200;
    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();
    /** Small, because the JDK keeps a buffer of this size outside of the heap. */
    private static final int CHUNK_BYTES = 8192;

    private final String name;
    private final Source source;
    private final LongAdder failures = new LongAdder();
    private volatile boolean isFailing;
    private @Nullable FileChannel last;
    private boolean isInsideLine;
    private boolean isAnnounced;
    private long nextAnnouncement = System.nanoTime();

    /** Chooses the file for the next lines. */
    @FunctionalInterface
    interface Source {
        /** Returns the file for a number of bytes. */
        FileChannel next(int bytes) throws IOException;
    }

    LogFile(String name, Source source) {
        this.name = name;
        this.source = source;
    }

    private static Source channel(FileDescriptor standard) {
        FileChannel channel = new FileOutputStream(standard).getChannel();
        return bytes -> channel;
    }

    /**
     * Opens a file that is renamed when it is full.
     *
     * @param kept number of full files beside it
     * @throws IOException if it cannot be written
     */
    public static LogFile rotated(Path file, long maxBytes, int kept) throws IOException {
        return new LogFile(file.toString(), new RotatedFile(file, maxBytes, kept));
    }

    /** Returns whether the last write has failed, so that lines wait. */
    public boolean isFailing() {
        return isFailing;
    }

    /** Returns the number of failed writes. */
    public long failures() {
        return failures.sum();
    }

    /** Writes complete lines, and returns when all of them are written. */
    @Override
    public void accept(String lines) {
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        int written = 0;
        while (written < bytes.length) {
            written = write(bytes, written);
            if (written < bytes.length && !pause()) {
                return;
            }
        }
        isFailing = false;
        if (isAnnounced) {
            isAnnounced = false;
            LOG.info("{} can be written again", name);
        }
    }

    /** Returns the number of bytes that need no second write: complete lines, of which the last line end can be missing. */
    private int write(byte[] bytes, int begin) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        rest.position(begin);
        try {
            FileChannel channel = source.next(bytes.length - begin);
            isInsideLine &= channel == last;
            last = channel;
            if (isInsideLine) {
                channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
                isInsideLine = false;
            }
            while (rest.position() < bytes.length) {
                rest.limit(Math.min(rest.position() + CHUNK_BYTES, bytes.length));
                channel.write(rest);
            }
            return bytes.length;
        } catch (IOException failed) {
            failures.increment();
            isFailing = true;
            announce(failed);
            int lineBegin = rest.position();
            while (lineBegin > begin && bytes[lineBegin - 1] != '\n' && bytes[lineBegin] != '\n') {
                lineBegin--;
            }
            isInsideLine |= lineBegin < rest.position();
            return lineBegin;
        }
    }

    private void announce(IOException failed) {
        if (System.nanoTime() - nextAnnouncement >= 0) {
            nextAnnouncement = System.nanoTime() + QUIET_NANOS;
            isAnnounced = true;
            LOG.warn("{} cannot be written: {}. Its lines wait; a full queue drops them", name, failed.getMessage());
        }
    }

    private static boolean pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            return true;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
