package org.socketproxy.security;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.socketproxy.testing.Corpus;

/**
 * Row of an attack corpus.
 *
 * @param row number of the attack in the list of attacks
 * @param variables variables that are on in addition to the defaults, or {@code *} for all
 * @param statuses status codes of the responses, in order
 * @param isClosed whether the proxy then closes the connection
 * @param seen request lines that reach the daemon, without the protocol
 * @param bytes bytes that the client sends, one per character
 */
record Attack(int row, String variables, List<String> statuses, boolean isClosed, List<String> seen, String bytes) {
    private static final Pattern BYTE = Pattern.compile("<([0-9a-f]{2})(?:\\*(\\d+))?>");
    private static final int LONGEST_NAME = 150;

    /** Loads the corpora of targets and of bytes. */
    static Stream<Attack> all() {
        return Stream.concat(
                lines("attack-targets.txt").map(Attack::ofTarget),
                lines("attack-bytes.txt").map(Attack::ofBytes));
    }

    private static Stream<String> lines(String corpus) {
        return Corpus.lines(Attack.class, corpus).filter(line -> !line.isBlank() && !line.startsWith("#"));
    }

    private static Attack ofTarget(String line) {
        String[] cells = line.split(" *\\| *", 4);
        String requestLine = bytes(cells[3]);
        String status = cells[2].substring(0, 3);
        boolean isClosed = cells[2].endsWith(" closed");
        List<String> seen = status.equals("200") ? List.of(requestLine) : List.of();
        String bytes = requestLine + " HTTP/1.1\r\nHost: d\r\n\r\n";
        return new Attack(Integer.parseInt(cells[0]), cells[1], List.of(status), isClosed, seen, bytes);
    }

    private static Attack ofBytes(String line) {
        String[] cells = line.split(" *\\| *", 5);
        List<String> answers = new ArrayList<>(List.of(cells[2].split(" ")));
        boolean isClosed = answers.remove("closed");
        answers.remove("none");
        List<String> seen = cells[3].equals("-") ? List.of() : Arrays.asList(cells[3].split(" \\+ "));
        String sent = cells[4].replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
        return new Attack(Integer.parseInt(cells[0]), cells[1], answers, isClosed, seen, bytes(sent));
    }

    private static String bytes(String text) {
        return BYTE.matcher(text).replaceAll(match -> {
            String one = String.valueOf((char) Integer.parseInt(match.group(1), 16));
            int times = match.group(2) == null ? 1 : Integer.parseInt(match.group(2));
            return Matcher.quoteReplacement(one.repeat(times));
        });
    }

    boolean isTunnel() {
        return statuses.contains("101");
    }

    boolean isHead() {
        return bytes.startsWith("HEAD ");
    }

    /** Returns the name in test reports. */
    @Override
    public String toString() {
        StringBuilder name = new StringBuilder(row + " (" + variables + ") ");
        for (char c : bytes.substring(0, Math.min(bytes.length(), LONGEST_NAME)).toCharArray()) {
            name.append(c >= ' ' && c <= '~' ? String.valueOf(c) : String.format("<%02x>", (int) c));
        }
        return name.toString();
    }
}
