package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.usage.Usage.RequestCount;

/** The bars of the plot of the last hour. */
class HistoryPlotTest {
    @Test
    void minutesWithoutRequestsHaveNoBar() {
        assertThat(HistoryPlot.of(Collections.nCopies(60, RequestCount.NONE)).bars())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 40, 0",
        "0, 1, 0, 20",
        "5, 5, 20, 20",
        "1000000, 1, 40, 2", // one denial is visible beside any number of allowed requests
        "1, 1000000, 2, 20",
        "9223372036854775807, 9223372036854775807, 20, 20",
    })
    void barsFitAndEachRequestIsVisible(long allowed, long denied, int up, int down) {
        HistoryPlot plot = HistoryPlot.of(List.of(RequestCount.NONE, new RequestCount(allowed, denied)));

        assertThat(plot.bars()).containsExactly(new HistoryPlot.Bar(4, up, down));
    }

    @Test
    void lastMinuteIsInsideThePlot() {
        List<RequestCount> hour = Collections.nCopies(60, new RequestCount(1, 1));

        assertThat(HistoryPlot.of(hour).bars())
                .hasSize(60)
                .allMatch(bar -> bar.x() + HistoryPlot.BAR <= HistoryPlot.WIDTH);
    }
}
