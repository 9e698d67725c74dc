package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All interleavings of what happens to one exchange: its stages, the aborts of the client and of a stop, and the completion
 * by the servlet container, which can come at any time. The transitions are those of the real {@link Lifecycle}.
 */
class InterleavingTest {
    /** States that an exchange must not enter after an abort: the request would reach the daemon. */
    private static final Set<ExchangeState> FORWARDING = Set.of(ExchangeState.FORWARDED, ExchangeState.TUNNEL);

    private static final List<ExchangeState> ABORT = List.of(ExchangeState.ABORTED);
    private static final List<ExchangeState> COMPLETION = List.of(ExchangeState.ENDED);

    private int explored;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DECIDING ALLOWED FORWARDED ANSWERED RETURNED ENDED",
                "DECIDING ALLOWED FORWARDED ANSWERED DRAINING RETURNED ENDED",
                "DECIDING READING_BODY DECIDING ALLOWED FORWARDED ANSWERED RETURNED ENDED",
                "DECIDING DENIED RETURNED ENDED",
                "DECIDING READING_BODY DENIED RETURNED ENDED",
                "DECIDING ALLOWED FORWARDED TUNNEL ENDED",
                "DENIED ENDED",
                "ENDED",
            })
    void exchangeEndsExactlyOnceInEveryInterleaving(String stages) {
        List<ExchangeState> exchange =
                List.of(stages.split(" ")).stream().map(ExchangeState::valueOf).toList();
        explore(List.of(exchange, ABORT, ABORT, COMPLETION), new int[4], new ArrayList<>());

        assertThat(explored).isGreaterThanOrEqualTo(12);
    }

    /**
     * Continues each interleaving that begins with these actors.
     *
     * @param done number of steps that each actor has done
     */
    private void explore(List<List<ExchangeState>> actors, int[] done, List<Integer> order) {
        boolean isComplete = true;
        for (int actor = 0; actor < actors.size(); actor++) {
            if (done[actor] < actors.get(actor).size()) {
                isComplete = false;
                done[actor]++;
                order.add(actor);
                explore(actors, done, order);
                order.remove(order.size() - 1);
                done[actor]--;
            }
        }
        if (isComplete) {
            explored++;
            check(actors, order);
        }
    }

    private static void check(List<List<ExchangeState>> actors, List<Integer> order) {
        Lifecycle lifecycle = new Lifecycle();
        int[] next = new int[actors.size()];
        List<ExchangeState> entered = new ArrayList<>();
        for (int actor : order) {
            ExchangeState wanted = actors.get(actor).get(next[actor]++);
            if (lifecycle.enter(wanted) != null) {
                entered.add(wanted);
            }
        }
        assertThat(entered)
                .as("%s", order)
                .containsOnlyOnce(ExchangeState.ENDED)
                .endsWith(ExchangeState.ENDED);
        assertThat(lifecycle.now()).isEqualTo(ExchangeState.ENDED);
        int aborted = entered.indexOf(ExchangeState.ABORTED);
        assertThat(aborted < 0 ? List.of() : entered.subList(aborted, entered.size()))
                .as("%s", order)
                .doesNotContainAnyElementsOf(FORWARDING);
    }
}
