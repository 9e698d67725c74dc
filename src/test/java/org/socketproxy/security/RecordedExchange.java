package org.socketproxy.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Everything that a request causes.
 *
 * @param audit the audit records without time, number, client and duration
 * @param responses status, hash of head and body, and the message of the proxy
 * @param daemon the requests at the daemon: method, target, hash of the body
 */
record RecordedExchange(String audit, String responses, List<String> daemon) {
    private static final String CELL = " | ";
    private static final String SAME = "~";

    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.ISO_8859_1));
            return HexFormat.of().formatHex(digest, 0, 5);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * Abbreviates the path of the request in its audit record, and the request line at the daemon if it is that of the client, to
     * {@value #SAME}.
     */
    static RecordedExchange of(String request, String audit, String responses, List<String> daemon) {
        String line = request.replaceFirst("(?s) HTTP/1\\.1\r\n.*", "");
        String path = line.replaceFirst("\\?.*", "").replaceFirst("^[A-Z]+ ", "");
        return new RecordedExchange(
                audit.replace(" " + path + " ", " " + SAME + " "),
                responses,
                daemon.stream()
                        .map(each -> each.equals(line) || each.startsWith(line + " ")
                                ? SAME + each.substring(line.length())
                                : each)
                        .toList());
    }

    static RecordedExchange parse(String text) {
        String[] cells = text.split(" \\| ?", 3);
        return new RecordedExchange(
                cells[0], cells[1], cells[2].isEmpty() ? List.of() : List.of(cells[2].split(" \\+ ")));
    }

    /** Returns true if only questions about objects are missing: requests by GET, of which the last one may be the client's. */
    boolean isSameWithFewerQuestions(RecordedExchange now) {
        List<String> missing = new ArrayList<>(daemon);
        return audit.equals(now.audit)
                && responses.equals(now.responses)
                && writes(daemon).equals(writes(now.daemon))
                && now.daemon.stream().allMatch(missing::remove)
                && (!isForwarded() || now.isForwarded() && last(daemon).equals(last(now.daemon)));
    }

    /** Returns true if at most the questions about objects differ; the request itself looks like one if it is a GET. */
    boolean isSameButForQuestions(RecordedExchange now, boolean isGet) {
        List<String> was = new ArrayList<>(writes(daemon));
        List<String> is = new ArrayList<>(writes(now.daemon));
        if (isGet) {
            was.removeIf(each -> each.startsWith(SAME));
            is.removeIf(each -> each.startsWith(SAME));
        }
        return audit.equals(now.audit) && responses.equals(now.responses) && was.equals(is);
    }

    boolean isSelfUnknown() {
        return audit.startsWith("deny self-unknown ");
    }

    private boolean isForwarded() {
        return !audit.startsWith("deny ") && !daemon.isEmpty();
    }

    private static String last(List<String> requests) {
        return requests.get(requests.size() - 1);
    }

    private static List<String> writes(List<String> requests) {
        return requests.stream().filter(each -> !each.startsWith("GET ")).toList();
    }

    @Override
    public String toString() {
        return audit + CELL + responses + CELL + String.join(" + ", daemon);
    }
}
