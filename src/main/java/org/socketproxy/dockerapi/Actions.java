package org.socketproxy.dockerapi;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.Table;

/**
 * Operations in words, such as {@code restart a container}: {@code actions.tsv} has a row for an id, or for the verb of ids that begin
 * with the name of an object. Podman's operations have the words of Docker's.
 */
public final class Actions {
    private static final String ANY = "*";
    private static final String LIBPOD = "Libpod";
    /** Names of objects by the beginning of ids. */
    private static final Map<String, String> OBJECTS = objects();

    private static final Map<String, String> WORDS = words();

    private Actions() {}

    private static Map<String, String> objects() {
        Map<String, String> objects = new LinkedHashMap<>();
        for (String name : List.of(
                "Container",
                "Image",
                "Network",
                "Volume",
                "Plugin",
                "Service",
                "Node",
                "Task",
                "Secret",
                "Config",
                "Checkpoint",
                "Pod",
                "Artifact")) {
            objects.put(name, name.toLowerCase(Locale.ROOT));
        }
        objects.put("Manifest", "manifest list");
        objects.put("Quadlet", "Quadlet file");
        return objects;
    }

    private static Map<String, String> words() {
        Map<String, String> words = new TreeMap<>();
        new Table<>("actions.tsv", "operation words", cells -> cells)
                .load(Actions.class)
                .forEach(row -> words.put(row[0], row[1]));
        return words;
    }

    /** Returns the operation as an infinitive; its id if the table has no words for it; empty for null. */
    public static String of(@Nullable String operation) {
        if (operation == null) {
            return "";
        }
        String id =
                operation.endsWith(LIBPOD) ? operation.substring(0, operation.length() - LIBPOD.length()) : operation;
        String words = WORDS.get(id);
        return words == null ? ofVerb(id, operation) : words;
    }

    private static String ofVerb(String id, String operation) {
        for (Map.Entry<String, String> object : OBJECTS.entrySet()) {
            String pattern = id.startsWith(object.getKey())
                    ? WORDS.get(ANY + id.substring(object.getKey().length()))
                    : null;
            if (pattern != null) {
                String noun = object.getValue();
                String article = "ai".indexOf(noun.charAt(0)) < 0 ? "a " : "an ";
                return pattern.replace("{a}", article + noun).replace("{s}", noun + "s");
            }
        }
        return operation;
    }
}
