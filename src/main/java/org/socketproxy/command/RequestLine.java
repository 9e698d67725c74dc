package org.socketproxy.command;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.policy.RequestHead;

/**
 * Method and target of a request as people give them: {@code POST /containers/x/stop}, or a pasted {@code curl} line.
 *
 * @param head headers and body as far as they are given
 */
record RequestLine(String method, String target, RequestHead head) {
    private static final String CURL = "curl";
    private static final Pattern CONTINUED = Pattern.compile("\\\\\r?\n");
    /** A word of a shell, whose parts may be quoted: {@code -H'Origin: http://page'}. */
    private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"(?:\\\\.|[^\"\\\\])*\"|\\\\.|[^\\s'\"\\\\])+");

    private static final Pattern PART = Pattern.compile("'([^']*)'|\"((?:\\\\.|[^\"\\\\])*)\"|\\\\(.)|([^'\"\\\\]+)");

    /**
     * Reads the words of a command line.
     *
     * @throws IllegalArgumentException if they are neither, with a sentence that says what would be
     */
    static RequestLine parse(List<String> given) {
        List<String> words = given.size() == 1 ? split(given.get(0)) : given;
        if (!words.isEmpty() && words.get(0).equals(CURL)) {
            return CurlLine.parse(words.subList(1, words.size()));
        }
        if (words.size() == 2) {
            return new RequestLine(words.get(0), words.get(1), RequestHead.EMPTY);
        }
        throw new IllegalArgumentException(
                "give a method and a target, such as: explain POST /v1.45/containers/web/exec, or a whole curl line");
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
}
