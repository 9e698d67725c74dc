package org.socketproxy.status;

import java.util.ArrayList;
import java.util.List;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * Geometry of the plot of the last hour: for each minute a bar upwards for the allowed requests, and one downwards for the denied.
 *
 * @param bars the minutes with requests, oldest first
 * @param words the plot as a sentence, for screen readers
 */
public record HistoryPlot(List<Bar> bars, String words) {
    public static final int WIDTH = 240;
    public static final int HEIGHT = 60;
    /** Height of the line between allowed and denied requests. */
    public static final int BASE = 40;

    /** Width of a bar; a minute has one unit more. */
    public static final int BAR = 3;

    private static final int SMALLEST = 2;

    public HistoryPlot {
        bars = List.copyOf(bars);
    }

    /** The bars of one minute: upwards for allowed, downwards for denied requests. */
    public record Bar(int x, int up, int down) {
        public int top() {
            return BASE - up;
        }
    }

    /** @param minutes at most 60, oldest first */
    static HistoryPlot of(List<RequestCount> minutes) {
        long mostAllowed =
                minutes.stream().mapToLong(RequestCount::allowed).max().orElse(0);
        long mostDenied = minutes.stream().mapToLong(RequestCount::denied).max().orElse(0);
        // A count of 0 gives infinity, which limits nothing.
        double unit = Math.min(BASE / (double) mostAllowed, (HEIGHT - BASE) / (double) mostDenied);
        List<Bar> bars = new ArrayList<>();
        for (int minute = 0; minute < minutes.size(); minute++) {
            RequestCount count = minutes.get(minute);
            if (!count.equals(RequestCount.NONE)) {
                bars.add(new Bar(minute * (BAR + 1), height(count.allowed(), unit), height(count.denied(), unit)));
            }
        }
        RequestCount hour = RequestCount.sum(minutes);
        return new HistoryPlot(
                bars,
                "Requests of the last hour by minute: " + hour.allowed() + " allowed, at most " + mostAllowed
                        + " in a minute; " + hour.denied() + " denied, at most " + mostDenied + " in a minute");
    }

    private static int height(long count, double unit) {
        return count == 0 ? 0 : Math.max(SMALLEST, (int) Math.floor(count * unit));
    }
}
