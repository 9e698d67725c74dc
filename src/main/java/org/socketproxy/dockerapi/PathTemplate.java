package org.socketproxy.dockerapi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Path of an API operation with parameters; matches the whole path (anchored at both ends).
 *
 * <p>{@code {id}} matches one segment, {@code {id=container}} one segment that is a container reference, and
 * {@code {name=path}} one or more segments, for names such as {@code registry:5000/team/app}. A trailing slash is a
 * separate segment. {@code ?link=1} after the path is a parameter that the query must have, with a value that every daemon
 * reads as true.
 */
public final class PathTemplate implements Comparable<PathTemplate> {
    private enum Type {
        LITERAL,
        CONTAINER,
        SEGMENT,
        PATH
    }

    private record Part(Type type, String text) {
        private static final String CONTAINER_PUNCTUATION = "_.-:@";

        boolean accepts(String segment) {
            return switch (type) {
                case LITERAL -> text.equals(segment);
                case CONTAINER -> isContainerReference(segment);
                case SEGMENT -> !segment.isEmpty() && !RequestTarget.isSlashEscapedIn(segment);
                case PATH -> !segment.isEmpty();
            };
        }

        /**
         * Accepts names and ids in the form that the daemon assigns, and image references without a slash: clients look
         * these up as containers first and rely on a 404. Colon and at sign may be percent-encoded, because every
         * daemon decodes them in names.
         */
        private static boolean isContainerReference(String segment) {
            int i = 0;
            while (i < segment.length()) {
                if (segment.startsWith("%3A", i) || segment.startsWith("%3a", i) || segment.startsWith("%40", i)) {
                    i += 3;
                } else if (isContainerCharacter(segment.charAt(i))) {
                    i++;
                } else {
                    return false;
                }
            }
            return !segment.isEmpty();
        }

        private static boolean isContainerCharacter(char c) {
            return c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || CONTAINER_PUNCTUATION.indexOf(c) >= 0;
        }
    }

    /** The values that clients send for true. */
    private static final List<String> TRUE = List.of("=1", "=true", "=True");

    private final List<Part> parts;
    private final @Nullable String parameter;
    private final String display;

    private PathTemplate(List<Part> parts, @Nullable String parameter, String display) {
        this.parts = parts;
        this.parameter = parameter;
        this.display = display;
    }

    /** Parses a template such as {@code /containers/{id=container}/json}. */
    public static PathTemplate parse(String template) {
        if (!template.startsWith("/")) {
            throw new IllegalArgumentException("A path template begins with a slash: " + template);
        }
        List<Part> parts = new ArrayList<>();
        StringBuilder display = new StringBuilder();
        int question = template.indexOf('?');
        String path = question < 0 ? template : template.substring(0, question);
        String parameter = question < 0 ? null : parseParameter(template.substring(question + 1), template);
        for (String segment : path.substring(1).split("/", -1)) {
            Part part = parsePart(segment, template);
            parts.add(part);
            display.append('/').append(part.text);
        }
        display.append(template, path.length(), template.length());
        return new PathTemplate(List.copyOf(parts), parameter, display.toString());
    }

    /** Returns the name of a parameter that has the value 1. */
    private static String parseParameter(String assignment, String template) {
        if (!assignment.endsWith("=1")) {
            throw new IllegalArgumentException("The parameter of a path template has the value 1: " + template);
        }
        return assignment.substring(0, assignment.length() - 2);
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

    /**
     * Returns the segments that the first parameter of this template matches, joined with slashes and with their escapes, or null
     * without a parameter.
     *
     * @param target a target that the template matches, which has at most one parameter
     */
    public @Nullable Match match(RequestTarget target) {
        for (int first = 0; first < parts.size(); first++) {
            if (parts.get(first).type != Type.LITERAL) {
                int end = target.segments().size() - (parts.size() - 1 - first);
                return new Match(first, end, String.join("/", target.segments().subList(first, end)));
            }
        }
        return null;
    }

    /**
     * What a parameter of a template matches.
     *
     * @param from index of its first segment
     * @param to index after its last segment
     * @param text the segments, joined with slashes and with their escapes
     */
    public record Match(int from, int to, String text) {}

    /** Returns the first segment, a literal in every template; it is the index key of the catalogue. */
    String firstSegment() {
        return parts.get(0).text;
    }

    /** Returns true if every query parser finds the parameter that the template requires, or it requires none. */
    boolean isQueryRight(RequestTarget target) {
        return parameter == null || TRUE.stream().anyMatch(value -> target.isOnlyParameterOfItsName(parameter + value));
    }

    /**
     * Returns true if the template matches all of these segments. After a mismatch only the last {@code {name=path}}
     * grows by one segment, so the time is linear in the number of segments.
     */
    boolean matches(List<String> segments) {
        int part = 0;
        int at = 0;
        int pathPart = -1;
        int pathEnd = -1;
        while (at < segments.size()) {
            if (part < parts.size() && parts.get(part).accepts(segments.get(at))) {
                if (parts.get(part).type == Type.PATH) {
                    pathPart = part;
                    pathEnd = at;
                }
                part++;
                at++;
            } else if (pathPart >= 0 && parts.get(pathPart).accepts(segments.get(pathEnd + 1))) {
                pathEnd++;
                part = pathPart + 1;
                at = pathEnd + 1;
            } else {
                return false;
            }
        }
        return part == parts.size();
    }

    /** Orders by precedence, highest first: literals before parameters, then longer before shorter templates. */
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

    /** Returns the template in the form of the API documentation, such as {@code /containers/{id}/json}. */
    @Override
    public String toString() {
        return display;
    }
}
