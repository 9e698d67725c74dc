package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** The content type of gRPC is possible only for operations that upgrade to HTTP/2. */
class GrpcContentTypeTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String H2C = "Connection: Upgrade\r\nUpgrade: h2c\r\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/containers/create | Content-Type: application/grpc                               | deny grpc-content-type",
                "/containers/create | Content-Type: Application/gRPC+proto                         | deny grpc-content-type",
                "/containers/create | Content-Type: application/json~Content-Type: application/grpc | deny grpc-content-type",
                "/containers/create | Content-Type: application/json                               | allow section",
                "/containers/create | Accept: application/grpc                                     | allow section",
                "/grpc              | Content-Type: application/grpc                               | allow section",
            })
    void operationWithoutUpgradeHasNoGrpc(String target, String headers, String record) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ChainUnderTest chain = ChainUnderTest.transforming(
                        daemon.host(), ResponseTransform.Factory.NONE, HeldMemory.ofThisProcess());
                RawClient client = chain.connect()) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\n" + headers.replace("~", "\r\n") + "\r\n"
                    + (target.equals("/grpc") ? H2C : "") + "\r\n");

            boolean isAllowed = record.startsWith("allow");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 " + (isAllowed ? 200 : 400) + " ");
            assertThat(chain.takeRecord()).startsWith(record + " ");
            assertThat(daemon.isUntouched()).isEqualTo(!isAllowed);
        }
    }
}
