package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FuzzSeeds;

/**
 * Any method and target: the proxy reads it or refuses it, what it read is what it forwards, and dockerd's router finds the
 * same operation. The input is a method, a blank and a target.
 */
class RequestTargetFuzzTest {
    private static final String[] VARIABLES = {"CONTAINERS", "IMAGES", "POST", "EXEC", "ALLOW_ARCHIVE", "DISTRIBUTION"};
    private static final Policy POLICY = RouterAgreement.policy(VARIABLES);
    private static final Set<String> ALLOWED = RouterAgreement.allowedBy(VARIABLES);
    private static final Pattern METHOD = Pattern.compile("[A-Z]{1,8}");

    static Stream<byte[]> seeds() {
        Stream<String> routes = Corpus.read(RouterOracle.class, "oracle.txt", 4)
                .filter(row -> row.size() == 4)
                .map(row -> row.get(2) + " " + row.get(3));
        Stream<String> attacks = Attack.all().map(Attack::bytes).map(bytes -> bytes.split(" HTTP/", 2)[0]);
        Stream<String> operations = RouterAgreement.CATALOGUE.operations().stream()
                .map(operation -> operation.method() + " /v1.45"
                        + operation.path().toString().replaceAll("\\{[^}]*}", "a"));
        return FuzzSeeds.of(Stream.of(routes, attacks, operations).flatMap(lines -> lines));
    }

    @MethodSource("seeds")
    @FuzzTest
    void daemonReadsTheOperationThatWasJudged(byte[] input) throws BadTargetException {
        String line = FuzzSeeds.text(input);
        int blank = line.indexOf(' ');
        String method = line.substring(0, Math.max(blank, 0));
        String raw = line.substring(blank + 1);
        if (!METHOD.matcher(method).matches()) {
            return; // the HTTP parser has refused it
        }
        RequestTarget target;
        Optional<Operation> found;
        try {
            target = RequestTarget.parse(raw);
            assertThat(written(target)).isEqualTo(raw);
            found = RouterAgreement.CATALOGUE.find(method, target);
        } catch (BadTargetException refused) {
            return;
        }
        if (found.isPresent()) {
            Decision decision = POLICY.decide(found.get(), target, RequestHead.EMPTY);
            if (decision.isAllowed()) {
                RouterAgreement.check(method, raw, ALLOWED);
            }
        }
    }

    /** The target from its parts, without the text that it was read from. */
    private static String written(RequestTarget target) {
        List<String> segments = target.segments();
        String version = target.version() == null ? "" : "/v" + target.version();
        String path = version + (segments.isEmpty() ? "" : "/" + String.join("/", segments));
        return path + (target.query() == null ? "" : "?" + target.query());
    }
}
