package org.socketproxy.exchange;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Result of a gRPC call that the proxy itself answers. It is sent as fields {@code grpc-status} and
 * {@code grpc-message}, in the trailers of a response, or in the head of a response without a body.
 *
 * @param code status code of gRPC, such as 7 for PERMISSION_DENIED
 * @param message any text
 */
public record GrpcStatus(int code, String message) {
    public static final GrpcStatus OK = new GrpcStatus(0, "");

    /** A call that has ended without a status. */
    public static final GrpcStatus MISSING = new GrpcStatus(2, "the call has ended without a status");

    private static final String CODE = "grpc-status";
    private static final Pattern KNOWN = Pattern.compile("[0-9]|1[0-6]");
    private static final int LONGEST_MESSAGE = 16 * 1024;
    private static final String MESSAGE = "grpc-message";
    private static final String DETAILS = "grpc-status-details-bin";
    /** Details are Base64 text, and BuildKit writes the Dockerfile of a failed build into them. */
    private static final int MAX_DETAILS = 256 * 1024;

    private static final int INVALID_ARGUMENT = 3;
    private static final int NOT_FOUND = 5;
    public static final int PERMISSION_DENIED = 7;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int INTERNAL = 13;
    public static final int UNAVAILABLE = 14;

    /** Returns the status that has the meaning of an error of HTTP. */
    public static GrpcStatus of(ErrorReply error) {
        int code = switch (error.status()) {
            case 400, 405, 415 -> INVALID_ARGUMENT;
            case 403 -> PERMISSION_DENIED;
            case 404 -> NOT_FOUND;
            case 413, 429, 431 -> RESOURCE_EXHAUSTED;
            case 502, 503, 504 -> UNAVAILABLE;
            default -> INTERNAL;
        };
        return new GrpcStatus(code, error.text());
    }

    /** Reads the status of a call from the fields of its trailers; {@link #MISSING} without one, or with an unknown one. */
    public static GrpcStatus of(HttpFields trailers) {
        String code = trailers.get(CODE);
        String text = trailers.get(MESSAGE);
        return code == null || !KNOWN.matcher(code).matches()
                ? MISSING
                : new GrpcStatus(Integer.parseInt(code), text == null ? "" : unescape(text));
    }

    /** Returns the status of HTTP with the meaning of the status of a call, as the mapping of Google's APIs has it. */
    static int httpStatus(Response response) {
        String code = response.getHeaders().get(CODE);
        Supplier<HttpFields> supplier = response.getTrailersSupplier();
        HttpFields trailers = code == null && supplier != null ? supplier.get() : null;
        String known = trailers == null ? code : trailers.get(CODE);
        return known == null ? response.getStatus() : httpStatus(known);
    }

    /** Returns the status of HTTP with the meaning of a code of gRPC. */
    public static int httpStatus(String code) {
        return switch (code) {
            case "0" -> HttpStatus.OK_200;
            case "1" -> 499;
            case "2" -> HttpStatus.UNPROCESSABLE_ENTITY_422; // a step of the build has failed
            case "3", "9", "11" -> HttpStatus.BAD_REQUEST_400;
            case "4" -> HttpStatus.GATEWAY_TIMEOUT_504;
            case "5" -> HttpStatus.NOT_FOUND_404;
            case "6", "10" -> HttpStatus.CONFLICT_409;
            case "7" -> HttpStatus.FORBIDDEN_403;
            case "8" -> HttpStatus.TOO_MANY_REQUESTS_429;
            case "12" -> HttpStatus.NOT_IMPLEMENTED_501;
            case "14" -> HttpStatus.SERVICE_UNAVAILABLE_503;
            case "16" -> HttpStatus.UNAUTHORIZED_401;
            default -> HttpStatus.INTERNAL_SERVER_ERROR_500;
        };
    }

    /** Removes details that are too long to hold for a client. The client prints the message without the lines of the Dockerfile. */
    public static void limit(HttpFields.Mutable fields) {
        String details = fields.get(DETAILS);
        if (details != null && details.length() > MAX_DETAILS) {
            fields.remove(DETAILS);
        }
    }

    /** Returns the fields for the trailers of a response. */
    public HttpFields trailers() {
        HttpFields.Mutable fields = HttpFields.build().add(new HttpField(CODE, String.valueOf(code)));
        return message.isEmpty() ? fields : fields.add(new HttpField(MESSAGE, escape(message)));
    }

    /** Sends a response that has only a head. */
    public void answer(Response response, Callback callback) {
        HttpFields.Mutable headers = response.getHeaders();
        response.setStatus(HttpStatus.OK_200);
        headers.put(HttpHeader.CONTENT_TYPE, ClientConnection.GRPC);
        trailers().forEach(headers::put);
        response.write(true, null, callback);
    }

    /**
     * Sends a response with a body.
     *
     * @param body messages with the frame of gRPC; not empty
     */
    public void answer(Response response, ByteBuffer body, Callback callback) {
        response.setStatus(HttpStatus.OK_200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, ClientConnection.GRPC);
        response.setTrailersSupplier(this::trailers);
        response.write(true, body, callback);
    }

    /** Reads escaped text. What is no escape stands for itself. */
    private static String unescape(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < Math.min(text.length(), LONGEST_MESSAGE); i++) {
            char each = text.charAt(i);
            boolean isEscape = each == '%'
                    && i + 2 < text.length()
                    && Character.digit(text.charAt(i + 1), 16) >= 0
                    && Character.digit(text.charAt(i + 2), 16) >= 0;
            bytes.write(isEscape ? Integer.parseInt(text.substring(i + 1, i + 3), 16) : each);
            i += isEscape ? 2 : 0;
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Escapes all bytes except printable ASCII, as "gRPC over HTTP2" requires. */
    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if (each >= ' ' && each <= '~' && each != '%') {
                escaped.append((char) each);
            } else {
                escaped.append(String.format("%%%02X", each & 0xff));
            }
        }
        return escaped.toString();
    }
}
