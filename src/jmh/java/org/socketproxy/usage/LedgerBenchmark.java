package org.socketproxy.usage;

import java.time.Duration;
import java.time.Instant;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;

/** Measures the update of the usage ledger after one exchange, uncontended and with two contending threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LedgerBenchmark {
    @Param({"GET /containers/json", "POST /containers/create", "GET /images/json"})
    public String request = "";

    private UsageLedger ledger = UsageLedger.beginning(Instant.EPOCH);
    private Decision decision;
    private AuditRecord auditRecord;

    @Setup
    public void judge() throws BadTargetException {
        String[] cells = request.split(" ", 2);
        OperationCatalogue catalogue = OperationCatalogue.load();
        RequestTarget target = RequestTarget.parse(cells[1]);
        Operation operation = catalogue.find(cells[0], target).orElseThrow();
        decision = Policy.of(catalogue, ParameterRules.load(), Set.of("CONTAINERS", "POST"), Compatibility.LINUXSERVER)
                .decide(operation, operation.isWrite(target));
        auditRecord = new AuditRecord(
                new BeginRecord(
                        Instant.now(),
                        1,
                        Client.at("192.0.2.1"),
                        cells[0],
                        cells[1],
                        operation.id(),
                        decision.isAllowed() ? Outcome.ALLOW : Outcome.DENY,
                        decision.reason().code()),
                200,
                Duration.ofMillis(3),
                false,
                10,
                2000,
                null);
    }

    /** One thread. */
    @Benchmark
    public void count() {
        ledger.add(auditRecord, decision);
    }

    /** Two threads that update the same counters. */
    @Benchmark
    @Threads(2)
    public void countTogether() {
        ledger.add(auditRecord, decision);
    }
}
