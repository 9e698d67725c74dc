package org.socketproxy.policy.mask;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.Rewriter;
import org.socketproxy.json.Splices;

/**
 * Masks a value with all that it contains: strings by the method, numbers become zero; names of members, empty strings, true, false
 * and null pass. Idempotent.
 */
enum MaskMethod implements Rewriter.ValueEdit {
    /** Replaces the whole value. */
    WHOLE(value -> Marker.TEXT),
    /** For fields in base64. */
    BASE64(value -> Marker.BASE64),
    /** Keeps the name in {@code NAME=value} as an element of an array; a name without a value passes. */
    ASSIGNMENT(MaskMethod::maskAssigned),
    /**
     * Keeps a word of a command line up to its first {@code =}, and the name in {@code --env=NAME=value}; other words pass. With
     * another group than {@code env} the whole value is replaced.
     */
    COMMAND(word -> maskWord(word, MaskMethod::maskAssigned)),
    /** Replaces an address by another one that clients can parse; unspecified and loopback addresses pass. */
    ADDRESS(MaskedAddress::of),
    MAC(value -> MaskedAddress.MAC),
    /** Replaces an object, whose names are addresses, by an empty one. */
    EMPTY(value -> Marker.TEXT),
    /** Keeps target and mode in {@code source:/target:mode}. */
    BIND(value -> {
        int target = value.indexOf(":/");
        return target < 0 ? Marker.TEXT : Marker.TEXT + value.substring(target);
    }),
    /** Replaces the command in {@code exec_create: command} and {@code exec_start: command}; other texts pass. */
    EXEC(value -> replaceAfter(List.of("exec_create:", "exec_start:"), " ", value)),
    /** Replaces the profile in {@code seccomp=profile} or {@code seccomp:profile}, and its path after {@code name=seccomp,profile=}. */
    SECCOMP(value -> replaceAfter(List.of("seccomp=", "seccomp:", "name=seccomp,profile=/"), "", value)),
    /** Replaces user name and password in a URL, or in an address without a scheme. */
    USERINFO(value -> {
        int at = value.lastIndexOf('@');
        int scheme = value.indexOf("://");
        int begin = scheme < 0 || scheme > at ? 0 : scheme + "://".length();
        return at < 0 ? value : value.substring(0, begin) + Marker.TEXT + value.substring(at);
    });

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]+");
    private static final byte[] MASKED = json(Marker.TEXT);
    private static final byte[] ZERO = {'0'};
    private static final byte[] EMPTY_OBJECT = {'{', '}'};
    private static final String ENV_OPTION = "--env=";

    @SuppressWarnings("ImmutableEnumChecker") // the functions have no state
    private final UnaryOperator<String> mask;

    MaskMethod(UnaryOperator<String> mask) {
        this.mask = mask;
    }

    /** @param value not empty */
    String mask(String value) {
        return mask.apply(value);
    }

    /**
     * Returns the edit for a selection: environment variables that it does not mask pass.
     *
     * @param groups groups of the value
     */
    Rewriter.ValueEdit forSelection(MaskSelection selection, Set<MaskGroup> groups) {
        boolean isOfOthers = groups.stream()
                .anyMatch(group -> group != MaskGroup.ENV && selection.groups().contains(group));
        if (this == COMMAND && isOfOthers) {
            return WHOLE;
        }
        if (this != ASSIGNMENT && this != COMMAND || !selection.isByName()) {
            return this;
        }
        UnaryOperator<String> byName = variable -> selection.passes(variable) ? variable : maskAssigned(variable);
        return this == COMMAND
                ? (parser, splices) -> edit(parser, splices, word -> maskWord(word, byName))
                : (parser, splices) -> edit(parser, splices, byName);
    }

    @Override
    public void edit(JsonParser parser, Splices splices) throws IOException, ElementException {
        edit(parser, splices, mask);
    }

    private void edit(JsonParser parser, Splices splices, UnaryOperator<String> method)
            throws IOException, ElementException {
        if (this == EMPTY && parser.currentToken() == JsonToken.START_OBJECT) {
            splices.replace(parser, EMPTY_OBJECT);
            return;
        }
        int depth = 0;
        do {
            JsonToken token = parser.currentToken();
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else if (token.isNumeric()) {
                splices.replace(parser, ZERO);
            } else if (token == JsonToken.VALUE_STRING && parser.getTextLength() > 0) {
                editString(parser, splices, method);
            }
        } while (depth > 0 && parser.nextToken() != null);
    }

    private void editString(JsonParser parser, Splices splices, UnaryOperator<String> method)
            throws IOException, ElementException {
        // A map has the names of variables as the names of its members.
        if (this == WHOLE || this == ASSIGNMENT && !parser.getParsingContext().inArray()) {
            splices.replace(parser, MASKED);
            return;
        }
        String value = parser.getText();
        String masked = method.apply(value);
        if (!masked.equals(value)) {
            splices.replace(parser, json(masked));
        }
    }

    private static byte[] json(String text) {
        return JsonText.compact(json -> json.writeString(text)).getBytes(StandardCharsets.UTF_8);
    }

    private static String maskAssigned(String variable) {
        int equals = variable.indexOf('=');
        if (equals < 0) {
            return NAME.matcher(variable).matches() ? variable : Marker.TEXT;
        }
        return equals == variable.length() - 1 ? variable : variable.substring(0, equals + 1) + Marker.TEXT;
    }

    /** The name in a short option such as {@code -eNAME=value} is unknown, so its value is always masked. */
    private static String maskWord(String word, UnaryOperator<String> byName) {
        int begin = word.startsWith(ENV_OPTION) ? ENV_OPTION.length() : 0;
        String variable = word.substring(begin);
        if (word.indexOf('=') < 0) {
            return word;
        }
        return word.substring(0, begin) + (variable.startsWith("-") ? maskAssigned(variable) : byName.apply(variable));
    }

    private static String replaceAfter(List<String> prefixes, String separator, String value) {
        return prefixes.stream()
                .filter(value::startsWith)
                .findFirst()
                .map(prefix -> prefix + separator + Marker.TEXT)
                .orElse(value);
    }
}
