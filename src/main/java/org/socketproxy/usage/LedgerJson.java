package org.socketproxy.usage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.policy.ProfileOrigin;

/**
 * Reads and writes the ledger as versioned JSON, without denials: their paths contain container names, and their
 * alternatives may be outdated after a restart.
 */
final class LedgerJson {
    private static final String FORMAT = "docker-socket-proxy ledger";
    /** The counts of the environment's profile stand at the top. */
    private static final long VERSION = 1;

    private static final long VERSION_WITH_PROFILES = 2;
    private static final String WRONG_FIELD = "a field is missing or has another type";
    /** Exceeds the size with the maximum of 257 clients and all operations. */
    private static final long LONGEST_BYTES = 32L << 20;

    /** Maximum length of a client's name with all characters escaped. */
    private static final int LONGEST_NAME = 1500;

    /** Number of bytes at the begin of the file that contain the format marker. */
    static final int MARKER_BYTES = 100;

    private static final Pattern MARKER = Pattern.compile("\\s*\\{\\s*\"format\"\\s*:\\s*\"" + FORMAT + "\"");
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(LONGEST_BYTES)
                    .maxNestingDepth(10)
                    .maxStringLength(2 * LONGEST_NAME)
                    .build())
            .build();

    private LedgerJson() {}

    /** Returns true if a file with this begin is a ledger, of any version. */
    static boolean isMarked(String head) {
        return MARKER.matcher(head).lookingAt();
    }

    /** Writes the ledger, and leaves the stream open. */
    static void write(LedgerContent content, OutputStream out) throws IOException {
        try (JsonGenerator json = FACTORY.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            Map<String, Usage> profiles = content.profiles();
            boolean isOfEnvironment = profiles.keySet().equals(Set.of(ProfileOrigin.ENVIRONMENT.name()));
            json.writeStartObject();
            json.writeStringField("format", FORMAT);
            json.writeNumberField("version", isOfEnvironment ? VERSION : VERSION_WITH_PROFILES);
            if (content.learningSince() != null) {
                json.writeStringField("learningSince", content.learningSince().toString());
            }
            if (isOfEnvironment) {
                writeUsage(json, profiles.values().iterator().next());
            } else {
                json.writeArrayFieldStart("profiles");
                for (Map.Entry<String, Usage> profile : new TreeMap<>(profiles).entrySet()) {
                    json.writeStartObject();
                    json.writeStringField("profile", profile.getKey());
                    writeUsage(json, profile.getValue());
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }
    }

    private static void writeUsage(JsonGenerator json, Usage usage) throws IOException {
        json.writeStringField("since", usage.since().toString());
        json.writeArrayFieldStart("operations");
        for (Usage.OperationUse use : usage.operations()) {
            writeOperation(json, use);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("variables");
        for (Usage.VariableUse use : usage.variables()) {
            json.writeStartObject();
            json.writeStringField("variable", use.variable());
            json.writeNumberField("count", use.count());
            json.writeStringField("last", use.last().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("clients");
        for (Usage.ClientUse use : usage.clients()) {
            writeClient(json, use);
        }
        json.writeEndArray();
    }

    private static void writeOperation(JsonGenerator json, Usage.OperationUse use) throws IOException {
        json.writeStartObject();
        json.writeStringField("operation", use.operation());
        json.writeStringField("last", use.last().toString());
        json.writeArrayFieldStart("outcomes");
        for (Usage.Outcome outcome : use.outcomes()) {
            json.writeStartObject();
            json.writeBooleanField("allowed", outcome.isAllowed());
            json.writeNumberField("statusClass", outcome.statusClass());
            json.writeNumberField("count", outcome.count());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeClient(JsonGenerator json, Usage.ClientUse use) throws IOException {
        json.writeStartObject();
        json.writeStringField("client", use.client());
        json.writeStringField("first", use.first().toString());
        json.writeStringField("last", use.last().toString());
        json.writeArrayFieldStart("asked");
        for (Usage.ClientOperation each : use.operations()) {
            json.writeStartObject();
            json.writeStringField("operation", each.operation());
            json.writeBooleanField("write", each.isWrite());
            json.writeNumberField("allowed", each.allowed());
            json.writeNumberField("denied", each.denied());
            json.writeStringField("last", each.last().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException if it is anything else, or cannot be read
     */
    static LedgerContent read(InputStream in) throws IOException {
        try (JsonParser json = FACTORY.createParser(in)) {
            json.nextToken();
            Fields ledger = Fields.of(value(json));
            if (json.nextToken() != null) {
                throw new IOException("there is data after the end of the ledger");
            }
            long version = ledger.count("version");
            if (!ledger.text("format").equals(FORMAT) || version != VERSION && version != VERSION_WITH_PROFILES) {
                throw new IOException("the ledger has another format or version");
            }
            Map<String, Usage> profiles = new HashMap<>();
            if (version == VERSION) {
                profiles.put(ProfileOrigin.ENVIRONMENT.name(), readUsage(ledger));
            } else {
                for (Fields profile : ledger.list("profiles")) {
                    profiles.put(profile.name("profile"), readUsage(profile));
                }
            }
            return new LedgerContent(profiles, ledger.instantOrNull("learningSince"));
        }
    }

    private static Usage readUsage(Fields ledger) throws IOException {
        List<Usage.OperationUse> operations = new ArrayList<>();
        for (Fields use : ledger.list("operations")) {
            operations.add(readOperation(use));
        }
        List<Usage.VariableUse> variables = new ArrayList<>();
        for (Fields use : ledger.list("variables")) {
            variables.add(new Usage.VariableUse(use.name("variable"), use.count("count"), use.instant("last")));
        }
        List<Usage.ClientUse> clients = new ArrayList<>();
        for (Fields use : ledger.list("clients")) {
            clients.add(readClient(use));
        }
        return new Usage(ledger.instant("since"), operations, variables, clients, List.of());
    }

    private static Usage.OperationUse readOperation(Fields use) throws IOException {
        List<Usage.Outcome> outcomes = new ArrayList<>();
        for (Fields outcome : use.list("outcomes")) {
            outcomes.add(new Usage.Outcome(
                    outcome.truth("allowed"), (int) outcome.count("statusClass"), outcome.count("count")));
        }
        return new Usage.OperationUse(use.nameOrNull("operation"), use.instant("last"), outcomes);
    }

    private static Usage.ClientUse readClient(Fields use) throws IOException {
        List<Usage.ClientOperation> operations = new ArrayList<>();
        for (Fields each : use.list("asked")) {
            operations.add(new Usage.ClientOperation(
                    each.nameOrNull("operation"),
                    each.truth("write"),
                    each.count("allowed"),
                    each.count("denied"),
                    each.instant("last")));
        }
        Instant last = use.instant("last");
        Instant first = use.instantOrNull("first");
        return new Usage.ClientUse(
                use.name("client"), first == null ? earliest(operations, last) : first, last, operations);
    }

    /** An earlier version of the program did not write when it first saw a client. */
    private static Instant earliest(List<Usage.ClientOperation> operations, Instant last) {
        return operations.stream()
                .map(Usage.ClientOperation::last)
                .min(Comparator.naturalOrder())
                .orElse(last);
    }

    /** The fields of an object. Each method throws {@link IOException} if the field is missing or has another type. */
    private record Fields(Map<?, ?> values) {
        static Fields of(@Nullable Object value) throws IOException {
            return new Fields(typed(value, Map.class));
        }

        private static <T> T typed(@Nullable Object value, Class<T> type) throws IOException {
            if (!type.isInstance(value)) {
                throw new IOException(WRONG_FIELD);
            }
            return type.cast(value);
        }

        private boolean has(String field) {
            return values.get(field) != null;
        }

        String text(String field) throws IOException {
            return typed(values.get(field), String.class);
        }

        /** Reads a name of printable ASCII characters, as {@link PrintableText#escape} writes it. */
        String name(String field) throws IOException {
            String name = text(field);
            boolean isPrintable = name.chars().allMatch(c -> c > ' ' && c <= '~');
            if (name.isEmpty() || name.length() > LONGEST_NAME || !isPrintable) {
                throw new IOException("the " + field + " is not a valid name");
            }
            return name;
        }

        @Nullable
        String nameOrNull(String field) throws IOException {
            return has(field) ? name(field) : null;
        }

        long count(String field) throws IOException {
            long count = typed(values.get(field), Long.class);
            if (count < 0) {
                throw new IOException("the " + field + " is negative");
            }
            return count;
        }

        boolean truth(String field) throws IOException {
            return typed(values.get(field), Boolean.class);
        }

        Instant instant(String field) throws IOException {
            try {
                return Instant.parse(text(field));
            } catch (DateTimeException wrong) {
                throw new IOException(WRONG_FIELD, wrong);
            }
        }

        @Nullable
        Instant instantOrNull(String field) throws IOException {
            return has(field) ? instant(field) : null;
        }

        List<Fields> list(String field) throws IOException {
            List<Fields> list = new ArrayList<>();
            for (Object element : typed(values.get(field), List.class)) {
                list.add(of(element));
            }
            return list;
        }
    }

    /** Parses the value at the current token: a map, a list, a string, a whole number, a boolean or null. */
    private static @Nullable Object value(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == null) {
            throw new IOException("the file ends too early");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> object = new HashMap<>();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String name = json.currentName();
                    json.nextToken();
                    object.put(name, value(json));
                }
                yield object;
            }
            case START_ARRAY -> {
                List<@Nullable Object> array = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(json));
                }
                yield array;
            }
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new IOException("a number is not a whole number");
        };
    }
}
