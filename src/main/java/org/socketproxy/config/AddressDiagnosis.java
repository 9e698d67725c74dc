package org.socketproxy.config;

import java.util.List;
import java.util.regex.Pattern;

/** Describes the first fault in the address of a TCP listener, and its fix. */
final class AddressDiagnosis {
    private static final String SEPARATOR = "://";
    private static final Pattern DIGITS = Pattern.compile("\\d+");
    private static final Pattern HOST = Pattern.compile("[a-zA-Z0-9._-]*");

    private final List<String> schemes;
    private final int examplePort;

    /** @param schemes the valid schemes with their separator, such as {@code tcp://} */
    AddressDiagnosis(List<String> schemes, int examplePort) {
        this.schemes = schemes;
        this.examplePort = examplePort;
    }

    /** @param text a text that {@link NetworkAddress} cannot parse */
    String of(String text) {
        int end = text.indexOf(SEPARATOR);
        if (text.isEmpty()) {
            return "the address is empty; use tcp://host:port, such as tcp://127.0.0.1:" + examplePort;
        }
        if (text.contains(",")) {
            return "only one address is allowed here";
        }
        if (end < 0) {
            return withoutScheme(text);
        }
        String scheme = text.substring(0, end + SEPARATOR.length());
        if (!schemes.contains(scheme)) {
            return "the scheme " + scheme + " is not allowed here; use " + String.join(" or ", schemes);
        }
        String rest = text.substring(scheme.length());
        return rest.startsWith("[") ? inBrackets(scheme, rest) : named(scheme, rest);
    }

    private String withoutScheme(String text) {
        String port = text.startsWith(":") ? text.substring(1) : text;
        if (isPort(port)) {
            return "the scheme is missing; use tcp://:" + port + " for all addresses, or tcp://127.0.0.1:" + port
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
            return "the closing bracket of the IPv6 address is missing; use " + scheme + "[::1]:" + examplePort;
        }
        String host = rest.substring(1, close);
        if (NetworkAddress.literalV6(host).isEmpty()) {
            return quoted(host) + " in the brackets is not an IPv6 address; use " + scheme + "[::1]:" + examplePort;
        }
        String behind = rest.substring(close + 1);
        return behind.isEmpty() || behind.startsWith(":")
                ? port(scheme + "[" + host + "]", behind)
                : "after the bracket, use a colon and a port instead of " + quoted(behind) + ", such as " + scheme + "["
                        + host + "]:" + examplePort;
    }

    private String named(String scheme, String rest) {
        int colon = rest.indexOf(':');
        if (colon != rest.lastIndexOf(':')) {
            return "an IPv6 address needs brackets; use " + scheme + "[::1]:" + examplePort;
        }
        String host = colon < 0 ? rest : rest.substring(0, colon);
        if (!HOST.matcher(host).matches()) {
            return quoted(host) + " is not a host name or an IP address; use " + scheme + "127.0.0.1:" + examplePort;
        }
        return port(scheme + host, colon < 0 ? "" : rest.substring(colon));
    }

    /** @param behind empty, or a colon and the text after it */
    private String port(String before, String behind) {
        String example = "; use " + before + ":" + examplePort;
        if (behind.length() < 2) {
            return "the port is missing" + example;
        }
        String port = behind.substring(1);
        if (DIGITS.matcher(port).matches()) {
            return "the port " + port + " is too large; the maximum is " + NetworkAddress.LARGEST_PORT;
        }
        int number = 0;
        while (number < port.length() && Character.isDigit(port.charAt(number))) {
            number++;
        }
        return number == 0
                ? "the port " + quoted(port) + " is not a number" + example
                : "remove " + quoted(port.substring(number)) + " after the port; use " + before + ":"
                        + port.substring(0, number);
    }

    private static boolean isPort(String text) {
        return NetworkAddress.parse("tcp://:" + text).isPresent();
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }
}
