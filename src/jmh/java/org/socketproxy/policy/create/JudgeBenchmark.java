package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

/** Measures the judgement on a create body of 4 KB with the fields that the docker CLI sends. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class JudgeBenchmark {
    private static final String FIELDS =
            "\"Binds\":null,\"ContainerIDFile\":\"\",\"NetworkMode\":\"default\",\"Privileged\":false,"
                    + "\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},\"CapAdd\":null,\"Dns\":[],\"IpcMode\":\"\","
                    + "\"OomScoreAdj\":0,\"PidMode\":\"\",\"SecurityOpt\":null,\"Memory\":67108864,\"NanoCpus\":0,\"Devices\":[],"
                    + "\"LogConfig\":{\"Type\":\"\",\"Config\":{}},\"PortBindings\":{},\"MaskedPaths\":null,\"Ulimits\":[],"
                    + "\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/v\",\"VolumeOptions\":{}}]";

    private final Operation operation =
            OperationCatalogue.load().byId("ContainerCreate").orElseThrow();
    private final CreateRules rules =
            new CreateRules(CreateAllowances.NONE, BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20);
    private final ByteBuffer body = ByteBuffer.wrap(("{\"Image\":\"a\",\"Env\":[\"A="
                    + "b\",\"C=dddddddddddd".repeat(200) + "\"],\"HostConfig\":{" + FIELDS + "}}")
            .getBytes(StandardCharsets.UTF_8));

    /** Reads and judges the whole body. */
    @Benchmark
    public List<Violation> judge() {
        return rules.judgeBody(operation, JsonBody.of(body));
    }
}
