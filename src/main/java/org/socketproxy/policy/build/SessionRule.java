package org.socketproxy.policy.build;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.table.Table;

/**
 * Rule for the answers of a client to one call of the daemon on its session: a row of {@code session-calls.tsv}. A call without a row is
 * denied.
 *
 * @param operation id of the operation
 * @param answer type of the messages of the client, or the name of a judge
 * @param isUnary whether the client answers with one message
 * @param mostBytes limit of a message
 * @param asked place of the name for which the daemon asks, or null
 */
public record SessionRule(
        String operation,
        String answer,
        boolean isUnary,
        int mostBytes,
        @Nullable AskedName asked,
        String note) {
    private static final Pattern SIZE = Pattern.compile("(\\d+)([km])");
    private static final int KILO = 1024;

    /** Loaded at the first use, because most proxies serve no builds. */
    private static final class Loaded {
        static final Map<String, SessionRule> BY_OPERATION = load();
    }

    private static Map<String, SessionRule> load() {
        Map<String, SessionRule> rules = new HashMap<>();
        for (SessionRule rule : new Table<>(
                        "session-calls.tsv", "operation answer count bytes asked note", SessionRule::row)
                .load(SessionRule.class)) {
            rules.put(rule.operation, rule);
        }
        return rules;
    }

    private static SessionRule row(String[] cells) {
        Matcher size = SIZE.matcher(cells[3]);
        if (!size.matches() || !cells[2].equals("one") && !cells[2].equals("many")) {
            throw new IllegalArgumentException("the count is one or many, and the bytes are such as 64k or 1m");
        }
        SessionRule rule = new SessionRule(
                cells[0],
                cells[1],
                cells[2].equals("one"),
                Integer.parseInt(size.group(1)) * (size.group(2).equals("k") ? KILO : KILO * KILO),
                cells[4].isEmpty() ? null : AskedName.of(cells[4]),
                cells[5]);
        rule.judge(MessageSplitter.NO_MEMORY);
        return rule;
    }

    /** Returns the row of an operation, or null. */
    public static @Nullable SessionRule of(Operation called) {
        return Loaded.BY_OPERATION.get(called.id());
    }

    /** Creates the judge of one call, which must be closed. */
    public SessionJudge judge(MessageSplitter.Memory memory) {
        return switch (answer) {
            case "archive" -> new UploadJudge(memory);
            case "files" -> new FileSyncJudge();
            case "file-requests" -> new FileSendJudge();
            default -> {
                MessageType type = MessageType.of(answer);
                yield (message, out) ->
                        out.add(ProtoMessage.read(type.name(), message).encode());
            }
        };
    }
}
