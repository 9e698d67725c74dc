package org.socketproxy.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.RequestRate;
import org.socketproxy.policy.RequestRate.Period;
import org.socketproxy.policy.Totals.Total;
import org.socketproxy.yaml.YamlValue;

/** Reads {@code max} of a profile of the policy file. */
final class LimitsReader {
    private static final String BURST = "burst";
    private static final List<String> TOTALS =
            Arrays.stream(Total.values()).map(Total::key).toList();
    private static final List<String> KEYS = Stream.of(
                    Arrays.stream(ProfileLimit.values()).map(ProfileLimit::key), Stream.of(BURST), TOTALS.stream())
            .flatMap(keys -> keys)
            .toList();
    private static final int LARGEST_LIMIT = 9_999_999;
    private static final Pattern RATE = Pattern.compile("(\\d+)/([sm])");
    /** A longer burst would take the effect of the rate. */
    private static final Duration LONGEST_REFILL = Duration.ofHours(1);

    private LimitsReader() {}

    /**
     * Reads the limits of open exchanges.
     *
     * @param value of the key {@code max}, or null
     * @param sink takes {@code MAX_OBJECTS=containers:20,memory:8g} for {@code {containers: 20, memory: 8g}}
     */
    static ProfileLimits read(@Nullable YamlValue value, ExecReader.Sink sink) {
        if (value == null) {
            return ProfileLimits.NONE;
        }
        Map<ProfileLimit, Integer> highest = new EnumMap<>(ProfileLimit.class);
        Map<String, YamlValue> limits = value.entries(KEYS);
        readTotals(value, limits, sink);
        RequestRate requests = rate(limits.remove(ProfileLimit.REQUESTS.key()), limits.remove(BURST));
        limits.forEach((key, number) -> Parsers.count(number.text(), LARGEST_LIMIT)
                .ifPresentOrElse(
                        most -> highest.put(ProfileLimit.valueOf(key.toUpperCase(Locale.ROOT)), most),
                        () -> number.refuse("use a number from 1 to " + LARGEST_LIMIT)));
        return new ProfileLimits(highest, requests);
    }

    /** Removes the totals from the limits. */
    private static void readTotals(YamlValue value, Map<String, YamlValue> limits, ExecReader.Sink sink) {
        List<String> elements = new ArrayList<>();
        for (String key : TOTALS) {
            YamlValue most = limits.remove(key);
            if (most != null) {
                elements.add(key + ":" + most.text());
            }
        }
        if (!elements.isEmpty()) {
            sink.put(Setting.MAX_OBJECTS.name(), value, String.join(",", elements));
        }
    }

    private static @Nullable RequestRate rate(@Nullable YamlValue requests, @Nullable YamlValue burst) {
        if (requests == null) {
            if (burst != null) {
                burst.refuse("add requests, such as requests: 50/s, or remove burst");
            }
            return null;
        }
        Matcher parts = RATE.matcher(requests.text());
        int number = parts.matches()
                ? Parsers.count(parts.group(1), RequestRate.MOST).orElse(0)
                : 0;
        if (number == 0) {
            requests.refuse("use a number from 1 to " + RequestRate.MOST + " with /s or /m, such as 50/s or 600/m");
            return null;
        }
        Period period = Period.valueOf(parts.group(2).toUpperCase(Locale.ROOT));
        long mostBurst = Math.min(RequestRate.MOST, number * LONGEST_REFILL.dividedBy(period.length()));
        int atOnce = burst == null
                ? number
                : Parsers.count(burst.text(), (int) mostBurst).orElse(0);
        if (burst != null && atOnce == 0) {
            burst.refuse("use a number from 1 to " + mostBurst + ", which " + requests.text() + " refills in an hour");
        }
        return new RequestRate(number, period, Math.max(1, atOnce));
    }
}
