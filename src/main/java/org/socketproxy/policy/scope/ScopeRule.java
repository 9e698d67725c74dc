package org.socketproxy.policy.scope;

import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Trait;

/**
 * How a profile with targets is confined in one operation: the column {@code scope} of {@code operation-rules.tsv}.
 *
 * @param action action of the proxy
 * @param subject the kind of the object that the request names, or whose list it asks for
 */
public record ScopeRule(Action action, Subject subject) {
    /** Treatment of a request of a profile with {@code TARGETS}. */
    public enum Action {
        /** Nothing: the operation shows and changes no objects. */
        PASS,
        /** Deny it, unless the profile allows the operation by its id. */
        DENY,
        /** Look up the object that the target names. */
        OBJECT,
        /** Look up the objects that a parameter of the query names, which can be repeated. */
        OBJECTS,
        /** Also judge the objects that the body or the query names, and force labels on created objects. */
        CREATE,
        /** Filter the list. */
        LIST,
        /** Restrict the filters, which select the objects to remove. */
        PRUNE,
        /** Filter the events. */
        EVENTS,
        /** Filter the lists in the response of {@code /system/df}. */
        USAGE,
        /** Remove counts and addresses. */
        INFO
    }

    /** Kind of the named object: an {@link ObjectKind}, an exec or a task. */
    public enum Subject {
        NONE,
        CONTAINER,
        EXEC,
        NETWORK,
        VOLUME,
        IMAGE,
        SERVICE,
        TASK,
        SECRET,
        CONFIG,
        POD;

        /** Returns the singular, such as {@code exec}. */
        public String noun() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * Returns the kind with the rules that apply.
         *
         * @throws IllegalStateException for {@link #NONE}
         */
        public ObjectKind kind() {
            return switch (this) {
                case NONE -> throw new IllegalStateException("no object is named");
                case EXEC -> ObjectKind.CONTAINER;
                case TASK -> ObjectKind.SERVICE;
                default -> ObjectKind.valueOf(name());
            };
        }
    }

    private static final Set<Trait> ENTERING =
            EnumSet.of(Trait.ENTERS, Trait.ENTERS_EXEC, Trait.ENTERS_POD, Trait.COPIES);

    private static final ScopeRule DENIED = new ScopeRule(Action.DENY, Subject.NONE);

    /** Loaded at the first use, because most programs have no profile with targets. */
    private static final class Rows {
        static final Map<String, ScopeRule> BY_ID = new HashMap<>();

        static {
            OperationRules.all().forEach((id, rules) -> BY_ID.put(id, parse(rules.scope())));
        }
    }

    private static ScopeRule parse(String cell) {
        String[] words = cell.toUpperCase(Locale.ROOT).split(" ", -1);
        return new ScopeRule(Action.valueOf(words[0]), words.length == 1 ? Subject.NONE : Subject.valueOf(words[1]));
    }

    /** Returns true if a profile with targets may not use the operation, unless it allows the operation by its id. */
    public boolean isDenied() {
        return action == Action.DENY;
    }

    /** Returns true if the response has numbers of objects, so that own ones must be counted. */
    public static boolean hasNumbers(Operation operation) {
        return of(operation).action == Action.INFO;
    }

    /**
     * Returns true if a request changes, enters or removes objects, or creates some. Reading files of a container enters it.
     *
     * @param isWrite whether the request is a write, by its method or a parameter
     */
    public static boolean changes(Operation operation, boolean isWrite) {
        OperationRules rules = operation.rules();
        return !rules.traits().contains(Trait.OBSERVES)
                && (isWrite || !rules.self().isEmpty() || !Collections.disjoint(rules.traits(), ENTERING));
    }

    /** Returns the row of an operation; an operation without a row is denied. */
    public static ScopeRule of(Operation operation) {
        return Rows.BY_ID.getOrDefault(operation.id(), DENIED);
    }
}
