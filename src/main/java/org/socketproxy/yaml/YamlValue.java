package org.socketproxy.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.socketproxy.table.NearestName;

/**
 * A mapping, a list, or a text of a YAML document. Reading it as another type reports a problem and returns an empty value.
 */
public final class YamlValue {
    private final Node node;
    private final String path;
    private final Consumer<YamlProblem> problems;

    YamlValue(Node node, String path, Consumer<YamlProblem> problems) {
        this.node = node;
        this.path = path;
        this.problems = problems;
    }

    /** Counts from 1. */
    public int line() {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    /** Returns keys such as {@code profiles.ci.clients[0]}. */
    public String path() {
        return path;
    }

    public boolean isMapping() {
        return node instanceof MappingNode;
    }

    public boolean isList() {
        return node instanceof SequenceNode;
    }

    /** Returns the text if the value is one that matches; reports nothing. */
    public Optional<String> ifText(Pattern pattern) {
        return node instanceof ScalarNode scalar
                        && !scalar.getTag().equals(Tag.NULL)
                        && pattern.matcher(scalar.getValue()).matches()
                ? Optional.of(scalar.getValue())
                : Optional.empty();
    }

    public boolean isEmptyMapping() {
        return node instanceof MappingNode mapping && mapping.getValue().isEmpty();
    }

    public void refuse(String advice) {
        int column = node.getStartMark().map(Mark::getColumn).orElse(0) + 1;
        problems.accept(new YamlProblem(line(), column, path, advice));
    }

    /** Returns the entries of a mapping in order; reports keys that come twice or are no text. */
    public Map<String, YamlValue> entries() {
        Map<String, YamlValue> entries = new LinkedHashMap<>();
        if (!(node instanceof MappingNode mapping)) {
            refuse("use lines with key: value here");
            return entries;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            YamlValue key = new YamlValue(tuple.getKeyNode(), path, problems);
            String name = key.text();
            YamlValue value = new YamlValue(tuple.getValueNode(), path.isEmpty() ? name : path + "." + name, problems);
            if (entries.putIfAbsent(name, value) != null) {
                key.refuse("the key " + name + " comes twice: merge the two, or remove one");
            }
        }
        return entries;
    }

    /** Returns the entries with known keys, and reports other keys. */
    public Map<String, YamlValue> entries(List<String> known) {
        Map<String, YamlValue> entries = entries();
        entries.entrySet().removeIf(entry -> {
            boolean isUnknown = !known.contains(entry.getKey());
            if (isUnknown) {
                entry.getValue()
                        .refuse("there is no key " + entry.getKey() + " here"
                                + NearestName.advice(
                                        entry.getKey(), known, ": use some of " + String.join(", ", known)));
            }
            return isUnknown;
        });
        return entries;
    }

    public List<YamlValue> elements() {
        List<YamlValue> elements = new ArrayList<>();
        if (!(node instanceof SequenceNode sequence)) {
            refuse("use a list here, such as [a, b]");
            return elements;
        }
        for (Node element : sequence.getValue()) {
            elements.add(new YamlValue(element, path + "[" + elements.size() + "]", problems));
        }
        return elements;
    }

    /** Returns a single text as a list of one. */
    public List<YamlValue> elementsOrOne() {
        return node instanceof ScalarNode ? List.of(this) : elements();
    }

    /** Returns a text, number or boolean as written; empty only after a problem. */
    public String text() {
        if (!(node instanceof ScalarNode scalar)) {
            refuse("use a text or a number here");
            return "";
        }
        if (scalar.getTag().equals(Tag.NULL) || scalar.getValue().isEmpty()) {
            refuse("a value is missing here");
            return "";
        }
        return scalar.getValue();
    }

    /**
     * An error in the document; line and column (in code points) count from 1.
     *
     * @param path keys such as {@code profiles.ci.clients[0]}; empty for the whole document
     * @param advice the error and its fix
     */
    public record YamlProblem(int line, int column, String path, String advice) {}
}
