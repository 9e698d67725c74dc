package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.GrpcDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** A reload that revokes the permission of builds ends their connections, with their calls. */
class GrpcReloadTest {
    private static final String BUILDS = "POST=1\nBUILD=1\nGRPC=1\nSESSION=1\nALLOW_BUILD_HISTORY=1\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"Info", "ListenBuildHistory"})
    void revocationEndsConnectionAndCalls(String method) throws Exception {
        try (GrpcDaemon daemon = GrpcDaemon.start(FakeDaemon.Kind.UNIX, folder);
                ReloadedProxy proxy =
                        new ReloadedProxy(folder.resolve("env"), daemon.http().socket())) {
            proxy.startWith(BUILDS);
            try (Http2Client client = Http2Client.afterGrpc(RawClient.connect(proxy.port()))) {
                int call = client.call("/moby.buildkit.v1.Control/" + method, "flood");
                client.data(call, GrpcDaemon.message(""), true);
                assertThat(client.head(call).status()).isEqualTo(200);

                proxy.write("POST=1\n");
                proxy.reload();

                client.awaitEnd();
                assertThat(client.answer(call).isComplete()).isFalse();
            }
            assertThat(proxy.exchanges(0)).isZero();
            assertThat(ProcessResources.await(() -> daemon.open() == 0)).isTrue();
        }
    }
}
