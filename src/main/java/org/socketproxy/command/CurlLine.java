package org.socketproxy.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.command.RequestLine.HeaderLines;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Parses a curl command line into curl's request. Picocli parses the options; a table has curl's options with a value, as in
 * {@code -sXPOST}.
 */
final class CurlLine {
    private static final String TABLE = "curl-options.txt";
    private static final String TAKES_VALUE = "VALUE";
    /** Disables picocli's separator between option and value: for curl, {@code -X=POST} is the method {@code =POST}. */
    private static final String NO_SEPARATOR = "\0";

    private static final Pattern URL =
            Pattern.compile("(?:[a-zA-Z]+://)?(?<authority>[^/?]*)(?<target>.*)", Pattern.DOTALL);
    private static final String URLENCODE = "--data-urlencode";
    /** Options with the body, or with the query after {@code -G}. */
    private static final List<String> DATA =
            List.of("--data", "--data-raw", "--data-binary", "--data-ascii", "--json", URLENCODE);

    private static final List<String> FORM = List.of("--form", "--form-string");

    private final ParseResult line;

    private CurlLine(ParseResult line) {
        this.line = line;
    }

    /** @throws IllegalArgumentException if curl would not send exactly one request, with the reason */
    static RequestLine parse(List<String> words) {
        try {
            ParseResult result = new picocli.CommandLine(options())
                    .setSeparator(NO_SEPARATOR)
                    .setExpandAtFiles(false)
                    .setOverwrittenOptionsAllowed(true)
                    .setAllowOptionsAsOptionParameters(true)
                    .parseArgs(words.toArray(String[]::new));
            CurlLine line = new CurlLine(result);
            return new RequestLine(line.method(), line.target(), line.head());
        } catch (ParameterException bad) {
            throw new IllegalArgumentException("curl would reject this line: " + bad.getMessage(), bad);
        }
    }

    private static CommandSpec options() {
        InputStream resource = CurlLine.class.getResourceAsStream(TABLE);
        if (resource == null) {
            throw new IllegalStateException("The table " + TABLE + " is missing from the program");
        }
        try (BufferedReader table = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            CommandSpec options = CommandSpec.create();
            table.lines().map(CurlLine::option).forEach(options::addOption);
            return options.addPositional(PositionalParamSpec.builder()
                    .paramLabel("URL")
                    .arity("0..*")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .build());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static OptionSpec option(String row) {
        List<String> cells = new ArrayList<>(Arrays.asList(row.split(" ")));
        boolean isValued = cells.remove(TAKES_VALUE);
        String[] names = cells.toArray(String[]::new);
        return isValued
                ? OptionSpec.builder(names)
                        .arity("1")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .build()
                : OptionSpec.builder(names)
                        .arity("0")
                        .type(Boolean.class)
                        .negatable(true)
                        .build();
    }

    private List<String> values(String option) {
        return line.matchedOptionValue(option, List.of());
    }

    private boolean has(String option) {
        return line.hasMatchedOption(option);
    }

    private boolean hasAny(List<String> options) {
        return options.stream().anyMatch(this::has);
    }

    private String method() {
        List<String> named = values("--request");
        if (!named.isEmpty()) {
            return named.get(named.size() - 1);
        }
        if (has("--head")) {
            return "HEAD";
        }
        if (has("--get")) {
            return "GET";
        }
        return has("--upload-file") ? "PUT" : hasAny(DATA) || hasAny(FORM) ? "POST" : "GET";
    }

    private HeaderLines head() {
        List<String> headers = new ArrayList<>(values("--header"));
        HeaderLines given = new HeaderLines(headers, false);
        if (given.values("Host").isEmpty()) {
            headers.add("Host: " + authority());
        }
        String type = contentType();
        if (!type.isEmpty() && given.values("Content-Type").isEmpty()) {
            headers.add("Content-Type: " + type);
        }
        if (hasBody() && !isBodyAnnounced(given)) {
            textOfOneBody()
                    .ifPresent(text -> headers.add("Content-Length: " + text.getBytes(StandardCharsets.UTF_8).length));
        }
        return new HeaderLines(headers, hasBody() || isBodyAnnounced(given));
    }

    /** Returns the type of a body without one in the line; empty if it has no effect here. */
    private String contentType() {
        if (hasAny(FORM)) {
            return "multipart/form-data";
        }
        boolean isData = DATA.stream().anyMatch(option -> !option.equals("--json") && has(option));
        return isData ? "application/x-www-form-urlencoded" : "";
    }

    private static boolean isBodyAnnounced(HeaderLines given) {
        return !given.values("Transfer-Encoding").isEmpty()
                || given.values("Content-Length").stream().anyMatch(length -> !length.equals("0"));
    }

    private boolean hasBody() {
        boolean isDataSent = !has("--get")
                && DATA.stream().flatMap(option -> values(option).stream()).anyMatch(value -> !value.isEmpty());
        return isDataSent || hasAny(FORM) || has("--upload-file");
    }

    /** Returns the body if it is the unchanged value of one option. */
    private Optional<String> textOfOneBody() {
        List<String> texts =
                DATA.stream().flatMap(option -> values(option).stream()).toList();
        boolean isChanged = has(URLENCODE) || hasAny(FORM) || has("--upload-file");
        return texts.size() != 1 || isChanged || texts.get(0).startsWith("@")
                ? Optional.empty()
                : Optional.of(texts.get(0));
    }

    private String authority() {
        Matcher url = url();
        return url.matches() ? url.group("authority") : "";
    }

    private Matcher url() {
        List<String> urls = new ArrayList<>(line.matchedPositionalValue(0, List.<String>of()));
        urls.addAll(values("--url"));
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("this curl line contains no URL");
        }
        if (urls.size() > 1 || has("--next")) {
            throw new IllegalArgumentException("this curl line sends more than one request; use one URL");
        }
        return URL.matcher(urls.get(0).replaceFirst("(?s)#.*", ""));
    }

    private String target() {
        Matcher url = url();
        String target = url.matches() ? url.group("target") : "";
        String whole = target.startsWith("/") ? target : "/" + target;
        List<String> query = query();
        return query.isEmpty() ? whole : whole + (whole.contains("?") ? "&" : "?") + String.join("&", query);
    }

    /** Returns the parameters that curl appends to the URL. */
    private List<String> query() {
        List<String> query = new ArrayList<>();
        if (has("--get")) {
            for (String option : DATA) {
                for (String value : values(option)) {
                    query.add(option.equals(URLENCODE) ? encoded(value) : inline(value));
                }
            }
        }
        values("--url-query").forEach(value -> query.add(value.startsWith("+") ? value.substring(1) : encoded(value)));
        return query;
    }

    /** Percent-encodes the content of {@code name=content} and {@code =content} like curl. */
    private static String encoded(String value) {
        int end = value.indexOf('=');
        if (end < 0 && value.contains("@")) {
            return inline("@");
        }
        String name = end <= 0 ? "" : value.substring(0, end + 1);
        return name
                + URLEncoder.encode(value.substring(end + 1), StandardCharsets.UTF_8)
                        .replace("+", "%20");
    }

    private static String inline(String value) {
        if (value.startsWith("@")) {
            throw new IllegalArgumentException(
                    "this curl line reads the query from a file; write the query into the URL");
        }
        return value;
    }
}
