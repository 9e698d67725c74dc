package org.socketproxy.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Says which part of a text keeps it from being the address of a TCP listener, and what would be right. */
final class AddressFault {
    private static final String SEPARATOR = "://";
    private static final Pattern DIGITS = Pattern.compile("\\d+");
    private static final Pattern HOST = Pattern.compile("[a-zA-Z0-9._-]*");

    private final List<String> schemes;
    private final int examplePort;

    /** @param schemes those that are possible, with their separator */
    AddressFault(List<String> schemes, int examplePort) {
        this.schemes = schemes;
        this.examplePort = examplePort;
    }

    /** The fault of a text that {@link NetworkAddress} does not read. */
    String of(String text) {
        int end = text.indexOf(SEPARATOR);
        if (text.isEmpty()) {
            return "the address is empty; use tcp://host:port, such as tcp://127.0.0.1:" + examplePort;
        }
        if (text.contains(",")) {
            return "only one address is possible here";
        }
        if (end < 0) {
            return withoutScheme(text);
        }
        String scheme = text.substring(0, end + SEPARATOR.length());
        if (!schemes.contains(scheme)) {
            return "the scheme " + scheme + " is not possible here; use " + String.join(" or ", schemes);
        }
        String rest = text.substring(scheme.length());
        return rest.startsWith("[") ? inBrackets(scheme, rest) : named(scheme, rest);
    }

    private String withoutScheme(String text) {
        String port = text.startsWith(":") ? text.substring(1) : text;
        if (isPort(port)) {
            return "the scheme is missing; use tcp://:" + port + " for every address, or tcp://127.0.0.1:" + port
                    + " for this machine";
        }
        if (text.startsWith("/")) {
            return "the scheme is missing; use "
                    + (schemes.contains(ListenReader.UNIX)
                            ? ListenReader.UNIX + text
                            : "tcp://127.0.0.1:" + examplePort);
        }
        String address = "tcp://" + text;
        return "the scheme is missing; use "
                + (NetworkAddress.parse(address).isPresent()
                        ? address
                        : "tcp://host:port, such as tcp://127.0.0.1:" + examplePort);
    }

    private String inBrackets(String scheme, String rest) {
        int close = rest.indexOf(']');
        if (close < 0) {
            return "the bracket behind the IPv6 address is missing; use " + scheme + "[::1]:" + examplePort;
        }
        String host = rest.substring(1, close);
        if (NetworkAddress.literalV6(host).isEmpty()) {
            return "in the brackets stands " + quoted(host) + ", which is no IPv6 address; use " + scheme + "[::1]:"
                    + examplePort;
        }
        String behind = rest.substring(close + 1);
        return behind.isEmpty() || behind.startsWith(":")
                ? port(scheme + "[" + host + "]", behind)
                : "behind the bracket stands " + quoted(behind) + " instead of a colon and a port; use " + scheme + "["
                        + host + "]:" + examplePort;
    }

    private String named(String scheme, String rest) {
        int colon = rest.indexOf(':');
        if (colon != rest.lastIndexOf(':')) {
            return "an IPv6 address stands in brackets; use " + scheme + "[::1]:" + examplePort;
        }
        String host = colon < 0 ? rest : rest.substring(0, colon);
        if (!HOST.matcher(host).matches()) {
            return quoted(host) + " is no host name or IP address; use " + scheme + "127.0.0.1:" + examplePort;
        }
        return port(scheme + host, colon < 0 ? "" : rest.substring(colon));
    }

    /** @param behind empty, or a colon and what follows it */
    private String port(String before, String behind) {
        String example = "; use " + before + ":" + examplePort;
        if (behind.length() < 2) {
            return "the port is missing" + example;
        }
        String port = behind.substring(1);
        if (DIGITS.matcher(port).matches()) {
            return "the port " + port + " is too large; the largest is " + NetworkAddress.LARGEST_PORT;
        }
        int number = 0;
        while (number < port.length() && Character.isDigit(port.charAt(number))) {
            number++;
        }
        return number == 0
                ? "the port " + quoted(port) + " is not a number" + example
                : "behind the port stands " + quoted(port.substring(number)) + "; use " + before + ":"
                        + port.substring(0, number);
    }

    private static boolean isPort(String text) {
        return Optional.of(text)
                .filter(digits -> DIGITS.matcher(digits).matches())
                .flatMap(digits -> NetworkAddress.parse("tcp://:" + digits))
                .isPresent();
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }
}
