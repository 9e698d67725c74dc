package org.socketproxy.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Method and target of a request as people give them: {@code POST /containers/x/stop}, or a pasted {@code curl} line.
 *
 * @param isFromBrowser whether it has a header by which browsers mark what a page sends
 */
record RequestLine(String method, String target, boolean isFromBrowser) {
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"((?:\\\\.|[^\"])*)\"|(\\S+)");
    private static final Pattern URL = Pattern.compile("(?:https?://)?[^/]*(/.*)?");
    private static final Set<String> CURL_DATA = Set.of(
            "-d",
            "--data",
            "--data-raw",
            "--data-binary",
            "--data-ascii",
            "--data-urlencode",
            "--json",
            "-F",
            "--form");
    /** The other options of curl that take a value. */
    private static final Set<String> CURL_VALUED = Set.of(
            "-o",
            "--output",
            "-u",
            "--user",
            "-A",
            "--user-agent",
            "-e",
            "--referer",
            "-m",
            "--max-time",
            "--unix-socket",
            "--abstract-unix-socket",
            "--cacert",
            "--cert",
            "--key",
            "-E",
            "-x",
            "--proxy",
            "-w",
            "--write-out",
            "--connect-timeout",
            "--retry",
            "-b",
            "--cookie",
            "-c",
            "--cookie-jar",
            "--resolve",
            "-K",
            "--config");

    /**
     * Reads the words of a command line.
     *
     * @throws IllegalArgumentException if they are neither, with a sentence that says what would be
     */
    static RequestLine parse(List<String> given) {
        List<String> words = given.size() == 1 ? split(given.get(0)) : given;
        if (!words.isEmpty() && words.get(0).equals("curl")) {
            return parseCurl(words.subList(1, words.size()));
        }
        if (words.size() == 2) {
            return new RequestLine(words.get(0), words.get(1), false);
        }
        throw new IllegalArgumentException(
                "give a method and a target, such as: explain POST /v1.45/containers/web/exec, or a whole curl line");
    }

    private static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            String quoted = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
            words.add(quoted != null ? quoted.replaceAll("\\\\(.)", "$1") : matcher.group(3));
        }
        return words;
    }

    private static RequestLine parseCurl(List<String> words) {
        String method = null;
        String implied = "GET";
        boolean isGetForced = false;
        boolean isFromBrowser = false;
        String url = null;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String attached = word.startsWith("-X") && word.length() > 2 ? word.substring(2) : null;
            if (attached != null) {
                method = attached;
            } else if (word.equals("-X") || word.equals("--request")) {
                method = valueAt(words, ++i);
            } else if (word.equals("-I") || word.equals("--head")) {
                implied = "HEAD";
            } else if (word.equals("-G") || word.equals("--get")) {
                isGetForced = true;
            } else if (word.equals("-T") || word.equals("--upload-file")) {
                implied = "PUT";
                i++;
            } else if (CURL_DATA.contains(word)) {
                implied = "POST";
                i++;
            } else if (word.equals("-H") || word.equals("--header")) {
                String header = valueAt(words, ++i).toLowerCase(Locale.ROOT);
                isFromBrowser |= header.startsWith("origin:") || header.startsWith("sec-fetch-site:");
            } else if (CURL_VALUED.contains(word)) {
                i++;
            } else if (!word.startsWith("-")) {
                url = word;
            } else if (word.equals("--url")) {
                url = valueAt(words, ++i);
            }
        }
        if (url == null) {
            throw new IllegalArgumentException("this curl line holds no URL");
        }
        String chosen = method != null ? method : isGetForced ? "GET" : implied;
        return new RequestLine(chosen, targetOf(url), isFromBrowser);
    }

    private static String valueAt(List<String> words, int index) {
        if (index >= words.size()) {
            throw new IllegalArgumentException("this curl line ends where a value is due");
        }
        return words.get(index);
    }

    private static String targetOf(String url) {
        Matcher matcher = URL.matcher(url.replaceFirst("#.*", ""));
        return matcher.matches() && matcher.group(1) != null ? matcher.group(1) : "/";
    }
}
