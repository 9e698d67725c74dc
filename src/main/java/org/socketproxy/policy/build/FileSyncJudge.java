package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Judges the files that a client sends for a build: the entries of a folder in their order, then the contents that the daemon requests.
 *
 * <p>Security: the daemon makes the entries as root and opens some of them, so only regular files, folders and symbolic links pass.
 * {@link FileStat} judges one entry, {@link FilePaths} their order. A content must have been requested.
 */
final class FileSyncJudge implements SessionJudge {
    /** Each entry costs the daemon 1.4 KB of memory. */
    private static final int MOST_ENTRIES = 1_000_000;
    /** The daemon does not compare the length of a content with the size of its entry. */
    private static final long MOST_BYTES = 1L << 40;

    private final FilePaths paths = new FilePaths();
    /** Indexes of the entries with a content. */
    private final BitSet files = new BitSet();
    /** Indexes of the files that the daemon has requested, and whose content is not complete. */
    private final BitSet requested = new BitSet();

    private int entries;
    private long bytes;
    private boolean areEntriesComplete;
    private boolean isFinished;

    @Override
    public boolean needsRequests() {
        return true;
    }

    @Override
    public synchronized void see(ByteBuffer message) {
        try {
            FilePacket packet = FilePacket.read(message);
            if (packet.type() == FilePacket.Type.REQ && files.get(packet.id())) {
                requested.set(packet.id());
            }
        } catch (MalformedMessageException | DeniedContentException unknown) {
            // A newer daemon: the client gets its packet, and cannot answer a request in it.
        }
    }

    @Override
    public synchronized void judge(ByteBuffer message, Output out)
            throws MalformedMessageException, DeniedContentException {
        FilePacket packet = FilePacket.read(message);
        if (isFinished) {
            throw new DeniedContentException("sends a packet after the last one");
        }
        switch (packet.type()) {
            case STAT -> {
                packet.requireOnly(FilePacket.STAT);
                packet = stat(packet);
            }
            case DATA -> data(packet);
            case FIN -> {
                packet.requireOnly("");
                isFinished = true;
            }
            case ERR -> {
                packet.requireOnly(FilePacket.DATA);
                isFinished = true;
            }
            case REQ -> throw new DeniedContentException("requests a file of the daemon");
        }
        packet.write(out);
    }

    @Override
    public void fail(String reason, Output out) {
        FilePacket.error(reason).write(out);
    }

    private FilePacket stat(FilePacket packet) throws DeniedContentException {
        ProtoMessage sent = packet.stat();
        if (areEntriesComplete) {
            throw new DeniedContentException("sends an entry after the last one");
        }
        if (sent == null) {
            areEntriesComplete = true;
            return packet;
        }
        if (entries == MOST_ENTRIES) {
            throw new DeniedContentException("sends more than " + MOST_ENTRIES + " files");
        }
        FileStat stat = FileStat.of(sent);
        stat.judge();
        paths.add(stat.path(), stat.isFolder());
        if (stat.isHardLink()) {
            paths.requireEarlier(stat.target(), stat.path());
        } else if (stat.isRegular()) {
            files.set(entries);
        }
        entries++;
        return packet.with(stat.canonical());
    }

    private void data(FilePacket packet) throws DeniedContentException {
        if (packet.fields().has(FilePacket.STAT) || !requested.get(packet.id())) {
            throw new DeniedContentException("sends a content that the daemon has not requested");
        }
        int length = packet.data().remaining();
        if (length == 0) {
            requested.clear(packet.id());
        }
        bytes += length;
        if (bytes > MOST_BYTES) {
            throw new DeniedContentException("sends more than 1 TiB");
        }
    }
}
