package org.socketproxy.security;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.socketproxy.dockerapi.Operation;

/** Generates request lines of given operations with zero to three faults. */
final class TargetGenerator {
    private static final List<String> VERSIONS = List.of("", "", "/v1.45", "/v1.41", "/v1.24");
    private static final List<String> NAMES = List.of(
            "zz", "zz-1.x_y", "0123456789ab", "zz%20a", "json", "create", "zz:v1", "zz%3Av1@x", "zz/y", "zz%2Fy");
    private static final List<String> LONG_NAMES =
            List.of("zz", "zz/app:v1", "zz%2Fapp%3Av1", "zz.example:5000/a/b", "zz%2fapp@sha256%3Aab", "json", "get");
    private static final List<String> METHODS = List.of(
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "DELETE",
            "PATCH",
            "OPTIONS",
            "TRACE",
            "get",
            "Post",
            "PROPFIND",
            "FOO",
            "CONNECT");
    private static final List<String> SUFFIXES = List.of(
            "/",
            "/.",
            "/..",
            "//",
            "/exec",
            "/json",
            "/start",
            "/logs",
            "/attach/ws",
            "/archive",
            "X",
            "%00",
            "%20",
            "%0a",
            ";x",
            ";/../json",
            "?x",
            "#x",
            "%3F",
            "%3Fx",
            "%2F",
            "%2Fjson",
            "%2F..%2Fjson",
            "%23",
            "/%2e",
            "%2e%2e",
            "~",
            "+");
    private static final List<String> PREFIXES = List.of(
            "/",
            "//",
            "/.",
            "/..",
            "/x/..",
            "/%2e",
            "/%2e%2e",
            "/_ping/..",
            "/version%2F..",
            "http://d",
            "x:",
            "/v1.45",
            "/v1",
            "/v",
            "/v.",
            "/v1.41.",
            "/v01.41",
            "/v1.41.0.0",
            "/v1%2E41",
            "/V1.45",
            "/v-1.4",
            "/v1.4x",
            "/libpod",
            "/v5.0.0/libpod",
            "%2F",
            "\\",
            ";",
            "?",
            "#",
            "*");
    private static final List<String> SEPARATORS = List.of(
            "//",
            "/./",
            "/../",
            "/x/../",
            "%2F",
            "%2f",
            "%5C",
            "\\",
            "/;/",
            ";/",
            "/%2e/",
            "/%2e%2e/",
            "/..;/",
            "%252F",
            "%252e",
            "/ /",
            "/?/",
            "/#/",
            "%2F%2e%2e%2F",
            "/.%2F",
            "%2F/");
    private static final List<String> WORDS = List.of(
            "containers",
            "images",
            "exec",
            "json",
            "archive",
            "logs",
            "attach",
            "ws",
            "start",
            "stop",
            "secrets",
            "info",
            "get",
            "push",
            "checkpoints",
            "create",
            "prune",
            "v1.45",
            "v1.",
            "networks",
            "volumes",
            "plugins",
            "..",
            ".",
            "a%2Fb");
    private static final List<String> QUERIES = List.of(
            "?",
            "?all=1",
            "?path=/../..",
            "?a?b",
            "?a#b",
            "?%",
            "?%zz",
            "?x=%2e%2e%2F",
            "?;x",
            "?\\",
            "?x={\"a\":1}",
            "?showsecret=1",
            "?/json",
            "?x=1&x=2");

    /** Request line without the protocol. */
    record Line(String method, String target) {}

    private final Random random;
    private final List<Operation> operations;

    TargetGenerator(long seed, List<Operation> operations) {
        this.random = new Random(seed);
        this.operations = operations;
    }

    Line next() {
        Operation operation = operations.get(random.nextInt(operations.size()));
        String method = operation.method();
        String target = any(VERSIONS) + fill(operation.path().toString());
        for (int i = random.nextInt(4); i > 0; i--) {
            if (random.nextInt(12) == 0) {
                method = any(METHODS);
            } else {
                target = mutate(target);
            }
        }
        return new Line(method, target);
    }

    private String fill(String template) {
        List<String> names = template.startsWith("/images/")
                        || template.startsWith("/plugins/")
                        || template.startsWith("/distribution/")
                ? LONG_NAMES
                : NAMES;
        String filled = template;
        while (filled.contains("{")) {
            filled = filled.substring(0, filled.indexOf('{')) + any(names) + filled.substring(filled.indexOf('}') + 1);
        }
        return filled;
    }

    private String mutate(String target) {
        if (target.isEmpty()) {
            return "/";
        }
        int at = random.nextInt(target.length());
        char c = target.charAt(at);
        String before = target.substring(0, at);
        String behind = target.substring(at + 1);
        return switch (random.nextInt(14)) {
            case 0, 1 -> before + escape(c) + behind;
            case 2 -> before + escape('%') + escape(c).substring(1) + behind;
            case 3, 4 -> replaceSlash(target);
            case 5 -> target + any(SUFFIXES);
            case 6 -> any(PREFIXES) + target;
            case 7 -> before + flipCase(c) + behind;
            case 8 -> before + oddByte() + behind;
            case 9 -> before + oddByte() + c + behind;
            case 10 -> before + behind;
            case 11 -> changeSegment(target);
            case 12 -> target + any(QUERIES);
            default -> before + escape((char) random.nextInt(256)) + behind;
        };
    }

    private String replaceSlash(String target) {
        List<Integer> slashes = new ArrayList<>();
        for (int i = target.indexOf('/'); i >= 0; i = target.indexOf('/', i + 1)) {
            slashes.add(i);
        }
        if (slashes.isEmpty()) {
            return "/" + target;
        }
        int at = slashes.get(random.nextInt(slashes.size()));
        return target.substring(0, at) + any(SEPARATORS) + target.substring(at + 1);
    }

    private String changeSegment(String target) {
        List<String> segments = new ArrayList<>(List.of(target.split("/", -1)));
        int at = random.nextInt(segments.size());
        switch (random.nextInt(4)) {
            case 0 -> segments.set(at, any(WORDS));
            case 1 -> segments.add(at, any(WORDS));
            case 2 -> segments.add(at, segments.get(at));
            default -> segments.add(segments.remove(at));
        }
        return String.join("/", segments);
    }

    private String escape(char c) {
        return String.format(random.nextBoolean() ? "%%%02x" : "%%%02X", (int) c & 0xff);
    }

    private char oddByte() {
        String odd = "\0\t\r\u001b\u007f\u0080\u00c3\u00e9\u00ff \\;#?%&=+~@:!$'()*,[]{}|^`\"<>";
        return odd.charAt(random.nextInt(odd.length()));
    }

    private static char flipCase(char c) {
        return Character.isUpperCase(c) ? Character.toLowerCase(c) : c < 0x80 ? Character.toUpperCase(c) : c;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
