package org.socketproxy.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.RequestHead;

/**
 * Request given as arguments: {@code POST /containers/x/stop}, {@code grpc moby.buildkit.v1.Control/Solve}, or a pasted
 * {@code curl} line.
 *
 * @param head the headers of a curl line, or none
 * @param body the JSON body to judge, or null
 */
record RequestLine(
        String method,
        String target,
        RequestHead head,
        @Nullable ByteBuffer body) {
    private static final String CURL = "curl";
    private static final String GRPC = "grpc";
    private static final Pattern CONTINUED = Pattern.compile("\\\\\r?\n");
    /** A shell word with optional quoted parts: {@code -H'Origin: http://page'}. */
    private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"(?:\\\\.|[^\"\\\\])*\"|\\\\.|[^\\s'\"\\\\])+");

    private static final Pattern PART = Pattern.compile("'([^']*)'|\"((?:\\\\.|[^\"\\\\])*)\"|\\\\(.)|([^'\"\\\\]+)");

    RequestLine(String method, String target, RequestHead head) {
        this(method, target, head, null);
    }

    RequestLine withBody(ByteBuffer json) {
        RequestHead withBody = new RequestHead() {
            @Override
            public List<String> values(String header) {
                List<String> values = head.values(header);
                if (!values.isEmpty()) {
                    return values;
                }
                return switch (header.toLowerCase(Locale.ROOT)) {
                    case "content-type" -> List.of("application/json");
                    case "content-length" -> List.of(String.valueOf(json.remaining()));
                    default -> values;
                };
            }

            @Override
            public boolean hasBody() {
                return true;
            }
        };
        return new RequestLine(method, target, withBody, json);
    }

    /** @throws IllegalArgumentException for arguments in neither form; the message shows both */
    static RequestLine parse(List<String> given) {
        List<String> words = given.size() == 1 ? split(given.get(0)) : given;
        if (!words.isEmpty() && words.get(0).equals(CURL)) {
            return CurlLine.parse(words.subList(1, words.size()));
        }
        if (words.size() == 2 && words.get(0).equalsIgnoreCase(GRPC)) {
            String method = words.get(1);
            return new RequestLine("POST", method.startsWith("/") ? method : "/" + method, RequestHead.EMPTY);
        }
        if (words.size() == 2) {
            return new RequestLine(words.get(0), words.get(1), RequestHead.EMPTY);
        }
        throw new IllegalArgumentException(
                "use a method and a target, such as: explain POST /v1.45/containers/web/exec, or a complete curl line");
    }

    private static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(CONTINUED.matcher(line).replaceAll(" "));
        while (matcher.find()) {
            words.add(unquoted(matcher.group()));
        }
        return words;
    }

    private static String unquoted(String word) {
        return PART.matcher(word).replaceAll(part -> {
            String text = part.group(1) != null
                    ? part.group(1)
                    : part.group(2) != null
                            ? part.group(2).replaceAll("\\\\(.)", "$1")
                            : part.group(3) != null ? part.group(3) : part.group(4);
            return Matcher.quoteReplacement(text);
        });
    }

    /** Headers as lines, such as {@code Origin: https://page.example}. */
    record HeaderLines(List<String> lines, boolean hasBody) implements RequestHead {
        HeaderLines {
            lines = List.copyOf(lines);
        }

        @Override
        public List<String> values(String header) {
            String prefix = header + ":";
            return lines.stream()
                    .filter(line -> line.regionMatches(true, 0, prefix, 0, prefix.length()))
                    .map(line -> line.substring(prefix.length()).strip())
                    .toList();
        }
    }
}
