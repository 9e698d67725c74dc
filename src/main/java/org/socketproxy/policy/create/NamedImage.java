package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.BodyShape.Kind;
import org.socketproxy.policy.create.BodyShape.Part;
import org.socketproxy.policy.create.Requirements.Requirement;

/**
 * The image that a request of Docker's API pulls, or of which it creates containers, by a name. The proxy can write a digest into the
 * request.
 *
 * @param place field of the body, or parameter of the query
 * @param reference as the client has written it, with the tag of the query
 */
public record NamedImage(String place, String reference, ImageName name) {
    private static final String PULLED = "?fromImage";
    private static final String TAG = "tag";
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    /** Returns true if the proxy writes digests into requests of the operation. */
    public static boolean isPinning(CreateRules rules, Operation operation) {
        return (rules.requirements().has(Requirement.DIGEST)
                        || !rules.images().signed().isEmpty())
                && !place(operation).isEmpty();
    }

    private static String place(Operation operation) {
        if (operation.verb() == Verb.PULL && !operation.isLibpod()) {
            return PULLED;
        }
        BodyShape shape = BodyShape.of(operation.id());
        return shape != null && (shape.kind() == Kind.CONTAINER || shape.kind() == Kind.SERVICE)
                ? shape.path(Part.IMAGE)
                : "";
    }

    /** Returns true for the place of such an image. */
    static boolean isPlace(String place) {
        return place.equals(PULLED)
                || BodyShape.ids(Kind.CONTAINER).stream().anyMatch(id -> isIn(id, place))
                || BodyShape.ids(Kind.SERVICE).stream().anyMatch(id -> isIn(id, place));
    }

    private static boolean isIn(String operation, String place) {
        BodyShape shape = BodyShape.of(operation);
        return shape != null && shape.path(Part.IMAGE).equals(place);
    }

    /**
     * Returns the image of a request; empty if it names none, or by an id.
     *
     * @param body the judged body
     */
    public static Optional<NamedImage> of(Operation operation, RequestTarget target, ByteBuffer body) {
        String place = place(operation);
        if (!place.equals(PULLED)) {
            String text =
                    place.isEmpty() ? "" : BodyShape.text(JsonBody.of(body).object(), place);
            return ImageName.parse(text).map(name -> new NamedImage(place, text, name));
        }
        String text = only(target, "fromImage");
        String tag = only(target, TAG);
        return text == null || tag == null
                ? Optional.empty()
                : ImageName.parse(QueryChecks.tagged(text, tag))
                        .map(name -> new NamedImage(place, QueryChecks.tagged(text, tag), name));
    }

    /** Returns true if a pull has parameters that can be read in two ways. */
    public static boolean isAmbiguous(Operation operation, RequestTarget target) {
        return place(operation).equals(PULLED) && (only(target, "fromImage") == null || only(target, TAG) == null);
    }

    private static @Nullable String only(RequestTarget target, String parameter) {
        List<String> values = target.values(parameter);
        return values.isEmpty() ? "" : values.size() == 1 ? values.get(0) : null;
    }

    /** Returns true for a digest that is written into requests. */
    public static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    public boolean isPinned() {
        return isDigest(name.digest());
    }

    public boolean isPulled() {
        return place.equals(PULLED);
    }

    /** Returns the full name with the tag that the daemon looks up, or with the digest. */
    public String full() {
        return name.name() + (name.digest().isEmpty() ? ":" + name.effectiveTag() : "@" + name.digest());
    }

    /** Returns the body of a creation with the digest beside the tag; daemons look up the digest alone. */
    public ByteBuffer pinned(ByteBuffer body, String digest) {
        return JsonText.write(new JsonEdit(JsonBody.of(body).object())
                .put(place, new JsonString(reference + "@" + digest))
                .result());
    }

    /** Returns the target of a pull with the digest. */
    public RequestTarget pinned(RequestTarget target, String digest) {
        return target.withOnlyParameter("fromImage", name.name()).withOnlyParameter(TAG, digest);
    }
}
