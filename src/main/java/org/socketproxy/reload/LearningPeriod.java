package org.socketproxy.reload;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.usage.LedgerFile;

/**
 * Learn mode, and when it ends: at {@code LEARN_UNTIL}; else {@code LEARN_FOR} after its begin, which the ledger keeps
 * until a start with another mode. So a restart does not extend it, also one that a client brought about by a crash.
 *
 * @param mode which may be over
 * @param notes what the administrator has to know of its end, in sentences; empty if the mode is not asked for
 */
public record LearningPeriod(LearnMode mode, List<String> notes) {
    private static final String AGAIN = "To learn again, set a later LEARN_UNTIL";

    public LearningPeriod {
        notes = List.copyOf(notes);
    }

    /**
     * The learn mode that these settings ask for.
     *
     * @param ledger where the begin is kept, or null for nowhere
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
                List.of("A RESTART BEGINS THE LEARNING TIME ANEW, also one after a crash (restart: unless-stopped)."
                        + " Set LEARN_UNTIL=" + seconds(end)
                        + ", or LEDGER to a file on a volume, and a restart does not extend it"));
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
