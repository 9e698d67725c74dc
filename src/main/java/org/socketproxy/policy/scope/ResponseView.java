package org.socketproxy.policy.scope;

import org.socketproxy.json.JsonElements;

/**
 * The part of one response that a confined client may see.
 *
 * <p>Threading: immutable.
 */
@FunctionalInterface
public interface ResponseView {
    /** Returns the splitter of the response, which removes all else. It is used for one response only. */
    JsonElements elements();
}
