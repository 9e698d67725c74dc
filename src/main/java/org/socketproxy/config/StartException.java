package org.socketproxy.config;

import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** The program cannot start, for a reason that its user can mend: the message is a sentence that says how, or several, a line each. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    public StartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    public StartException(String message) {
        super(message);
    }

    /** For what only shows when the parts are made: a sentence for each problem. */
    public static StartException of(InvalidSettingsException invalid) {
        return new StartException(String.valueOf(invalid.getMessage()), invalid);
    }

    /** For an address that the system does not give us. */
    public static StartException cannotListen(Setting setting, ListenAddress address, Throwable failure) {
        return cannotListen(setting, address, advice(failure), failure);
    }

    /**
     * For an address that cannot be used for a known reason.
     *
     * @param sentence the reason, and how to fix it
     */
    public static StartException cannotListen(
            Setting setting, ListenAddress address, String sentence, @Nullable Throwable failure) {
        return new StartException(setting + "=" + address + ": cannot listen there, " + sentence, failure);
    }

    /** What hinders listening, and what to do about it; Jetty wraps the system's own exception. */
    private static String advice(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        String words = String.valueOf(cause.getMessage());
        if (cause instanceof UnresolvedAddressException) {
            return "no address is known by this name. Use an IP address of this machine";
        }
        if (words.contains("already in use")) {
            return "the port is taken. Stop the program that uses it, or use another port";
        }
        if (words.contains("assign requested address")) {
            return "this machine has no such address. Use one that it has";
        }
        if (words.contains("ermission denied")) {
            return "this user may not use the port. Use one from 1024 on";
        }
        return "because " + cause + ". Use another address";
    }

    /** The sentence, or several, a line each. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
