package org.socketproxy.policy.self;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.self.ProxyContainer.Environs;
import org.socketproxy.policy.self.ProxyContainer.Image;

/** Requests that name the container {@code guard}, whose id begins with {@code dbdb}. */
class SelfRuleNamesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ProxyContainer OWN = new ProxyContainer(
            "dbdb" + "0".repeat(60),
            Set.of("guard"),
            new Image("", Set.of("proxy:1")),
            Set.of(),
            Map.of("com.docker.swarm.node.id", "n1"),
            Environs.ofNames(Set.of("guard")));

    private record Request(Operation operation, RequestTarget target) {
        static Request parse(String line) throws BadTargetException {
            String[] words = line.split(" ");
            RequestTarget target = RequestTarget.parse(words[1]);
            return new Request(CATALOGUE.find(words[0], target).orElseThrow(), target);
        }

        List<SelfRule> rules() {
            return SelfRule.of(operation);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // request                                     | denied | denied to an updater
                "POST /containers/guard/stop                   | true   | false",
                "DELETE /images/docker.io%2Flibrary%2Fproxy:1   | true   | true",
                "POST /containers/dbdb/stop                    | true   | true",
                "DELETE /containers/guard                      | true   | false",
                "POST /containers/guard/kill                   | true   | true",
                "POST /containers/web/kill                     | false  | false",
                "POST /commit?container=web&container=guard    | true   | true",
                "POST /commit?repo=proxy&tag=1&container=web   | true   | true",
                "POST /commit?repo=proxy&tag=2&container=web   | false  | false",
                "POST /images/web/tag?repo=proxy&tag=1         | true   | true",
                "POST /images/web/tag?repo=proxy:1             | true   | true",
                "POST /images/web/tag?repo=proxy               | false  | false",
                "POST /images/web/tag                          | false  | false",
                "POST /swarm/leave                             | true   | true",
                "POST /networks/n/connect                      | false  | false",
                "POST /containers/create?name=guard            | true   | true",
            })
    void aRequestThatHarmsTheProxyIsDenied(String line, boolean isDenied, boolean isDeniedToUpdater) throws Exception {
        Request request = Request.parse(line);

        assertThat(request.rules()).isNotEmpty();
        assertThat(request.rules().stream()
                        .anyMatch(rule ->
                                rule.isBroken(ProtectedSubject.of(OWN), request.operation, request.target, false)))
                .isEqualTo(isDenied);
        assertThat(request.rules().stream()
                        .anyMatch(rule ->
                                rule.isBroken(ProtectedSubject.of(OWN), request.operation, request.target, true)))
                .isEqualTo(isDeniedToUpdater);
    }

    /** @param doubtful a name that can be the beginning of the own id or the name of another container, or none */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "POST /containers/db/kill               | db   | /containers/77/kill",
                "POST /v1.45/containers/dbdb/kill?t=1   | dbdb | /v1.45/containers/77/kill?t=1",
                "POST /commit?container=db&repo=x       | db   | /commit?container=77&repo=x",
                "POST /commit?container=%64b            | db   | none",
                "POST /commit?container=db&Container=db | none | none",
                "POST /commit?repo=db                   | none | none",
                "POST /containers/d/kill                | none | none",
                "POST /containers/DB/kill               | none | none",
                "POST /containers/guard/kill            | none | none",
                "POST /containers/dc/kill               | none | none",
                "POST /containers/web/rename?name=db    | none | none",
                "DELETE /images/db                      | none | none",
                "POST /exec/db/start                    | none | none",
            })
    void theNameOfADoubtfulRequestIsReplacedByAnId(String line, String doubtful, String forwarded) throws Exception {
        Request request = Request.parse(line);
        List<SelfRule> rules = request.rules().stream()
                .filter(rule -> rule.doubtfulName(OWN, request.operation, request.target) != null)
                .toList();
        List<String> names = rules.stream()
                .map(rule -> rule.doubtfulName(OWN, request.operation, request.target))
                .toList();
        List<String> targets = rules.stream()
                .map(rule -> rule.withId(request.operation, request.target, names.get(0), "77"))
                .map(target -> target == null ? "none" : target.raw())
                .toList();

        assertThat(names).isEqualTo(doubtful.equals("none") ? List.of() : List.of(doubtful));
        assertThat(targets).isEqualTo(names.isEmpty() ? List.of() : List.of(forwarded));
    }

    @Test
    void leavingASwarmHarmsAProxyInTheSwarm() throws Exception {
        Request request = Request.parse("POST /swarm/leave");

        assertThat(request.rules())
                .allMatch(rule -> rule.isBroken(ProtectedSubject.of(OWN), request.operation, request.target, false))
                .noneMatch(rule -> rule.isBroken(
                        ProtectedSubject.of(ProxyContainer.of(OWN.id())), request.operation, request.target, false));
    }

    @Test
    void aNameThatIsTheBeginningOfTheOwnIdIsNotDoubtful() throws Exception {
        ProxyContainer named =
                new ProxyContainer(OWN.id(), Set.of("db"), Image.UNKNOWN, Set.of(), Map.of(), Environs.UNKNOWN);
        Request request = Request.parse("POST /containers/db/kill");

        assertThat(request.rules())
                .allMatch(rule -> rule.doubtfulName(named, request.operation, request.target) == null);
    }
}
