package org.socketproxy.policy.target;

import java.util.regex.Pattern;
import org.socketproxy.policy.target.Confinement.Subject;

/**
 * An object that a body or a filter of a list names.
 *
 * @param name name, id or start of an id
 */
public record Reference(Subject subject, String name) {
    /** Names that need no escape in a path. */
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_.-]*");

    private static final Pattern PLAIN_IMAGE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.:/@-]*");

    /** Returns true if an object can have the name, so that the proxy can ask for it. */
    public boolean isPlain() {
        Pattern form = subject == Subject.IMAGE ? PLAIN_IMAGE : PLAIN;
        return form.matcher(name).matches() && !name.contains("/.") && !name.contains("//");
    }

    /** Returns the target of the question whose answer describes the object. */
    public String question() {
        return NamedObject.question(subject, name);
    }

    /** Returns true if the description is that of the named object, and the object belongs to the profile. */
    public boolean isOwn(TargetRules rules, InspectedObject object) {
        return subject == Subject.IMAGE
                ? new NamedImage(object, name).isOwn(rules)
                : object.isNamed(name) && rules.isOwn(object.object());
    }
}
