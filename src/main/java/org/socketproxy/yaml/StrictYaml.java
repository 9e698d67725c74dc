package org.socketproxy.yaml;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.comments.CommentType;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.CommentEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.socketproxy.yaml.YamlValue.YamlProblem;

/**
 * Reads one YAML 1.2 document without anchors, aliases and tags, at most {@value #MAX_DEPTH} levels deep.
 *
 * <p>Security: linear in the length of the text, because nothing is expanded.
 */
public final class StrictYaml {
    private static final int MAX_DEPTH = 16;

    private StrictYaml() {}

    /**
     * Returns the root, or null after an error of syntax.
     *
     * @param problems receives all problems, now and when values are read
     */
    public static @Nullable YamlValue parse(String text, Consumer<YamlProblem> problems) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(Integer.MAX_VALUE)
                .setAllowRecursiveKeys(false)
                .build();
        try {
            YamlProblem forbidden = firstForbidden(text, settings);
            if (forbidden != null) {
                problems.accept(forbidden);
                return null;
            }
            Optional<Node> root = new Compose(settings).composeString(text);
            if (root.isEmpty()) {
                problems.accept(new YamlProblem(1, 1, "", "the file has no content"));
            }
            return root.map(node -> new YamlValue(node, "", problems)).orElse(null);
        } catch (MarkedYamlEngineException invalid) {
            String quotes = String.valueOf(invalid.getContext()).contains("alias")
                    ? ": put text that begins with * in quotes, such as \"**\""
                    : "";
            problems.accept(at(
                    invalid.getProblemMark(),
                    invalidYaml(invalid.getProblem() + " (" + invalid.getContext() + ")" + quotes)));
        } catch (YamlEngineException invalid) {
            problems.accept(new YamlProblem(1, 1, "", invalidYaml(String.valueOf(invalid.getMessage()))));
        }
        return null;
    }

    /**
     * Returns the text without its comments, and without the lines that have nothing else.
     *
     * @param text without an error of syntax
     */
    public static String withoutComments(String text) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(Integer.MAX_VALUE)
                .setParseComments(true)
                .build();
        int[] points = text.codePoints().toArray();
        StringBuilder rest = new StringBuilder();
        int from = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            if (event instanceof CommentEvent comment && comment.getCommentType() != CommentType.BLANK_LINE) {
                int start = comment.getStartMark().orElseThrow().getIndex();
                rest.append(new String(points, from, start - from));
                from = start + (int) comment.getValue().codePoints().count() + 1;
            }
        }
        rest.append(new String(points, from, points.length - from));
        return rest.toString()
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.stripTrailing() + "\n")
                .collect(Collectors.joining());
    }

    /** The parser's messages can contain a line break of the text. */
    private static String invalidYaml(String message) {
        return "this is not valid YAML: " + message.replaceAll("[\\p{Cc}\\p{Z}]+", " ");
    }

    private static @Nullable YamlProblem firstForbidden(String text, LoadSettings settings) {
        int depth = 0;
        int documents = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
            documents += event instanceof DocumentStartEvent ? 1 : 0;
            String advice = forbidden(event);
            if (advice == null && depth > MAX_DEPTH) {
                advice = "more than " + MAX_DEPTH + " levels are not possible";
            }
            if (advice == null && documents > 1) {
                advice = "a second document is not possible: remove the line with ---";
            }
            if (advice != null) {
                return at(event.getStartMark(), advice);
            }
        }
        return null;
    }

    private static @Nullable String forbidden(Event event) {
        boolean isTagged = event instanceof ScalarEvent scalar
                        && scalar.getTag().isPresent()
                || event instanceof CollectionStartEvent start && start.getTag().isPresent();
        if (isTagged) {
            return "tags are not possible: remove the word with !";
        }
        Optional<Anchor> anchor = event instanceof NodeEvent node ? node.getAnchor() : Optional.empty();
        return event instanceof AliasEvent || anchor.isPresent()
                ? "anchors (&) and aliases (*) are not possible: repeat the value, or put text in quotes"
                : null;
    }

    private static YamlProblem at(Optional<Mark> mark, String advice) {
        return new YamlProblem(
                mark.map(Mark::getLine).orElse(0) + 1, mark.map(Mark::getColumn).orElse(0) + 1, "", advice);
    }
}
