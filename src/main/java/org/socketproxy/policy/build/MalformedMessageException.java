package org.socketproxy.policy.build;

/** A gRPC message that cannot be judged. The text is the end of a sentence and contains no text of the client. */
public final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedMessageException(String problem) {
        super(problem, null, false, false);
    }
}
