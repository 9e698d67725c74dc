package org.socketproxy.usage.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.MayBeNull;

/**
 * Reads and writes the ledger as versioned JSON, without denials: their paths contain container names, and their
 * alternatives may be outdated after a restart.
 */
final class LedgerJson {
    private static final String FORMAT = "docker-socket-proxy ledger";
    /** The counts of the environment's profile stand at the top. */
    private static final long VERSION = 1;

    private static final long VERSION_WITH_PROFILES = 2;
    /** Exceeds the size with the maximum of 257 clients and all operations. */
    private static final long LONGEST_BYTES = 32L << 20;

    /** Number of bytes at the begin of the file that contain the format marker. */
    static final int MARKER_BYTES = 100;

    private static final Pattern MARKER = Pattern.compile("\\s*\\{\\s*\"format\"\\s*:\\s*\"" + FORMAT + "\"");
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(LONGEST_BYTES)
                    .maxNestingDepth(10)
                    .maxStringLength(2 * RecordJson.LONGEST_NAME)
                    .build())
            .build();

    private LedgerJson() {}

    /** Returns true if a file with this begin is a ledger, of any version. */
    static boolean isMarked(String head) {
        return MARKER.matcher(head).lookingAt();
    }

    /** @param learningSince begin of a learn mode that the administrator has not switched off, or null */
    record Content(Map<String, Usage> profiles, @Nullable Instant learningSince) {
        Content {
            profiles = Map.copyOf(profiles);
        }
    }

    record Counts(
            Instant since,
            List<Usage.OperationUse> operations,
            List<Usage.VariableUse> variables,
            List<ClientCounts> clients) {
        static Counts of(Usage usage) {
            return new Counts(
                    usage.since(),
                    usage.operations(),
                    usage.variables(),
                    usage.clients().stream()
                            .map(use -> new ClientCounts(
                                    use.client(), use.first(), use.last(), use.operations(), use.failed()))
                            .toList());
        }

        Usage usage() {
            return new Usage(
                    since,
                    operations,
                    variables,
                    clients.stream().map(ClientCounts::use).toList(),
                    List.of());
        }
    }

    /**
     * @param first null in the file of an earlier version of the program
     * @param failed as {@code first}
     */
    record ClientCounts(
            String client,
            @MayBeNull @Nullable Instant first,
            Instant last,
            List<Usage.ClientOperation> asked,
            @MayBeNull @Nullable Long failed) {
        Usage.ClientUse use() {
            Instant begin = first != null
                    ? first
                    : asked.stream()
                            .map(Usage.ClientOperation::last)
                            .min(Comparator.naturalOrder())
                            .orElse(last);
            return new Usage.ClientUse(client, begin, last, asked, failed == null ? 0 : failed);
        }
    }

    static void write(Content content, OutputStream out) throws IOException {
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
                RecordJson.writeFields(
                        json, Counts.of(profiles.values().iterator().next()));
            } else {
                json.writeArrayFieldStart("profiles");
                for (Map.Entry<String, Usage> profile : new TreeMap<>(profiles).entrySet()) {
                    json.writeStartObject();
                    json.writeStringField("profile", profile.getKey());
                    RecordJson.writeFields(json, Counts.of(profile.getValue()));
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }
    }

    /** @throws IOException if the content is invalid, or cannot be read */
    static Content read(InputStream in) throws IOException {
        try (JsonParser json = FACTORY.createParser(in)) {
            json.nextToken();
            Map<?, ?> ledger = RecordJson.typed(value(json), Map.class);
            if (json.nextToken() != null) {
                throw new IOException("there is data after the end of the ledger");
            }
            long version = RecordJson.typed(ledger.get("version"), Long.class);
            if (!FORMAT.equals(ledger.get("format")) || version != VERSION && version != VERSION_WITH_PROFILES) {
                throw new IOException("the ledger has another format or version");
            }
            Map<String, Usage> profiles = new HashMap<>();
            if (version == VERSION) {
                profiles.put(ProfileOrigin.ENVIRONMENT.name(), usage(ledger));
            } else {
                for (Object each : RecordJson.typed(ledger.get("profiles"), List.class)) {
                    Map<?, ?> profile = RecordJson.typed(each, Map.class);
                    profiles.put(RecordJson.name("profile", profile.get("profile")), usage(profile));
                }
            }
            Object since = ledger.get("learningSince");
            return new Content(profiles, since == null ? null : RecordJson.instant(since));
        }
    }

    private static Usage usage(Map<?, ?> counts) throws IOException {
        return RecordJson.read(Counts.class, counts).usage();
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
