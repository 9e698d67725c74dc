package org.socketproxy.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.net.URI;

/** Creates clients of docker-java, which shares no code with the docker CLI. */
public final class DockerJava {
    private DockerJava() {}

    /**
     * Creates a client that connects at its first request.
     *
     * @param host in the form of {@code DOCKER_HOST}, without TLS
     */
    public static DockerClient client(String host) {
        return client(host, "");
    }

    /** The same, with this API version in each path, such as {@code 1.32}; empty for none. */
    public static DockerClient client(String host, String version) {
        DefaultDockerClientConfig.Builder config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host)
                .withDockerTlsVerify(false);
        if (!version.isEmpty()) {
            config.withApiVersion(version);
        }
        return DockerClientImpl.getInstance(
                config.build(),
                new ZerodepDockerHttpClient.Builder()
                        .dockerHost(URI.create(host))
                        .build());
    }
}
