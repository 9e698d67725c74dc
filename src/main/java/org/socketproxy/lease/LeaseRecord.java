package org.socketproxy.lease;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * File with the objects that the clients of one lease have made. It is on the disk before the lease opens; a line is written before the
 * client gets the answer of the daemon, so that a killed proxy finds them again.
 *
 * <p>Threading: thread-safe.
 *
 * <p>Security: the sweep removes only objects of the record that also have the label of the lease.
 */
final class LeaseRecord implements AutoCloseable {
    /** Further objects are refused, so that file and memory are bounded. */
    static final int MOST_OBJECTS = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(LeaseRecord.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SUFFIX = ".lease";
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,512}");
    /** A daemon completes a create at the latest after this time. */
    private static final long LONGEST_CREATE_SECONDS = 300;

    /** Kinds of objects, in the order in which a sweep removes them. */
    enum Kind {
        CONTAINER,
        NETWORK,
        VOLUME,
        /** Its name is {@code ID NAME}: an image that had this name after a build of the lease. */
        IMAGE
    }

    record Made(Kind kind, String name) {}

    /**
     * @param label value of the label of its objects
     * @param uid user that opened it
     */
    record Head(String id, String template, String label, int uid, Instant opened) {
        String line() {
            return "lease " + id + " " + template + " " + label + " " + uid + " " + opened.getEpochSecond();
        }
    }

    private final Path file;
    private final Head head;
    private final FileChannel channel;
    private final Set<Made> made = new LinkedHashSet<>();
    /** Creates without an answer, by their number: their kind and begin in seconds. */
    private final Map<Long, Made> pending = new LinkedHashMap<>();

    private int lines;
    /** A line is missing in the file: from now on only a begin without an end tells a later start about an object. */
    private boolean isIncomplete;

    private LeaseRecord(Path file, Head head, FileChannel channel) {
        this.file = file;
        this.head = head;
        this.channel = channel;
    }

    /** Creates the file, and returns when it is on the disk. */
    static LeaseRecord create(Path folder, Head head) throws IOException {
        Path file = folder.resolve(head.id + SUFFIX);
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        LeaseRecord record = new LeaseRecord(file, head, channel);
        record.append(head.line());
        channel.force(true);
        sync(folder);
        return record;
    }

    /** Returns random bytes as hexadecimal digits, for ids, labels and keys. */
    static String random(int bytes) {
        byte[] some = new byte[bytes];
        RANDOM.nextBytes(some);
        return HexFormat.of().formatHex(some);
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel directory = FileChannel.open(folder)) {
            directory.force(true);
        }
    }

    /** Reads the files of a folder. One without a complete first line belongs to a lease that never opened, and is removed. */
    static List<LeaseRecord> readAll(Path folder) throws IOException {
        List<LeaseRecord> records = new ArrayList<>();
        try (var files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : files) {
                String text = Files.readString(file, StandardCharsets.US_ASCII);
                List<String> complete =
                        text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
                String[] words =
                        complete.isEmpty() ? new String[0] : complete.get(0).split(" ", -1);
                if (words.length != 6) {
                    Files.delete(file);
                    continue;
                }
                Head head = new Head(
                        words[1],
                        words[2],
                        words[3],
                        Integer.parseInt(words[4]),
                        Instant.ofEpochSecond(Long.parseLong(words[5])));
                LeaseRecord record = new LeaseRecord(
                        file, head, FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
                complete.stream().skip(1).forEach(record::read);
                if (complete.size() > 0 && !text.endsWith("\n")) {
                    record.append("");
                }
                records.add(record);
            }
        }
        return records;
    }

    private void read(String line) {
        String[] words = line.split(" ", 3);
        switch (words[0]) {
            case "begun" -> {
                String[] rest = words[2].split(" ", -1);
                pending.put(Long.parseLong(words[1]), new Made(Kind.valueOf(rest[0]), rest[1]));
            }
            case "done" -> pending.remove(Long.parseLong(words[1]));
            case "made" -> made.add(new Made(Kind.valueOf(words[1]), words[2]));
            case "gone" -> made.remove(new Made(Kind.valueOf(words[1]), words[2]));
            default -> {} // the rest of a line that was cut off
        }
        lines++;
    }

    Head head() {
        return head;
    }

    /**
     * Records that a create is forwarded; {@code number} is unique. Returns false if the lease has made too many objects, or the file
     * cannot be written.
     */
    synchronized boolean begin(long number, Kind kind) {
        if (isIncomplete || made.size() + pending.size() >= MOST_OBJECTS || lines >= MOST_OBJECTS * 10) {
            return false;
        }
        Made begun = new Made(kind, Long.toString(Instant.now().getEpochSecond()));
        pending.put(number, begun);
        append("begun " + number + " " + kind + " " + begun.name);
        return !isIncomplete;
    }

    /** Records that the daemon has answered the create, or has not got it. */
    synchronized void done(long number) {
        if (pending.remove(number) != null && !isIncomplete) {
            append("done " + number);
        }
    }

    synchronized void add(Kind kind, String name) {
        Made added = new Made(kind, name);
        boolean isWord = List.of(name.split(" ", -1)).stream()
                .allMatch(word -> WORD.matcher(word).matches());
        if (isWord && made.add(added)) {
            append("made " + kind + " " + name);
        }
    }

    /** Records that an object is no more, or no object of the lease. */
    synchronized void remove(Made gone) {
        if (made.remove(gone)) {
            append("gone " + gone.kind + " " + gone.name);
        }
    }

    synchronized List<String> of(Kind kind) {
        return made.stream().filter(each -> each.kind == kind).map(Made::name).toList();
    }

    /** Returns whether the file could not be written; no object can be made then. */
    synchronized boolean isIncomplete() {
        return isIncomplete;
    }

    synchronized int size() {
        return made.size();
    }

    /** Returns whether a create of this kind has no answer. */
    synchronized boolean isUnknown(Kind kind) {
        return pending.values().stream().anyMatch(each -> each.kind == kind);
    }

    /** Returns whether an object with the label of the lease was created while a create of the lease had no answer. */
    synchronized boolean isOfUnknown(Kind kind, long createdSeconds) {
        return pending.values().stream()
                .filter(each -> each.kind == kind)
                .mapToLong(each -> Long.parseLong(each.name))
                .anyMatch(begin -> createdSeconds >= begin - 1 && createdSeconds <= begin + LONGEST_CREATE_SECONDS);
    }

    private void append(String line) {
        lines++;
        try {
            ByteBuffer bytes = StandardCharsets.US_ASCII.encode(line + "\n");
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException failed) {
            isIncomplete = true;
            LOG.warn("The record {} cannot be written: its lease makes no further objects", file, failed);
        }
    }

    /** Removes the file, after the last object. */
    void delete() throws IOException {
        close();
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
