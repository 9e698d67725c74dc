package org.socketproxy.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/** The versions of the Docker API that a daemon accepts: dockerd 29 refuses those below 1.44. */
public record ApiVersions(String oldest, String newest) {
    static ApiVersions of(RealDaemon daemon) {
        try (RawClient client = RawClient.connect(daemon.socket())) {
            JsonNode version = new ObjectMapper()
                    .readTree(
                            client.request("GET", "/version").readAnswer("GET").body());
            return new ApiVersions(
                    version.get("MinAPIVersion").textValue(),
                    version.get("ApiVersion").textValue());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    public boolean accepts(String version) {
        return minor(oldest) <= minor(version) && minor(version) <= minor(newest);
    }

    /** Returns the version, or the oldest one if the daemon refuses it as too old. */
    public String atLeast(String version) {
        return minor(version) < minor(oldest) ? oldest : version;
    }

    /** Returns the path prefixes of the versions: {@code /v1.41}, with the daemon's oldest for those that it refuses. */
    public List<String> prefixes(String... versions) {
        return Stream.of(versions)
                .map(version -> "/v" + atLeast(version))
                .distinct()
                .toList();
    }

    private static int minor(String version) {
        return Integer.parseInt(version.substring(version.indexOf('.') + 1));
    }
}
