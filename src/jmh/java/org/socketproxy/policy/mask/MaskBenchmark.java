package org.socketproxy.policy.mask;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/**
 * Masks a list of 1,000 containers, 1.4 MB, that arrives in chunks of 32 KiB. One operation is one list, so that 1.4 divided by
 * the seconds is the rate in MB/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MaskBenchmark {
    private static final int CHUNK_BYTES = 32 << 10;

    private static final String CONTAINER = """
            {"Id":"%1$064x","Names":["/project-app-%1$d"],"Image":"registry.example.com/team/app:1.2.3",\
            "ImageID":"sha256:71f67784d04b376078c480e286ede43b25e7d49c00cb11914245d1cf6b100b7d",\
            "Command":"/docker-entrypoint.sh nginx -g 'daemon off;'","Created":1795674052,\
            "Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],\
            "Labels":{"com.docker.compose.config-hash":"0f5f4a6b6e8dcb0be8f1f2b8a4a4b8a1f1a9d4f84e64a0d2d8d4f5d6a1b2c3d4",\
            "com.docker.compose.container-number":"1","com.docker.compose.oneoff":"False",\
            "com.docker.compose.project":"project","com.docker.compose.service":"app",\
            "com.docker.compose.version":"2.26.1","maintainer":"NGINX Docker Maintainers <docker-maint@nginx.com>",\
            "traefik.enable":"true","traefik.http.routers.app.rule":"Host(`app.example.com`)"},\
            "State":"running","Status":"Up 2 hours (healthy)","HostConfig":{"NetworkMode":"project_default"},\
            "NetworkSettings":{"Networks":{"project_default":{"IPAMConfig":null,"Links":null,"Aliases":null,\
            "MacAddress":"02:42:ac:12:00:02","DriverOpts":null,\
            "NetworkID":"6a8392fc31c9fe0b7e8e5802601e3fd51a46d9619591a7269aa17336212e2365",\
            "EndpointID":"","Gateway":"172.18.0.1","IPAddress":"172.18.0.2","IPPrefixLen":16,"IPv6Gateway":"",\
            "GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}},\
            "Mounts":[{"Type":"bind","Source":"/srv/app/data","Destination":"/data","Mode":"rw","RW":true,"Propagation":"rprivate"}]}""";

    @Param({"split", "mask"})
    public String work = "";

    private byte[] list = {};
    private MaskRules rules = MaskRules.NONE;
    private Operation operation;
    private long passed;

    /** Builds the list. */
    @Setup
    public void build() {
        String text = IntStream.range(0, 1000)
                .mapToObj(i -> CONTAINER.formatted(i))
                .collect(Collectors.joining(",", "[", "]\n"));
        list = text.getBytes(StandardCharsets.UTF_8);
        OperationCatalogue catalogue = OperationCatalogue.load();
        operation = catalogue.byId("ContainerList").orElseThrow();
        Set<MaskGroup> all = EnumSet.allOf(MaskGroup.class);
        rules = MaskRules.of(all, catalogue);
    }

    /** Splits the list into elements, or masks it. */
    @Benchmark
    public long list() throws ElementException {
        JsonElements elements = work.equals("mask")
                ? rules.elements(operation)
                : JsonElements.array(JsonElements.MAX_ELEMENT_BYTES, (name, element) -> ElementEditor.Edit.KEEP);
        for (int i = 0; i < list.length; i += CHUNK_BYTES) {
            elements.accept(
                    ByteBuffer.wrap(list, i, Math.min(CHUNK_BYTES, list.length - i)), out -> passed += out.remaining());
        }
        elements.end();
        return passed;
    }
}
