package org.socketproxy.audit;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes lines to standard output or standard error, and sees what {@code System.out} hides: a failed write is counted, announced at
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
    private final FileChannel channel;
    private final LongAdder failures = new LongAdder();
    private boolean isInsideLine;
    private boolean isAnnounced;
    private long nextAnnouncement = System.nanoTime();

    LogFile(String name, FileChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    private static FileChannel channel(FileDescriptor standard) {
        return new FileOutputStream(standard).getChannel();
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
