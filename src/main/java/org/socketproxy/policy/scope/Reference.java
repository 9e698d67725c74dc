package org.socketproxy.policy.scope;

import java.util.regex.Pattern;
import org.socketproxy.policy.scope.Confinement.Subject;

/**
 * An object that a body or a filter of a list names.
 *
 * @param name name, id or start of an id
 * @param isLibpod whether the daemon looks it up as on Podman's own API
 */
public record Reference(Subject subject, String name, boolean isLibpod) {
    /** Names that need no escape in a path. */
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_.-]*");

    private static final Pattern PLAIN_IMAGE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.:/@-]*");

    /** An object that a request of the Docker API names. */
    public Reference(Subject subject, String name) {
        this(subject, name, false);
    }

    /** Returns true if an object can have the name, so that the proxy can ask for it. */
    public boolean isPlain() {
        Pattern form = subject == Subject.IMAGE ? PLAIN_IMAGE : PLAIN;
        return form.matcher(name).matches() && !name.contains("/.") && !name.contains("//");
    }

    /** Returns the target of the inspection of the object. */
    public String question() {
        return isLibpod ? NamedObject.libpodQuestion(subject, name) : NamedObject.question(subject, name);
    }

    /** Returns true if the description is that of the named object, and the object belongs to the profile. */
    public boolean isOwn(Scope scope, InspectedObject object) {
        return subject == Subject.IMAGE
                ? new ImageMatch(object, name, isLibpod).isOwn(scope)
                : object.isNamed(name) && scope.isOwn(object.object());
    }

    /** Returns the name of the object in the forwarded request: its id; for a volume and an image the name. */
    public String resolved(InspectedObject object) {
        return subject == Subject.IMAGE ? new ImageMatch(object, name, isLibpod).resolved() : object.id();
    }
}
