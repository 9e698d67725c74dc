package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.usage.Span;
import org.socketproxy.usage.Usage.RequestCount;

/** The bars of the plot of a span. */
class HistoryPlotTest {
    @Test
    void minutesWithoutRequestsHaveNoBar() {
        assertThat(HistoryPlot.of(Collections.nCopies(60, RequestCount.NONE), Span.HOUR)
                        .bars())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 0, 0, 40, 0, 0, 0",
        "0, 0, 0, 1, 0, 0, 0, 20",
        "5, 0, 0, 5, 20, 0, 0, 20",
        "0, 5, 5, 0, 0, 20, 20, 0",
        "3, 1, 2, 2, 15, 5, 10, 10",
        "1000000, 0, 0, 1, 40, 0, 0, 2", // one denial is visible beside any number of allowed requests
        "1000000, 1, 1, 1000000, 18, 2, 2, 18",
        "1, 0, 0, 1000000, 2, 0, 0, 20",
        "1, 1000000, 0, 0, 2, 38, 0, 0",
        "1, 1, 0, 1000000, 2, 2, 0, 20",
        "9223372036854775807, 0, 0, 9223372036854775807, 20, 0, 0, 20",
    })
    void barsFitAndEachRequestIsVisible(
            long allowed, long failed, long learned, long denied, int up, int ofFailed, int ofLearned, int down) {
        HistoryPlot plot = HistoryPlot.of(
                List.of(RequestCount.NONE, new RequestCount(allowed, failed, learned, denied)), Span.HOUR);

        assertThat(plot.bars())
                .map(HistoryPlot.Bar::x, HistoryPlot.Bar::up, HistoryPlot.Bar::down)
                .containsExactly(tuple(4, new HistoryPlot.Stack(up, ofFailed), new HistoryPlot.Stack(ofLearned, down)));
    }

    @Test
    void minuteHasItsNumbersInWordsAndTheScaleItsEnds() {
        HistoryPlot plot =
                HistoryPlot.of(List.of(new RequestCount(4, 3, 0, 1), new RequestCount(0, 0, 2, 0)), Span.HOUR);

        assertThat(plot.bars())
                .map(HistoryPlot.Bar::title)
                .containsExactly("1 min ago: 4 allowed, 3 failed, 1 denied", "Now: 2 learned");
        assertThat(plot.top()).isEqualTo(7);
        assertThat(plot.bottom()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource
    void partsOfASpanFillThePlot(Span span) {
        HistoryPlot plot = HistoryPlot.of(Collections.nCopies(span.parts(), new RequestCount(1, 0, 0, 1)), span);

        assertThat(plot.bars()).hasSize(span.parts());
        assertThat(plot.bars().get(span.parts() - 1).x() + HistoryPlot.BAR).isEqualTo(plot.width() - 1);
        assertThat(plot.bars().get(0).title()).startsWith(span == Span.HOUR ? "59 min ago" : "23 h 45 min ago");
        assertThat(plot.words())
                .startsWith("Requests of the last " + span.word() + ": ")
                .endsWith("; in " + span.partInWords() + " at most 1 upwards and 1 downwards");
    }
}
