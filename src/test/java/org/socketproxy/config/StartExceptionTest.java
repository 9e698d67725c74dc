package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StartExceptionTest {
    private static final String FAILED = "LISTEN=tcp://proxy.lan:80: cannot listen on this address, ";

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(
                        new UnresolvedAddressException(),
                        "the host name cannot be resolved. Use an IP address of this machine"),
                Arguments.of(
                        new BindException("Address already in use"),
                        "the port is in use. Stop the program that uses it, or use another port"),
                Arguments.of(
                        new BindException("Cannot assign requested address"),
                        "this machine does not have the address. Use an address of this machine"),
                Arguments.of(
                        new BindException("Permission denied"),
                        "the proxy's user has no permission for this port. Use a port from 1024"),
                Arguments.of(
                        new IOException("too many files"),
                        "because java.io.IOException: too many files. Use another address"),
                Arguments.of(new IOException(), "because java.io.IOException. Use another address"));
    }

    /** Jetty wraps the exception of the operating system. */
    @ParameterizedTest
    @MethodSource("failures")
    void failedBindHasAReasonAndAFix(Exception failure, String expected) {
        NetworkAddress address = new NetworkAddress("proxy.lan", 80);

        assertThat(StartException.cannotListen(Setting.LISTEN, address, failure))
                .hasMessage(FAILED + expected);
        assertThat(StartException.cannotListen(Setting.LISTEN, address, new IOException("Failed to bind", failure)))
                .hasMessage(FAILED + expected);
    }

    @Test
    void knownReasonIsKept() {
        assertThat(StartException.cannotListen(
                        Setting.LISTEN, new NetworkAddress("proxy.lan", 80), "the socket is a folder", null))
                .hasMessage(FAILED + "the socket is a folder");
    }
}
