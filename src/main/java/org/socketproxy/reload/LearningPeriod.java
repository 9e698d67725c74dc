package org.socketproxy.reload;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.usage.LedgerFile;

/**
 * Learn mode and its end: {@code LEARN_UNTIL}, or {@code LEARN_FOR} after its begin. The ledger keeps the begin until a start
 * with another mode, so that a restart does not extend learn mode, not even after a crash that a client caused.
 *
 * @param mode learn mode, off if it has ended
 * @param notes sentences about its end, for the administrator; empty if learn mode is not configured
 */
public record LearningPeriod(LearnMode mode, List<String> notes) {
    private static final String AGAIN = "To learn again, set a later LEARN_UNTIL";

    public LearningPeriod {
        notes = List.copyOf(notes);
    }

    /**
     * Determines the learn mode of the settings.
     *
     * @param ledger stores the begin of learn mode, or null for no ledger
     */
    public static LearningPeriod of(Settings settings, @Nullable LedgerFile ledger, Instant now) {
        if (settings.learnFor() == null) {
            if (ledger != null) {
                ledger.keepLearningSince(null);
            }
            return new LearningPeriod(LearnMode.off(), List.of());
        }
        Instant until = settings.learnUntil();
        if (until != null) {
            return until(until, now, "LEARN_UNTIL", AGAIN);
        }
        Instant kept = ledger == null ? null : ledger.learningSince();
        if (kept != null && kept.isAfter(now)) {
            return over(
                    "learning began at " + seconds(kept)
                            + " by LEDGER, which the system clock has not reached, so its end is not known",
                    AGAIN);
        }
        Instant begin = kept == null ? now : kept;
        Instant end = begin.plus(settings.learnFor());
        if (ledger != null && ledger.keepLearningSince(begin)) {
            return until(end, now, "LEDGER", AGAIN + ", or start once with MODE=enforce and then with MODE=learn");
        }
        return new LearningPeriod(
                LearnMode.until(end),
                List.of("EACH RESTART STARTS THE LEARNING TIME AGAIN, also after a crash (restart: unless-stopped)."
                        + " To prevent this, set LEARN_UNTIL=" + seconds(end)
                        + ", or set LEDGER to a file on a volume"));
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
