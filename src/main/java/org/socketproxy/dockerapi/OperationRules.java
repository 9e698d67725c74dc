package org.socketproxy.dockerapi;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.table.Table;

/**
 * Facts about one operation for the rules of a profile: a row of {@code operation-rules.tsv}. An operation without a row is denied.
 *
 * @param verb action of the operation
 * @param scope action of {@code TARGETS}, and the kind of the object in the path
 * @param filters filters of a list that a confined client may use; other filters name objects of other profiles
 * @param denied parameters, in lower case, that reach objects beside the named one
 * @param traits further facts
 * @param create {@code -}, {@code judged}, {@code harmless}, {@code answered} by the proxy in every profile, or {@code deny: } and the reason
 *     of {@code CREATE=safe}; with {@code podman: } it denies the operation only if the daemon is Podman; with a word of
 *     {@code CREATE_ALLOW} in place of {@code deny} it denies the operation without this permission
 * @param unmaskable content of responses that {@code MASK} cannot mask, because it is not JSON of a known form; else empty
 * @param self objects of the proxy that a request can name, such as {@code container@path}, and their places
 */
public record OperationRules(
        Verb verb,
        String scope,
        Set<String> filters,
        List<String> denied,
        Set<Trait> traits,
        String create,
        String unmaskable,
        List<String> self) {

    /** Action of an operation, the same on both APIs. Only actions that the code of a rule needs have a constant. */
    public enum Verb {
        OTHER,
        START,
        KILL,
        ATTACH,
        CHANGES,
        HEALTHCHECK,
        RENAME,
        COMMIT,
        BUILD,
        PULL,
        PUSH,
        TAG,
        UNTAG,
        EXPORT_IMAGE,
        /** Asks a registry about an image. */
        ASK_REGISTRY,
        /** Searches a registry for names of images. */
        SEARCH_REGISTRY,
        HISTORY,
        CONNECT,
        DISCONNECT,
        EVENTS,
        EXISTS,
        IMAGE_EXISTS,
        /** Statistics of the containers in the query. */
        STATS_OF_ALL,
        CREATE_CONTAINER,
        CREATE_POD,
        CREATE_NETWORK,
        CREATE_VOLUME,
        CREATE_SECRET,
        CREATE_CONFIG,
        /** Creates or updates a service. */
        WRITE_SERVICE,
        DELETE_CONTAINER,
        DELETE_NETWORK,
        DELETE_VOLUME,
        DELETE_IMAGE,
        /** Removes the images in the query. */
        DELETE_IMAGES,
        INSPECT_IMAGE,
        INSPECT_NETWORK,
        INSPECT_POD,
        LIST_CONTAINERS,
        LIST_IMAGES,
        LIST_PODS,
        LIST_TASKS,
        /** Opens a session of BuildKit, through which the daemon reads files and secrets of the client. */
        OPEN_SESSION,
        /** Cancels a classic build. */
        CANCEL_BUILD,
        /** Starts a build of BuildKit. */
        SOLVE,
        BUILD_STATUS,
        /** Call into a running build of BuildKit. */
        BRIDGE,
        BRIDGE_PING,
        BRIDGE_SOLVE,
        BRIDGE_RETURN,
        /** Resolves a source of a running build. */
        BRIDGE_RESOLVE,
        BUILD_HISTORY,
        CHANGE_BUILD_HISTORY,
        /** Reads a blob of the build records. */
        READ_BUILD_HISTORY
    }

    /** Further facts, as far as a rule depends on them. */
    public enum Trait {
        /** Enters, starts, changes or copies files of the container in the path. */
        ENTERS,
        /** Starts the exec in the path. */
        ENTERS_EXEC,
        /** Starts or resumes the containers of the pod in the path. */
        ENTERS_POD,
        /** Runs commands in a container or a build, changes which it runs, or writes its files. */
        RUNS_CODE,
        /** Makes an image of the container in the query. */
        COPIES,
        /** Stops, renames or removes the container in the path. */
        ENDS,
        /** Also starts the containers on which the container depends. */
        STARTS_DEPENDENCIES,
        /** Changes all containers of the pod in the path. */
        REACHES_MEMBERS,
        /** Its errors name other objects. */
        CONFLICTS,
        /** Takes a body that a client can build from an earlier response, with masked values in it. */
        REBUILDS,
        /** Removes objects, one request of a profile after the other. */
        REMOVES,
        /** Removes the images that it names, or one of their names. */
        REMOVES_IMAGE,
        /** Waits for the removal of networks and secrets. */
        WAITS_FOR_REMOVALS,
        /** Takes an archive of files, which the daemon unpacks. */
        UNPACKS,
        /** Takes an archive with a Dockerfile, which the daemon unpacks and reads. */
        UNPACKS_CONTEXT,
        /** Takes a YAML file, or an archive with it, which the daemon unpacks and reads. */
        UNPACKS_PODS,
        /** Takes an archive of images, which the daemon unpacks and reads. */
        UNPACKS_IMAGES,
        /** Changes and enters no object, although its method is that of a write. */
        OBSERVES,
        /** Changes or removes objects that the request does not name. */
        REACHES_ALL,
        /** Its client does not show a denial: buildx uses another driver, which reports an error of a registry. */
        HIDES_DENIAL,
        /** The daemon answers after work of unknown length, so that {@code DAEMON_TIMEOUT} does not apply. */
        LATE,
        /** Its response is nothing but a value that {@code MASK} hides. */
        IS_SECRET
    }

    private record Row(String operation, OperationRules rules) {}

    private static final String JUDGED = "judged";
    private static final String HARMLESS = "harmless";
    private static final String ANSWERED = "answered";
    private static final String DENIED = "deny: ";
    private static final String DENIED_ON_PODMAN = "podman: ";
    private static final Pattern REASON = Pattern.compile("([a-z-]+): (.+)");
    /** Rules of an operation without a row: it is denied. */
    public static final OperationRules NONE =
            new OperationRules(Verb.OTHER, "deny", Set.of(), List.of(), Set.of(), "-", "", List.of());

    private static final Table<Row> TABLE = new Table<>(
            "operation-rules.tsv",
            "operation verb scope filters denied traits create unmaskable self",
            OperationRules::row);

    /** Loaded at the first use. */
    private static final class Rows {
        static final Map<String, OperationRules> BY_ID = new LinkedHashMap<>();

        static {
            for (Row row : TABLE.load(OperationRules.class)) {
                if (BY_ID.put(row.operation, row.rules) != null) {
                    throw new IllegalArgumentException("two rows for " + row.operation);
                }
            }
        }
    }

    private static Row row(String[] cells) {
        Set<Trait> traits = EnumSet.noneOf(Trait.class);
        words(cells[5]).forEach(word -> traits.add(Trait.valueOf(constant(word))));
        boolean hasReason = REASON.matcher(cells[6]).matches();
        if (!Set.of("-", JUDGED, HARMLESS, ANSWERED).contains(cells[6]) && !hasReason) {
            throw new IllegalArgumentException(
                    "create is -, judged, harmless, answered, or deny:, podman: or a permission and a reason, not "
                            + cells[6]);
        }
        return new Row(
                cells[0],
                new OperationRules(
                        cells[1].equals("-") ? Verb.OTHER : Verb.valueOf(constant(cells[1])),
                        cells[2],
                        Set.copyOf(words(cells[3])),
                        words(cells[4]),
                        traits.isEmpty() ? Set.of() : Collections.unmodifiableSet(traits),
                        cells[6],
                        cells[7].equals("-") ? "" : cells[7],
                        words(cells[8])));
    }

    private static String constant(String word) {
        return word.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static List<String> words(String cell) {
        return cell.equals("-") ? List.of() : Arrays.asList(cell.split(" "));
    }

    /** Returns the row of the operation with this id. */
    static OperationRules of(String id) {
        return Rows.BY_ID.getOrDefault(id, NONE);
    }

    /** Returns the rows by the id of the operation, in the order of the table. */
    public static Map<String, OperationRules> all() {
        return Collections.unmodifiableMap(Rows.BY_ID);
    }

    /** Returns the ids of the operations whose rows match, in the order of the table. */
    public static List<String> ids(Predicate<OperationRules> isWanted) {
        return Rows.BY_ID.entrySet().stream()
                .filter(row -> isWanted.test(row.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns true if {@code CREATE=safe} judges the operation, or it gives no access to the host. */
    public boolean isCreateAllowed() {
        return create.equals(JUDGED)
                || create.equals(HARMLESS)
                || isAnswered()
                || !createPermission().isEmpty();
    }

    /** Returns true if the proxy answers the operation with success, and the daemon never gets it. */
    public boolean isAnswered() {
        return create.equals(ANSWERED);
    }

    /** Returns why {@code CREATE=safe} denies the operation as a whole, as the end of a sentence; empty if it does not. */
    public String createDenial() {
        return create.startsWith(DENIED) ? create.substring(DENIED.length()) : "";
    }

    /** Returns the word of {@code CREATE_ALLOW} without which {@code CREATE=safe} denies the operation; empty if it needs none. */
    public String createPermission() {
        Matcher reason = REASON.matcher(create);
        boolean isPermission = reason.matches()
                && createDenial().isEmpty()
                && createDenialOnPodman().isEmpty();
        return isPermission ? reason.group(1) : "";
    }

    /** Returns why the operation needs {@link #createPermission}, as the end of a sentence. */
    public String permissionReason() {
        return create.substring(create.indexOf(' ') + 1);
    }

    /** Returns why {@code CREATE=safe} denies the operation if the daemon is Podman, as the end of a sentence; empty if it does not. */
    public String createDenialOnPodman() {
        return create.startsWith(DENIED_ON_PODMAN) ? create.substring(DENIED_ON_PODMAN.length()) : "";
    }
}
