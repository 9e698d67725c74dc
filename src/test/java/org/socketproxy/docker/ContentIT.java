package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.archive.TarText;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/**
 * Each operation that unpacks an archive as root, with each entry that is dangerous: none passes the proxy, and the daemon without it
 * survives those that do not block it. {@code content.tsv} names the operations.
 */
class ContentIT {
    private static final long GROWN = 30L << 30;

    @TempDir
    Path folder;

    /** Entries by their kind; NAME is an ordinary name, OPENED is a file that the daemon opens itself. */
    private Map<String, String> entries(Path host) {
        return Map.of(
                "device", "3 NAME major=1 minor=3 ; 4 disk major=7 minor=200",
                "FIFO", "6 NAME",
                "socket", "s NAME",
                "sparse", "S NAME size=512 data=x",
                "link", "2 lk link=" + host + " ; 0 lk/x data=y",
                "grown",
                        "x GNU.sparse.major=1 GNU.sparse.minor=0 GNU.sparse.name=NAME GNU.sparse.realsize=" + GROWN
                                + " ; 0 NAME data=1\\n0\\n0\\n",
                "opened", "4 OPENED major=7 minor=200 ; 3 passwd major=1 minor=3",
                "blocking", "6 OPENED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ImageCreate               | docker | POST /images/create?fromSrc=-&repo=content-it  | etc/passwd | the archive has",
                "ImageLoad                 | docker | POST /images/load                              | manifest.json | which CREATE=safe does not allow",
                "ImageBuild                | docker | POST /build?t=content-it                       | Dockerfile | the archive has",
                "PutContainerArchive       | docker | PUT /containers/content-it/archive?path=/tmp   | passwd | the archive has",
                "ImageCreate               | podman | POST /images/create?fromSrc=-&repo=content-it  | etc/passwd | the archive has",
                "ImageLoad                 | podman | POST /images/load                              | manifest.json | which CREATE=safe does not allow",
                "ImageBuild                | podman | POST /build?t=content-it                       | Dockerfile | which CREATE=safe does not allow",
                "PutContainerArchive       | podman | PUT /containers/content-it/archive?path=/tmp   | passwd | the archive has",
                "ImageLoadLibpod           | podman | POST /v5.0.0/libpod/images/load               | manifest.json | which CREATE=safe does not allow",
                "ImageImportLibpod         | podman | POST /v5.0.0/libpod/images/import?reference=content-it | etc/passwd | which CREATE=safe does not allow",
                "VolumeImportLibpod        | podman | POST /v5.0.0/libpod/volumes/content-it/import | passwd | which CREATE=safe does not allow",
                "ImageBuildLibpod          | podman | POST /v5.0.0/libpod/build?t=content-it        | Dockerfile | which CREATE=safe does not allow",
                "PutContainerArchiveLibpod | podman | PUT /v5.0.0/libpod/containers/content-it/archive?path=/tmp | passwd | the archive has",
                "PlayKubeLibpod            | podman | POST /v5.0.0/libpod/play/kube                 | play.yaml | which CREATE=safe does not allow",
                "KubePlayLibpod            | podman | POST /v5.0.0/libpod/kube/play                 | play.yaml | which CREATE=safe does not allow",
            })
    void noSpecialEntryReachesTheDaemon(String operation, String daemon, String request, String opened, String sentence)
            throws Exception {
        Path socket = daemon.equals("docker")
                ? RealDocker.get().socket()
                : RealPodman.get().socket();
        Path host = Files.createDirectory(folder.resolve("host"));
        exchange(RawClient.connect(socket), "POST /containers/create?name=content-it", json());
        exchange(RawClient.connect(socket), "POST /volumes/create", "{\"Name\":\"content-it\"}");
        try (ProxyUnderTest proxy =
                ProxyUnderTest.before("unix://" + socket, Map.of("CREATE", "safe", "CREATE_ALLOW", "image-import"))) {
            for (Map.Entry<String, String> each : entries(host).entrySet()) {
                String kind = each.getKey();
                byte[] archive = TarText.bytes(each.getValue().replace("OPENED", opened));

                RawResponse refused = exchange(proxy.connect(), request, archive);

                assertThat(refused.status()).as(kind + ": " + refused.body()).isEqualTo(403);
                assertThat(refused.body()).as(kind).contains("socket-proxy: " + operation + " ", sentence);
                assertThat(host).as(kind).isEmptyDirectory();
                if (!each.getValue().contains("OPENED") && !kind.equals("grown") && !kind.equals("link")) {
                    exchange(RawClient.connect(socket), request, archive);
                }
                assertThat(exchange(RawClient.connect(socket), "GET /_ping", new byte[0])
                                .status())
                        .as(kind)
                        .isEqualTo(200);
            }
        } finally {
            exchange(RawClient.connect(socket), "DELETE /containers/content-it?force=1", new byte[0]);
            exchange(RawClient.connect(socket), "DELETE /volumes/content-it?force=1", new byte[0]);
            exchange(RawClient.connect(socket), "DELETE /images/content-it?force=1", new byte[0]);
            exchange(RawClient.connect(socket), "DELETE /images/localhost/content-it?force=1", new byte[0]);
        }
    }

    private static String json() {
        return "{\"Image\":\"" + RealDocker.IMAGE + "\",\"Cmd\":[\"true\"],\"HostConfig\":{\"NetworkMode\":\"none\"}}";
    }

    private static RawResponse exchange(RawClient connected, String request, String json) throws IOException {
        return exchange(connected, request, json.getBytes(StandardCharsets.UTF_8), "application/json");
    }

    private static RawResponse exchange(RawClient connected, String request, byte[] archive) throws IOException {
        return exchange(connected, request, archive, "application/x-tar");
    }

    private static RawResponse exchange(RawClient connected, String request, byte[] body, String type)
            throws IOException {
        try (RawClient client = connected) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length
                    + "\r\n\r\n");
            client.output().write(body);
            return client.readAnswer(request.split(" ")[0]);
        }
    }
}
