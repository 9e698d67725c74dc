package org.socketproxy.policy.mask;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.Rewriter;
import org.socketproxy.table.Table;

/** Masks values in responses: the setting {@code MASK}. */
public final class MaskRules {
    public static final MaskRules NONE = new MaskRules(MaskSelection.NONE, Map.of());

    private final MaskSelection selection;
    private final Map<String, Rule> rules;

    private record Rule(Shape shape, Set<String> lists, ElementEditor masker, Set<MaskGroup> groups) {
        JsonElements elements() {
            return shape.split(lists, JsonElements.MAX_ELEMENT_BYTES, masker);
        }
    }

    /** Division of a response into elements, by the paths of its operation. */
    enum Shape {
        /** One object, held as a whole. */
        VALUE,
        /** An array of elements. */
        ARRAY,
        /** Arrays of elements in an object. */
        MEMBERS,
        /** Values one after the other. */
        STREAM;

        /** Returns the number of steps to an element. */
        int prefix() {
            return switch (this) {
                case VALUE, STREAM -> 0;
                case ARRAY -> 1;
                case MEMBERS -> 2;
            };
        }

        static Shape of(Operation operation, List<SecretPath> paths) {
            if (operation.kind() == Operation.Kind.STREAM) {
                return STREAM;
            }
            List<List<String>> steps = paths.stream().map(SecretPath::steps).toList();
            if (steps.stream().allMatch(path -> path.get(0).equals("[]"))) {
                return ARRAY;
            }
            boolean isMembers = steps.stream()
                            .allMatch(path -> path.size() > 2 && path.get(1).equals("[]"))
                    && steps.stream().map(path -> path.get(0)).distinct().count() == 1;
            return isMembers ? MEMBERS : VALUE;
        }

        /** Returns the name of the array with the elements; empty if it is no member. */
        String list(SecretPath path) {
            return this == MEMBERS ? path.steps().get(0) : "";
        }

        JsonElements split(Set<String> lists, int maxBytes, ElementEditor editor) {
            return switch (this) {
                case VALUE -> JsonElements.value(maxBytes, editor);
                case ARRAY -> JsonElements.array(maxBytes, editor);
                case MEMBERS -> JsonElements.members(lists, maxBytes, editor);
                case STREAM -> JsonElements.stream(maxBytes, editor);
            };
        }
    }

    private MaskRules(MaskSelection selection, Map<String, Rule> rules) {
        this.selection = selection;
        this.rules = Map.copyOf(rules);
    }

    public static MaskRules of(MaskSelection selection, OperationCatalogue catalogue) {
        Set<MaskGroup> groups = selection.groups();
        if (groups.isEmpty()) {
            return NONE;
        }
        Map<String, List<SecretPath>> paths =
                SecretPath.load().stream().collect(Collectors.groupingBy(SecretPath::operation));
        Map<String, Rule> rules = new HashMap<>();
        paths.forEach((id, all) -> {
            List<SecretPath> masked = all.stream()
                    .filter(path -> path.groups().stream().anyMatch(groups::contains))
                    .toList();
            if (!masked.isEmpty()) {
                Shape shape = Shape.of(catalogue.byId(id).orElseThrow(), all);
                rules.put(id, rule(shape, masked, selection));
            }
        });
        return new MaskRules(selection, rules);
    }

    private static Rule rule(Shape shape, List<SecretPath> masked, MaskSelection selection) {
        int maxBytes = shape == Shape.VALUE ? JsonElements.MAX_ELEMENT_BYTES : JsonElements.MAX_WHOLE_BYTES;
        Rewriter masker = Rewriter.anyForm(maxBytes);
        Set<String> lists = new HashSet<>();
        Set<MaskGroup> concerned = EnumSet.noneOf(MaskGroup.class);
        for (SecretPath path : masked) {
            List<String> steps = path.steps();
            lists.add(shape.list(path));
            masker.at(
                    String.join(".", steps.subList(shape.prefix(), steps.size())),
                    path.method().forSelection(selection, path.groups()));
            concerned.addAll(path.groups());
        }
        concerned.retainAll(selection.groups());
        ElementEditor withHead = ElementEditor.withHead(ElementEditor.HEAD, masker);
        return new Rule(shape, lists, withHead, Collections.unmodifiableSet(concerned));
    }

    /** Returns the groups in their order. */
    public Set<MaskGroup> groups() {
        return selection.groups();
    }

    public MaskSelection selection() {
        return selection;
    }

    /** Returns true if the same values are masked in a response of the operation. */
    public boolean isSame(MaskRules other, Operation operation) {
        Set<MaskGroup> concerned = groups(operation);
        return concerned.equals(other.groups(operation))
                && (!concerned.contains(MaskGroup.ENV)
                        || selection.masked().equals(other.selection.masked())
                                && selection.kept().equals(other.selection.kept()));
    }

    /** Returns why the request asks about masked values, as the end of a sentence; null if it does not. */
    public @Nullable String problem(Operation operation, RequestTarget target) {
        return MaskedFilters.problem(operation, target, groups());
    }

    /** Returns the groups with values in a response of the operation. */
    public Set<MaskGroup> groups(Operation operation) {
        Rule rule = rules.get(operation.id());
        return rule == null ? Set.of() : rule.groups();
    }

    /** Returns a note on allowed operations with responses that cannot be masked; none without a mask. */
    public List<String> notes(OperationCatalogue catalogue, Predicate<Operation> isAllowed) {
        List<String> open = OperationRules.ids(rules -> !rules.unmaskable().isEmpty()).stream()
                .filter(id -> isAllowed.test(catalogue.byId(id).orElseThrow()))
                .toList();
        return groups().isEmpty() || open.isEmpty()
                ? List.of()
                : List.of("MASK cannot mask the responses of " + String.join(", ", open)
                        + ", which are allowed (docs/masking.md)");
    }

    /**
     * Masks a whole response.
     *
     * @throws ElementException if it is not JSON of the expected form
     */
    public ByteBuffer mask(String operation, ByteBuffer response) throws ElementException {
        Rule rule = rules.get(operation);
        if (rule == null) {
            return response;
        }
        ByteArrayOutputStream masked = new ByteArrayOutputStream(response.remaining());
        JsonElements elements = rule.elements();
        elements.accept(response, part -> {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            masked.writeBytes(bytes);
        });
        elements.end();
        return ByteBuffer.wrap(masked.toByteArray());
    }

    public boolean masks(Operation operation) {
        return rules.containsKey(operation.id());
    }

    /** Returns a splitter for one response; null if nothing in it is masked. */
    public @Nullable JsonElements elements(Operation operation) {
        Rule rule = rules.get(operation.id());
        return rule == null ? null : rule.elements();
    }

    /**
     * Path of values that may be secrets: a row of {@code secrets.tsv}.
     *
     * @param path names in the daemon's case, separated by dots; {@code []} is each element of an array, {@code *} each member of a
     *     map, such as {@code [].Mounts[].Options.*}
     * @param groups groups of {@code MASK}, one of which must be on
     */
    record SecretPath(String operation, String path, Set<MaskGroup> groups, MaskMethod method) {
        private static final Table<SecretPath> TABLE =
                new Table<>("secrets.tsv", "operation path groups how", SecretPath::parse);

        SecretPath {
            groups = Set.copyOf(groups);
        }

        /** Returns the steps, such as {@code [], Mounts, [], Options, *}. */
        List<String> steps() {
            return Arrays.stream(path.replace("[]", ".[]").split("\\."))
                    .filter(step -> !step.isEmpty())
                    .toList();
        }

        static List<SecretPath> load() {
            return TABLE.load(SecretPath.class);
        }

        private static SecretPath parse(String[] cells) {
            Set<MaskGroup> groups = EnumSet.noneOf(MaskGroup.class);
            for (String word : cells[2].split(",", -1)) {
                groups.add(MaskGroup.valueOf(word.toUpperCase(Locale.ROOT)));
            }
            return new SecretPath(cells[0], cells[1], groups, MaskMethod.valueOf(cells[3].toUpperCase(Locale.ROOT)));
        }
    }
}
