package org.socketproxy.policy;

/** What denies the parameters of a request: a parameter rule, or a parameter beyond the known ones. */
public interface ParameterDenial {
    Reason reason();

    /** Returns the message of the denial, which contains no value of the request. */
    String message();
}
