package org.socketproxy.policy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.policy.create.Violation;

/**
 * Reason of a decision, of a denial, or of a response that is withheld. The code in audit records is stable: the name in lower case,
 * with dashes. {@code explanations.tsv} says what each one means.
 */
public enum Reason {
    SECTION,
    ALONE,
    OPERATION_ALLOWED,

    // Decisions of the policy.
    OPERATION_DENIED,
    PERMISSION_ENDED,
    OPERATION_UNCONFINED,
    TARGET_PARAMETER_UNCONFINED,
    WRITE_TARGET,
    OBJECT_PROTECTED,
    SELF_PROTECTED,
    CLIENT_PROTECTED,
    NO_PROFILE,
    LEASE_ENDED,
    LEASE_FULL,
    VARIABLE_MISSING,
    NEVER,
    COMPATIBILITY,
    UNLISTED,
    BROWSER,
    VERSION_TOO_OLD,
    PARAMETER_PATH,
    PARAMETER_DRIVER,
    PARAMETER_PRIVILEGE,
    PARAMETER_UNKNOWN,
    PARAMETER_VALUE,
    PARAMETER_VARIABLE,
    BODY_REFUSED,
    FORM_BODY,
    CREATE_WHOLE,
    CREATE_FIELD,
    CREATE_UNKNOWN,
    CREATE_REQUIRED,
    CREATE_FORM,
    EXEC_COMMAND,
    MASKED_VALUE,
    MASKED_FILTER,

    // Limits of a profile; see ProfileLimit, and Totals for the last one.
    PROFILE_MAX_CONNECTIONS,
    PROFILE_MAX_EXCHANGES,
    PROFILE_MAX_EXEC,
    PROFILE_MAX_STREAM,
    PROFILE_MAX_REQUESTS,
    PROFILE_MAX_OBJECTS,

    // Denials that no variable and no setting changes.
    TARGET_OUTSIDE,
    TARGET_NAME,
    TARGET_BODY,
    SELF_UNKNOWN,
    CONTAINER_NAME,
    CONTAINER_INCOMPLETE,
    ARCHIVE_REFUSED,
    BODY_TOO_LARGE,
    BODY_MEMORY,
    BODY_TIMEOUT,
    BODY_INCOMPLETE,
    TURN_TIMEOUT,
    BUILD_OWNER,
    BUILD_ID,
    BUILD_RESULT,
    BUILD_DENIED,
    GRPC_MESSAGE,
    NESTED_SESSION,
    SESSION_CONTENT,
    SESSION_NAME,
    UPGRADE_BODY,
    GRPC_CONTENT_TYPE,
    HTTP_VERSION,
    EXTENSION,
    EXTENSION_FAILED,
    INTERNAL_ERROR,
    AUDIT_UNAVAILABLE,
    UNDECIDED,

    // The daemon does not describe an object; see lookup.
    CLIENT_LOOKUP,
    DAEMON_LOOKUP,
    CONTAINER_LOOKUP,
    EXEC_LOOKUP,
    NETWORK_LOOKUP,
    VOLUME_LOOKUP,
    IMAGE_LOOKUP,
    SERVICE_LOOKUP,
    TASK_LOOKUP,
    SECRET_LOOKUP,
    CONFIG_LOOKUP,
    POD_LOOKUP,

    // Two parsers could read the request target differently.
    TARGET_FORM,
    TARGET_CHARACTER,
    TARGET_SEGMENT,
    TARGET_DEPTH,
    TARGET_ESCAPE,
    TARGET_SLASH,
    TARGET_VERSION,
    TARGET_PARAMETER,
    TARGET_FILTERS,

    // A listener refuses the connection or the head of the request.
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_CLIENT,
    MALFORMED,
    MAX_HEADER_SIZE,
    HEADER_TIMEOUT,
    HEADER_FIELDS,
    HEADER_MEMORY,
    TLS_CERTIFICATE_MISSING,
    TLS_CERTIFICATE_REFUSED,
    TLS_HANDSHAKE,
    TLS_ON_PLAIN_LISTENER,

    // The client does not get the response of an allowed request, or not all of it.
    REVOKED,
    CLIENT_LEFT,
    DAEMON_SILENT,
    DAEMON_TIMEOUT,
    PROXY_STOPPED,
    RESPONSE_MALFORMED,
    RESPONSE_TOO_LARGE,
    RESPONSE_ENCODED,
    RESPONSE_PARTIAL,
    RESPONSE_MEMORY,
    RESPONSE_SLOW,
    RESPONSE_REDUCED;

    private static final String LOOKUP = "-lookup";

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

    public String code() {
        return code;
    }

    /** Returns the reason with a code. */
    public static Optional<Reason> of(String code) {
        return Arrays.stream(values())
                .filter(reason -> reason.code.equals(code))
                .findFirst();
    }

    static Reason of(Violation.Kind kind) {
        return switch (kind) {
            case WHOLE -> CREATE_WHOLE;
            case FIELD -> CREATE_FIELD;
            case UNKNOWN -> CREATE_UNKNOWN;
            case REQUIRED -> CREATE_REQUIRED;
            case FORM -> CREATE_FORM;
            case EXEC -> EXEC_COMMAND;
        };
    }

    public static Reason of(BadTargetException.Fault fault) {
        return of(fault.code()).orElseThrow();
    }

    /**
     * Returns the reason of a denial without an answer of the daemon about an object.
     *
     * @param object word for its kind, such as {@code image}
     */
    public static Reason lookup(String object) {
        return of(object + LOOKUP).orElseThrow();
    }

    public boolean isLookup() {
        return code.endsWith(LOOKUP);
    }

    public boolean isAllowed() {
        return this == SECTION || this == ALONE || this == OPERATION_ALLOWED;
    }
}
