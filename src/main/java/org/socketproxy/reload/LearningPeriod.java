package org.socketproxy.reload;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.usage.file.LedgerFile;
import org.socketproxy.usage.file.LedgerFile.UnusableLedgerException;

/**
 * Learn mode until {@code LEARN_UNTIL}, or for {@code LEARN_FOR}. The ledger keeps its begin until a start in another mode, so that a
 * restart does not extend it.
 *
 * @param mode off if it has ended
 * @param notes sentences about its end; empty if learn mode is not configured
 */
public record LearningPeriod(LearnMode mode, List<String> notes) {
    private static final String AGAIN = "To learn again, set a later LEARN_UNTIL";

    public LearningPeriod {
        notes = List.copyOf(notes);
    }

    /** Determines the learn mode; the ledger, which may be null, stores its begin. */
    public static LearningPeriod of(Settings settings, @Nullable LedgerFile ledger, Instant now) {
        if (settings.enforcement().learnFor() == null) {
            if (ledger != null) {
                ledger.keepLearningSince(null);
            }
            return new LearningPeriod(LearnMode.off(), List.of());
        }
        Instant kept = ledger == null ? null : ledger.learningSince();
        boolean isKept = settings.enforcement().learnUntil() == null
                && ledger != null
                && (kept == null || !kept.isAfter(now))
                && ledger.keepLearningSince(kept == null ? now : kept);
        return of(settings, kept, isKept, now);
    }

    /**
     * @param kept begin in the ledger, or null
     * @param isKept whether the ledger keeps it from now on
     */
    private static LearningPeriod of(Settings settings, @Nullable Instant kept, boolean isKept, Instant now) {
        Instant until = settings.enforcement().learnUntil();
        if (until != null) {
            return until(until, now, "LEARN_UNTIL", AGAIN);
        }
        if (kept != null && kept.isAfter(now)) {
            return over(
                    "learning began at " + seconds(kept)
                            + " by LEDGER, which the system clock has not reached, so its end is not known",
                    AGAIN);
        }
        Instant begin = kept == null ? now : kept;
        Instant end = begin.plus(Objects.requireNonNull(settings.enforcement().learnFor()));
        if (isKept) {
            return until(end, now, "LEDGER", AGAIN + ", or start once with MODE=enforce and then with MODE=learn");
        }
        return new LearningPeriod(
                LearnMode.until(end),
                List.of("EACH RESTART STARTS THE LEARNING TIME AGAIN, also after a crash (restart: unless-stopped)."
                        + " To prevent this, set LEARN_UNTIL=" + seconds(end)
                        + ", or set LEDGER to a file on a volume"));
    }

    /**
     * Returns the sentences of a start with these settings, and writes nothing.
     *
     * @throws UnusableLedgerException if the path of {@code LEDGER} is not a ledger
     */
    public static List<String> preview(Settings settings, Instant now) throws UnusableLedgerException {
        Path file = settings.records().ledger();
        Instant kept = file == null ? null : LedgerFile.learningSince(file);
        if (settings.enforcement().learnFor() == null) {
            return List.of();
        }
        if (settings.enforcement().learnUntil() == null && file != null && kept == null) {
            return List.of("learning ends "
                    + settings.enforcement().learnFor().toString().substring(2).toLowerCase(Locale.ROOT)
                    + " after the start; LEDGER keeps its begin, and a restart does not extend it");
        }
        return of(settings, kept, file != null, now).notes();
    }

    private static LearningPeriod until(Instant end, Instant now, String kept, String again) {
        if (!end.isAfter(now)) {
            return over("learning ended at " + seconds(end) + " by " + kept, again);
        }
        return new LearningPeriod(
                LearnMode.until(end),
                List.of("learning ends at " + seconds(end) + " by " + kept + ", and a restart does not extend it"));
    }

    private static LearningPeriod over(String why, String again) {
        return new LearningPeriod(
                LearnMode.off(),
                List.of("MODE=learn has no effect: " + why + ". The variables are enforced. " + again));
    }

    private static Instant seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS);
    }
}
