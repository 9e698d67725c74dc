package org.socketproxy.policy;

/** Reason to deny the parameters of a request: a parameter rule, or a parameter that is not in the list of the operation. */
public interface ParameterDenial {
    Reason reason();

    /** Returns the message of the denial, which contains no value of the request. */
    String message();
}
