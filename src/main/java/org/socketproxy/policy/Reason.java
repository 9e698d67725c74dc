package org.socketproxy.policy;

import org.socketproxy.policy.create.Violation;

/** Reason of a decision; audit records contain its code, which is stable. */
public enum Reason {
    /** The section and all other required variables are on. */
    SECTION("section"),
    /** A variable that is sufficient for the operation is on. */
    ALONE("alone"),
    OPERATION_ALLOWED("operation-allowed"),
    OPERATION_DENIED("operation-denied"),
    /** The permission of the operation, or of the whole profile, had an end, which has passed. */
    PERMISSION_ENDED("permission-ended"),
    /** The profile has targets, and the operation cannot be confined to them. */
    UNCONFINED("operation-unconfined"),
    /** The profile has targets, and a filter or parameter cannot be confined to them. */
    TARGET_PARAMETER("target-parameter-unconfined"),
    /** The request changes, enters or removes an object that the profile may only read. */
    WRITE_TARGET("write-target"),
    /** The request changes, enters or removes an object that {@code PROTECT} selects. */
    OBJECT_PROTECTED("object-protected"),
    /** The request acts on the proxy's own container, or on objects that the container needs. */
    SELF_PROTECTED("self-protected"),
    /** The request acts on a client of another profile, or on its address, name, network or volume. */
    CLIENT_PROTECTED("client-protected"),
    /** No profile of the policy file matches the client. */
    NO_PROFILE("no-profile"),
    VARIABLE_MISSING("variable-missing"),
    /** The catalogue has the operation, but no variable allows it. */
    NEVER("never"),
    /** The operation is of the libpod API, which {@link Compatibility#TECNATIVA} denies. */
    COMPATIBILITY("compatibility"),
    /** The catalogue has no operation with this method and path. */
    UNLISTED("unlisted"),
    BROWSER("browser"),
    /** The API version in the path is too old: its operations can do more. */
    VERSION_TOO_OLD("version-too-old"),
    /** A parameter contains or may contain a path or an image transport of the host. */
    PARAMETER_PATH("parameter-path"),
    /** A parameter selects a driver that runs commands on the host. */
    PARAMETER_DRIVER("parameter-driver"),
    /** A parameter weakens the isolation of a container or build. */
    PARAMETER_PRIVILEGE("parameter-privilege"),
    /** A parameter that the proxy does not know, if it must know all of the operation. */
    PARAMETER_UNKNOWN("parameter-unknown"),
    /** The value of a parameter has another form, or exceeds its bound. */
    PARAMETER_VALUE("parameter-value"),
    /** A parameter needs more variables than its operation. */
    PARAMETER_VARIABLE("parameter-variable"),
    /** The request has a body that the operation does not take, or that the proxy cannot check. */
    BODY_REFUSED("body-refused"),
    /** The body is a form, from which the daemon would read unchecked parameters. */
    FORM_BODY("form-body"),
    /** {@code CREATE=safe} denies the operation as a whole, because the proxy cannot judge it. */
    CREATE_WHOLE("create-whole"),
    /** {@code CREATE=safe}: a field or parameter has a value that the rules do not allow. */
    CREATE_FIELD("create-field"),
    /** {@code CREATE=safe}: a field or parameter is unknown, or its value has another form than the API's. */
    CREATE_UNKNOWN("create-unknown"),
    /** {@code CREATE=safe}: a required property is missing. */
    CREATE_REQUIRED("create-required"),
    /** {@code CREATE=safe}: the body is not strict JSON, or has other headers. */
    CREATE_FORM("create-form"),
    /** {@code EXEC_ALLOW} does not allow the command, or what an exec has beside it, or the exec is not one that it has admitted. */
    EXEC_COMMAND("exec-command"),
    /** The body contains the marker of {@code MASK}. */
    MASKED_VALUE("masked-value"),
    /** A filter would compare values that {@code MASK} hides. */
    MASKED_FILTER("masked-filter"),
    // The following are no decisions of the policy.
    /** The object does not exist, or the profile does not have it. */
    TARGET_OUTSIDE("target-outside"),
    TARGET_NAME("target-name"),
    TARGET_BODY("target-body"),
    /** The daemon has not described a protected container. */
    SELF_UNKNOWN("self-unknown"),
    CLIENT_LOOKUP("client-lookup"),
    CONTAINER_NAME("container-name"),
    /** The client left, or the proxy stops, before the decision. */
    CONTAINER_INCOMPLETE("container-incomplete"),
    ARCHIVE_REFUSED("archive-refused"),
    BODY_TOO_LARGE("body-too-large"),
    BODY_MEMORY("body-memory"),
    BODY_TIMEOUT("body-timeout"),
    BODY_INCOMPLETE("body-incomplete"),
    TURN_TIMEOUT("turn-timeout"),
    BUILD_OWNER("build-owner"),
    BUILD_ID("build-id"),
    BUILD_RESULT("build-result"),
    BUILD_DENIED("build-denied"),
    GRPC_MESSAGE("grpc-message"),
    NESTED_SESSION("nested-session"),
    SESSION_CONTENT("session-content"),
    UPGRADE_BODY("upgrade-body"),
    GRPC_CONTENT_TYPE("grpc-content-type"),
    HTTP_VERSION("http-version"),
    EXTENSION("extension"),
    EXTENSION_FAILED("extension-failed"),
    INTERNAL_ERROR("internal-error");

    /** End of the code of a denial without an answer of the daemon about an object, such as {@code image-lookup}. */
    public static final String LOOKUP = "-lookup";

    private final String code;

    Reason(String code) {
        this.code = code;
    }

    public String code() {
        return code;
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

    public boolean isAllowed() {
        return this == SECTION || this == ALONE || this == OPERATION_ALLOWED;
    }
}
