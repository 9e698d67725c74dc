package org.socketproxy.policy.create;

import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.mask.Marker;

/**
 * A value of a request that the rules do not allow.
 *
 * <p>Security: contains names of fields, and values only where they are no secrets: paths of binds, names of capabilities,
 * drivers and runtimes.
 *
 * @param pointer JSON pointer of the value; a parameter of the query is {@code ?name}; empty for the whole body
 * @param subject the value in words, such as {@code HostConfig.Privileged is true}
 * @param remedy the setting that would allow it, or null if none does
 * @param hostPath path of the host that subject and remedy contain, or null
 */
public record Violation(
        Kind kind,
        String pointer,
        String subject,
        @Nullable Remedy remedy,
        @Nullable String hostPath) {
    /** More violations of a body than this are not collected. */
    public static final int MOST = 20;

    public Violation(Kind kind, String pointer, String subject, @Nullable Remedy remedy) {
        this(kind, pointer, subject, remedy, null);
    }

    /** Returns this violation with the marker of {@code MASK} in place of the path of the host. */
    public Violation withoutPath() {
        if (hostPath == null) {
            return this;
        }
        Remedy masked = remedy == null
                ? null
                : new Remedy(remedy.setting, remedy.value.replace(hostPath, Marker.TEXT), remedy.danger);
        return new Violation(kind, pointer, subject.replace(hostPath, Marker.TEXT), masked);
    }

    /** Kind of a violation. */
    public enum Kind {
        /** A field has a value that the rules do not allow. */
        FIELD,
        /** The table has no field of this name, or the value has another form than the API's. */
        UNKNOWN,
        /** A value that {@code CREATE_REQUIRE} or {@code CREATE_IMAGES} asks for is missing. */
        REQUIRED,
        /** The body is not strict JSON, or its headers do not announce JSON. */
        FORM,
        /** The operation as a whole cannot be judged. */
        WHOLE,
        /** {@code EXEC_ALLOW} does not allow the command, or what an exec has beside it. */
        EXEC
    }

    /**
     * An assignment that would allow the value.
     *
     * @param setting name of the setting
     * @param value element to add to the setting
     * @param danger a clause
     */
    public record Remedy(String setting, String value, String danger) {
        private static final String READ_ONLY = ":ro";
        private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9._/-]{1,128}");

        /** Returns an assignment such as {@code BINDS=/srv}. */
        public String assignment() {
            return setting + "=" + value;
        }

        /** Returns true if it gives a client root on the host. */
        public boolean isRoot() {
            return setting.equals("CREATE_ALLOW") && CreateAllowances.isRoot(value)
                    || isBind() && bindGain().isRoot()
                    || setting.equals("EXEC_OPTIONS") && value.equals(ExecRules.Option.PRIVILEGED.word());
        }

        /** Returns true if it lets a client read passwords or keys of the host. */
        public boolean isOfSecrets() {
            return isBind() && bindGain() == HostPaths.Gain.SECRETS;
        }

        /** Returns true for an element of {@code CREATE_ALLOW} that opens ports of the host. */
        public boolean isOfPorts() {
            String word = CreatePermission.PORTS.word();
            return setting.equals("CREATE_ALLOW") && (value.equals(word) || value.startsWith(word + ":"));
        }

        /** Returns the path of the host that containers would only read; null for another remedy. */
        public @Nullable String readPath() {
            return isBind() && value.endsWith(READ_ONLY)
                    ? value.substring(0, value.length() - READ_ONLY.length())
                    : null;
        }

        private boolean isBind() {
            return setting.equals("BINDS");
        }

        private HostPaths.Gain bindGain() {
            boolean isReadOnly = value.endsWith(READ_ONLY);
            String path = isReadOnly ? value.substring(0, value.length() - READ_ONLY.length()) : value;
            return HostPaths.gain(path, isReadOnly);
        }

        /** Returns the element of {@code CREATE_ALLOW}; null if it needs the argument, and the argument is not plain. */
        static @Nullable Remedy of(CreatePermission permission, @Nullable String argument) {
            boolean isPlain = argument == null || isPlain(argument);
            if (!isPlain && permission.argument() != CreatePermission.Argument.OPTIONAL) {
                return null;
            }
            String suffix = argument == null || !isPlain ? "" : ":" + argument;
            return new Remedy("CREATE_ALLOW", permission.word() + suffix, permission.danger());
        }

        /**
         * Returns true if a remedy can contain this text of a client: an administrator may paste it into a shell, a YAML file or an env
         * file, and a pattern would allow more.
         */
        static boolean isPlain(String text) {
            return PLAIN.matcher(text).matches();
        }
    }

    /** Returns the violations with words in front of their subjects. */
    static List<Violation> about(String owner, List<Violation> violations) {
        return violations.stream()
                .map(v -> new Violation(v.kind, v.pointer, owner + v.subject, v.remedy, v.hostPath))
                .toList();
    }

    /** Returns true if the daemon could follow a link that a client has put in place of the path. No container gets such a bind again. */
    public boolean isOfUnprotectedBind() {
        return remedy != null && remedy.value().equals(CreatePermission.BINDS_UNPROTECTED.word());
    }

    /** Returns the sentence for the client, without a full stop. */
    public String sentence() {
        return sentence(Remedy::assignment);
    }

    /** Returns the sentence with the assignment of the remedy in the words of its place. */
    public String sentence(Function<Remedy, String> words) {
        String rule = switch (kind) {
            case REQUIRED -> "";
            case EXEC -> ", which EXEC_ALLOW does not allow";
            default -> ", which CREATE=safe does not allow";
        };
        return remedy == null
                ? subject + rule
                : subject + rule + " (" + words.apply(remedy) + " would; " + remedy.danger() + ")";
    }
}
