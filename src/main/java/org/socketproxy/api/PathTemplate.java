package org.socketproxy.api;

import java.util.ArrayList;
import java.util.List;

/**
 * A path of the API with parameters, matched as a whole: both ends are anchored.
 *
 * <p>{@code {id}} is one segment, {@code {id=container}} one that is a container reference, and {@code {name=path}} one
 * or several segments, for names such as {@code registry:5000/team/app}. A trailing slash is a segment of its own.
 */
public final class PathTemplate implements Comparable<PathTemplate> {
    private enum Type {
        LITERAL,
        CONTAINER,
        SEGMENT,
        PATH
    }

    private record Part(Type type, String text) {}

    private final List<Part> parts;
    private final String display;
    private final boolean isOpenEnded;

    private PathTemplate(List<Part> parts, String display) {
        this.parts = parts;
        this.display = display;
        this.isOpenEnded = parts.stream().anyMatch(part -> part.type == Type.PATH);
    }

    /** Reads a template such as {@code /containers/{id=container}/json}. */
    public static PathTemplate parse(String template) {
        if (!template.startsWith("/")) {
            throw new IllegalArgumentException("A path template begins with a slash: " + template);
        }
        List<Part> parts = new ArrayList<>();
        StringBuilder display = new StringBuilder();
        for (String segment : template.substring(1).split("/", -1)) {
            Part part = parsePart(segment, template);
            parts.add(part);
            display.append('/').append(part.text);
        }
        return new PathTemplate(List.copyOf(parts), display.toString());
    }

    private static Part parsePart(String segment, String template) {
        if (!segment.startsWith("{")) {
            return new Part(Type.LITERAL, segment);
        }
        if (!segment.endsWith("}")) {
            throw new IllegalArgumentException("A parameter fills its whole segment: " + template);
        }
        int equals = segment.indexOf('=');
        if (equals < 0) {
            return new Part(Type.SEGMENT, segment);
        }
        String type = segment.substring(equals + 1, segment.length() - 1);
        String text = segment.substring(0, equals) + "}";
        return switch (type) {
            case "container" -> new Part(Type.CONTAINER, text);
            case "path" -> new Part(Type.PATH, text);
            default -> throw new IllegalArgumentException("Unknown parameter type " + type + " in " + template);
        };
    }

    /** The first segment, which is literal in every template; the catalogue is indexed by it. */
    String firstSegment() {
        return parts.get(0).text;
    }

    boolean matches(List<String> segments) {
        boolean isLengthRight = isOpenEnded ? segments.size() >= parts.size() : segments.size() == parts.size();
        return isLengthRight && matches(segments, 0, 0);
    }

    private boolean matches(List<String> segments, int at, int part) {
        if (part == parts.size()) {
            return at == segments.size();
        }
        if (at == segments.size()) {
            return false;
        }
        Part expected = parts.get(part);
        String segment = segments.get(at);
        return switch (expected.type) {
            case LITERAL -> expected.text.equals(segment) && matches(segments, at + 1, part + 1);
            case CONTAINER -> isContainerReference(segment) && matches(segments, at + 1, part + 1);
            case SEGMENT -> isOneSegment(segment) && matches(segments, at + 1, part + 1);
            case PATH -> matchesPath(segments, at, part);
        };
    }

    private boolean matchesPath(List<String> segments, int at, int part) {
        for (int end = at; end < segments.size() && !segments.get(end).isEmpty(); end++) {
            if (matches(segments, end + 1, part + 1)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOneSegment(String segment) {
        return !segment.isEmpty() && !RequestTarget.isSlashEscapedIn(segment);
    }

    /**
     * Names and ids as the daemon gives them out. dockerd's routes would take slashes, which link aliases make real
     * ({@code /containers/a/b/json}), so anything else is no container reference here.
     */
    private static boolean isContainerReference(String segment) {
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            boolean isAllowed = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || c == '_'
                    || c == '.'
                    || c == '-';
            if (!isAllowed) {
                return false;
            }
        }
        return !segment.isEmpty();
    }

    /** Where several templates match, the smallest is meant: a literal beats a parameter, then the longest wins. */
    @Override
    public int compareTo(PathTemplate other) {
        for (int i = 0; i < Math.min(parts.size(), other.parts.size()); i++) {
            int byType = parts.get(i).type.compareTo(other.parts.get(i).type);
            if (byType != 0) {
                return byType;
            }
        }
        if (parts.size() != other.parts.size()) {
            return Integer.compare(other.parts.size(), parts.size());
        }
        return display.compareTo(other.display);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathTemplate template && parts.equals(template.parts);
    }

    @Override
    public int hashCode() {
        return parts.hashCode();
    }

    /** The template as the API's documentation writes it, such as {@code /containers/{id}/json}. */
    @Override
    public String toString() {
        return display;
    }
}
