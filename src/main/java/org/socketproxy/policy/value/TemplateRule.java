package org.socketproxy.policy.value;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Allows text that the daemon expands as a template of Go, if it has only placeholders of a list.
 *
 * <p>Security: the daemon runs every function of a template: {@code pad} and {@code printf} make a text of any length in its
 * memory. Each pair of braces has to begin a placeholder.
 */
final class TemplateRule implements ValueRule {
    /** The option {@code tag} of a log driver. */
    private static final Set<String> LOG_TAG =
            Set.of("ID", "FullID", "Name", "ImageName", "ImageID", "ImageFullID", "DaemonName");
    /** Values of a service that swarm expands for each task. */
    private static final Set<String> SERVICE = Set.of(
            "Service.ID",
            "Service.Name",
            "Node.ID",
            "Node.Hostname",
            "Node.Platform.Architecture",
            "Node.Platform.OS",
            "Task.ID",
            "Task.Name",
            "Task.Slot");

    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";

    private final ValueRule text;
    private final int most;
    private final Set<String> placeholders;

    private TemplateRule(String text, int most, Set<String> placeholders) {
        this.text = ValueRule.of(text);
        this.most = most;
        this.placeholders = placeholders;
    }

    /** @throws IllegalArgumentException for an unknown name */
    static TemplateRule of(String name) {
        return switch (name) {
            case "log-tag" -> new TemplateRule("line:1024", 16, LOG_TAG);
            case "service" -> new TemplateRule("text:131071", 64, SERVICE);
            default -> throw new IllegalArgumentException("unknown template " + name);
        };
    }

    @Override
    public @Nullable String problem(String value) {
        String problem = text.problem(value);
        return problem != null ? problem : templateProblem(value);
    }

    private @Nullable String templateProblem(String value) {
        int count = 0;
        for (int open = value.indexOf(OPEN); open >= 0; open = value.indexOf(OPEN, open)) {
            int close = value.indexOf(CLOSE, open);
            String action = close < 0
                    ? ""
                    : value.substring(open + OPEN.length(), close).strip();
            if (!action.startsWith(".") || !placeholders.contains(action.substring(1))) {
                return "has a template other than the placeholders of the manual";
            }
            if (++count > most) {
                return "has more than " + most + " placeholders";
            }
            open = close + CLOSE.length();
        }
        return null;
    }
}
