package org.socketproxy.policy.mask;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.socketproxy.policy.mask.MaskRules.SecretPath;

/** A response that has a value at each path of an operation, and other values in odd but valid forms around them. */
final class SecretDocument {
    private static final String OTHER = "\"Other\" : [1.50e+3, -0, \"\\u0041\\/\\u00e9é*\", {\"Env\":null}, true]";

    /** Names of members to nodes; a node is a map or the path of a value. */
    private final Map<String, Object> root = new LinkedHashMap<>();

    private final boolean isStream;

    private SecretDocument(boolean isStream) {
        this.isStream = isStream;
    }

    static SecretDocument of(List<SecretPath> paths, boolean isStream) {
        SecretDocument document = new SecretDocument(isStream);
        paths.forEach(document::add);
        return document;
    }

    @SuppressWarnings("unchecked")
    private void add(SecretPath path) {
        Map<String, Object> node = root;
        List<String> steps = path.steps();
        for (String step : steps.subList(0, steps.size() - 1)) {
            node = (Map<String, Object>) node.computeIfAbsent(step, name -> new LinkedHashMap<String, Object>());
        }
        if (node.put(steps.get(steps.size() - 1), path) != null) {
            throw new IllegalStateException(path + " collides with another path");
        }
    }

    /** Returns the text before masking. */
    String plain() {
        return text(path -> value(path, "pl4nt-" + path.path().length()));
    }

    /** Returns the text in which the values of some groups are masked. */
    String masked(Set<MaskGroup> groups) {
        return text(path -> path.groups().stream().noneMatch(groups::contains)
                ? value(path, "pl4nt-" + path.path().length())
                : masked(path, groups));
    }

    private static String masked(SecretPath path, Set<MaskGroup> groups) {
        String marker = "***masked-by-socket-proxy***";
        return switch (path.method()) {
            case BASE64 -> Base64.getEncoder().encodeToString(marker.getBytes(StandardCharsets.UTF_8));
            case ADDRESS, WHOLE, EMPTY -> marker;
            case MAC -> "02:6d:61:73:6b:00";
            case COMMAND ->
                path.groups().stream().anyMatch(group -> group != MaskGroup.ENV && groups.contains(group))
                        ? marker
                        : value(path, marker);
            default -> value(path, marker);
        };
    }

    private static String value(SecretPath path, String secret) {
        return switch (path.method()) {
            case WHOLE, BASE64, EMPTY, ADDRESS, MAC -> secret;
            case ASSIGNMENT -> "NAME=" + secret;
            case COMMAND -> "--env=NAME=" + secret;
            case BIND -> secret + ":/target:ro";
            case EXEC -> "exec_create: " + secret;
            case SECCOMP -> "seccomp=" + secret;
            case USERINFO -> "https://" + secret + "@registry.example/v2";
        };
    }

    private String text(Function<SecretPath, String> value) {
        StringBuilder text = new StringBuilder();
        write(root, value, text);
        return isStream ? text + "\n" + text + "\n" : text.toString();
    }

    private static void write(Object node, Function<SecretPath, String> value, StringBuilder text) {
        if (node instanceof SecretPath path) {
            text.append('"').append(value.apply(path)).append('"');
            return;
        }
        Map<?, ?> members = (Map<?, ?>) node;
        Object element = members.get("[]");
        if (element != null) {
            text.append("[ ");
            write(element, value, text);
            text.append(",\n");
            write(element, value, text);
            text.append(" ]");
            return;
        }
        text.append('{').append(members.containsKey("*") ? "\"empty\":\"\"" : OTHER);
        members.forEach((name, member) -> {
            text.append(" ,\t\"").append(name.equals("*") ? "any" : name).append("\": ");
            write(member, value, text);
        });
        text.append('}');
    }
}
