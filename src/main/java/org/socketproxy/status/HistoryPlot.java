package org.socketproxy.status;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.socketproxy.usage.Span;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * Geometry of the plot of a span: for each part a bar upwards for the allowed and failed requests, and one downwards for the learned
 * and denied ones.
 *
 * @param bars the parts with requests, oldest first
 * @param top number of requests at the upper end of the scale
 * @param bottom number of requests at the lower end of the scale
 * @param words the plot as a sentence, for screen readers
 */
public record HistoryPlot(int width, List<Bar> bars, long top, long bottom, String words) {
    public static final int HEIGHT = 60;
    /** Height of the line between the bars upwards and downwards. */
    public static final int BASE = 40;

    /** Width of a bar; a part has one unit more. */
    public static final int BAR = 3;

    private static final int SMALLEST = 2;

    public HistoryPlot {
        bars = List.copyOf(bars);
    }

    /**
     * The bars of one part.
     *
     * @param title the numbers of the part in words
     */
    public record Bar(int x, Stack up, Stack down, String title) {}

    /** A bar of two parts; heights in units of the plot. */
    public record Stack(int inner, int outer) {
        static Stack of(long inner, long outer, double unit) {
            int parts = (inner > 0 ? 1 : 0) + (outer > 0 ? 1 : 0);
            int height = Math.max(parts * SMALLEST, (int) Math.floor(((double) inner + outer) * unit));
            int outerHeight = outer == 0 ? 0 : Math.max(SMALLEST, (int) Math.floor(outer * unit));
            outerHeight = Math.min(outerHeight, inner == 0 ? height : height - SMALLEST);
            return new Stack(parts == 0 ? 0 : height - outerHeight, outerHeight);
        }

        public int height() {
            return inner + outer;
        }
    }

    /** @param parts the parts of the span, oldest first */
    static HistoryPlot of(List<RequestCount> parts, Span span) {
        long mostUp = parts.stream().mapToLong(HistoryPlot::up).max().orElse(0);
        long mostDown = parts.stream().mapToLong(HistoryPlot::down).max().orElse(0);
        // A count of 0 gives infinity, which limits nothing.
        double unit = Math.min(BASE / (double) mostUp, (HEIGHT - BASE) / (double) mostDown);
        List<Bar> bars = new ArrayList<>();
        for (int part = 0; part < parts.size(); part++) {
            RequestCount count = parts.get(part);
            if (!count.equals(RequestCount.NONE)) {
                long ago = (parts.size() - 1L - part) * span.part().toMinutes();
                bars.add(new Bar(
                        part * (BAR + 1),
                        Stack.of(count.allowed(), count.failed(), unit),
                        Stack.of(count.learned(), count.denied(), unit),
                        ago(ago) + ": " + words(count)));
            }
        }
        return new HistoryPlot(
                parts.size() * (BAR + 1),
                bars,
                Math.round(BASE / unit),
                Math.round((HEIGHT - BASE) / unit),
                "Requests of the last " + span.word() + ": " + words(RequestCount.sum(parts)) + "; in "
                        + span.partInWords() + " at most " + mostUp + " upwards and " + mostDown
                        + " downwards");
    }

    private static String ago(long minutes) {
        return minutes == 0 ? "Now" : (minutes < 60 ? "" : minutes / 60 + " h ") + minutes % 60 + " min ago";
    }

    private static long up(RequestCount count) {
        return count.allowed() + count.failed();
    }

    private static long down(RequestCount count) {
        return count.learned() + count.denied();
    }

    private static String words(RequestCount count) {
        String words = count.byWord().entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .map(each -> each.getValue() + " " + each.getKey())
                .collect(Collectors.joining(", "));
        return words.isEmpty() ? "none" : words;
    }
}
