package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.MinimalPolicy.Need;

class MinimalPolicyTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ParameterRules RULES = ParameterRules.load();
    private static final Variables VARIABLES = Variables.load();
    private static final Policy POLICY = Policy.of(CATALOGUE, RULES, Set.of("EXEC"), Compatibility.LINUXSERVER);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // needed                                      | variables, in the order of the table
                "-                                             | -",
                "SystemPing                                    | PING",
                "ContainerList                                 | CONTAINERS",
                "ContainerRestart                              | ALLOW_RESTARTS",
                "ContainerStart                                | ALLOW_START",
                "ContainerStop                                 | ALLOW_STOP",
                "ContainerStop,ContainerRestart                | ALLOW_RESTARTS",
                "ContainerStop,ContainerStart                  | ALLOW_START,ALLOW_STOP",
                "ContainerList,ContainerRestart                | CONTAINERS,ALLOW_RESTARTS",
                "ContainerCreate                               | CONTAINERS,POST",
                "ContainerCreate,ContainerStart,ContainerStop  | CONTAINERS,POST",
                "ContainerCreate,ImageList                     | CONTAINERS,IMAGES,POST",
                "ContainerExec                                 | CONTAINERS,EXEC,POST",
                "ContainerLogs                                 | CONTAINERS,ALLOW_LOGS",
                "ContainerStart,ContainerStartLibpod           | ALLOW_START",
                "ContainerStartLibpod                          | LIBPOD_ALLOW_START",
                "PodStartLibpod                                | LIBPOD_ALLOW_POD_START",
            })
    void minimalPolicyAllowsFewestOperations(String needed, String variables) {
        MinimalPolicy least = MinimalPolicy.of(POLICY, VARIABLES, needs(needed));

        assertThat(least.needed().keySet()).containsExactlyElementsOf(split(variables));
        assertThat(least.opens())
                .isEqualTo(Policy.of(CATALOGUE, RULES, least.variables(), Compatibility.LINUXSERVER)
                        .opens());
    }

    @Test
    void tecnativaRestartNeedsPost() {
        assertThat(MinimalPolicy.of(
                                Policy.of(CATALOGUE, RULES, Set.of(), Compatibility.TECNATIVA),
                                VARIABLES,
                                needs("ContainerRestart"))
                        .variables())
                .containsExactlyInAnyOrder("POST", "ALLOW_RESTARTS");
    }

    @Test
    void variableListsOperationsThatNeedIt() {
        MinimalPolicy least = MinimalPolicy.of(POLICY, VARIABLES, needs("ContainerList,ContainerCreate,ImageList"));

        assertThat(ids(least.needed().get("CONTAINERS"))).isEqualTo("ContainerCreate,ContainerList");
        assertThat(ids(least.needed().get("POST"))).isEqualTo("ContainerCreate");
        assertThat(ids(least.needed().get("IMAGES"))).isEqualTo("ImageList");
    }

    @Test
    void writeFlagNeedsPost() {
        Operation inspect = CATALOGUE.byId("SecretInspectLibpod").orElseThrow();

        assertThat(MinimalPolicy.of(POLICY, VARIABLES, Set.of(new Need(inspect, true)))
                        .variables())
                .containsExactlyInAnyOrder("LIBPOD_SECRETS", "POST");
        assertThat(MinimalPolicy.of(POLICY, VARIABLES, Set.of(new Need(inspect, false)))
                        .variables())
                .containsExactly("LIBPOD_SECRETS");
    }

    @Test
    void operationsWithoutVariableAreListedAsNever() {
        List<Operation> never = CATALOGUE.operations().stream()
                .filter(operation ->
                        operation.section() == null && operation.sufficient().isEmpty())
                .sorted(Comparator.comparing(Operation::id))
                .toList();
        Set<Need> needs = new HashSet<>(needs("SystemPing"));
        never.forEach(operation -> needs.add(new Need(operation, false)));

        MinimalPolicy least = MinimalPolicy.of(POLICY, VARIABLES, needs);

        assertThat(least.never()).isEqualTo(never).hasSizeGreaterThan(2);
        assertThat(least.variables()).containsExactly("PING");
    }

    /** Compares with a brute-force search of all sets of the relevant variables. */
    @Test
    void noSmallerSetAllowsNeededOperations() {
        long seed = Long.getLong("least.seed", System.nanoTime());
        System.out.println("LeastPolicyTest: -Dleast.seed=" + seed);
        Random random = new Random(seed);
        List<Operation> operations = CATALOGUE.operations().stream()
                .filter(operation -> !operation.isLibpod())
                .filter(operation -> operation.section() != null)
                .filter(operation -> Set.of("CONTAINERS", "IMAGES", "EXEC").contains(operation.section()))
                .toList();
        for (int round = 0; round < 50; round++) {
            Set<Need> needs = random.ints(1 + random.nextInt(6), 0, operations.size())
                    .mapToObj(operations::get)
                    .map(operation -> new Need(operation, operation.write().isAlways()))
                    .collect(Collectors.toSet());

            MinimalPolicy least = MinimalPolicy.of(POLICY, VARIABLES, needs);

            assertThat(allows(least.variables(), needs)).as("%s", needs).isTrue();
            assertThat(least.opens()).as("%s", needs).isEqualTo(fewest(needs));
        }
    }

    private static int fewest(Set<Need> needs) {
        List<String> matter = needs.stream()
                .flatMap(need -> Policy.of(CATALOGUE, RULES, Set.of(), Compatibility.LINUXSERVER)
                        .decide(need.operation(), need.isWrite())
                        .alternatives()
                        .stream())
                .flatMap(way -> way.missing().stream())
                .distinct()
                .toList();
        int fewest = Integer.MAX_VALUE;
        for (int bits = 0; bits < 1 << matter.size(); bits++) {
            Set<String> on = new HashSet<>();
            for (int i = 0; i < matter.size(); i++) {
                if ((bits >> i & 1) == 1) {
                    on.add(matter.get(i));
                }
            }
            if (allows(on, needs)) {
                fewest = Math.min(
                        fewest,
                        Policy.of(CATALOGUE, RULES, on, Compatibility.LINUXSERVER)
                                .opens());
            }
        }
        return fewest;
    }

    private static boolean allows(Set<String> on, Set<Need> needs) {
        Policy policy = Policy.of(CATALOGUE, RULES, on, Compatibility.LINUXSERVER);
        return needs.stream()
                .allMatch(
                        need -> policy.decide(need.operation(), need.isWrite()).isAllowed());
    }

    private static Set<Need> needs(String ids) {
        return split(ids).stream()
                .map(id -> CATALOGUE.byId(id).orElseThrow())
                .map(operation -> new Need(operation, operation.write().isAlways()))
                .collect(Collectors.toSet());
    }

    private static List<String> split(String list) {
        return list == null ? List.of() : Arrays.asList(list.split(","));
    }

    private static String ids(List<Operation> operations) {
        return operations.stream().map(Operation::id).collect(Collectors.joining(","));
    }
}
