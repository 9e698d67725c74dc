package org.socketproxy.policy;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;

/** Measures one decision: parse the request target, find the operation, apply the policy. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DecideBenchmark {
    private final OperationCatalogue catalogue = OperationCatalogue.load();
    private final Profile profile = Profile.of(
                    ProfileOrigin.ENVIRONMENT,
                    Policy.of(
                            catalogue,
                            ParameterRules.load(),
                            Set.of("PING", "CONTAINERS", "IMAGES"),
                            Compatibility.LINUXSERVER))
            .build();

    @Param({
        "GET /_ping",
        "GET /v1.45/containers/json?all=1&filters=%7B%22label%22%3A%7B%22a%22%3Atrue%7D%7D",
        "POST /v1.45/containers/71f67784d04b376078c480e286ede43b25e7d49c00cb11914245d1cf6b100b7d/restart?t=1",
        "GET /v1.45/images/registry.example.com%3A5000%2Fteam%2Fapp%3Av1.2.3/json",
        "GET /v5.4.2/libpod/containers/x/checkpoint",
    })
    public String request = "";

    /** All three steps. */
    @Benchmark
    public Decision decide() throws BadTargetException {
        int blank = request.indexOf(' ');
        RequestTarget target = RequestTarget.parse(request.substring(blank + 1));
        return profile.policy()
                .decide(catalogue.find(request.substring(0, blank), target).orElse(null), target, RequestHead.EMPTY);
    }
}
