package org.socketproxy.config;

import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** Thrown if the program cannot start; each line of the message has a reason and its fix. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    public StartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    public StartException(String message) {
        super(message);
    }

    /** Creates an exception for problems after the settings are read. */
    public static StartException of(InvalidSettingsException invalid) {
        return new StartException(String.valueOf(invalid.getMessage()), invalid);
    }

    public static StartException cannotListen(Setting setting, ListenAddress address, Throwable failure) {
        return cannotListen(setting, address, advice(failure), failure);
    }

    /** Creates an exception; {@code sentence} has the reason and its fix. */
    public static StartException cannotListen(
            Setting setting, ListenAddress address, String sentence, @Nullable Throwable failure) {
        return new StartException(setting + "=" + address + ": cannot listen on this address, " + sentence, failure);
    }

    /** Jetty wraps the exception of the operating system. */
    private static String advice(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof UnresolvedAddressException) {
            return "the host name cannot be resolved. Use an IP address of this machine";
        }
        if (message.contains("already in use")) {
            return "the port is in use. Stop the program that uses it, or use another port";
        }
        if (message.contains("assign requested address")) {
            return "this machine does not have the address. Use an address of this machine";
        }
        if (message.contains("ermission denied")) {
            return "the proxy's user has no permission for this port. Use a port from 1024";
        }
        return "because " + cause + ". Use another address";
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
