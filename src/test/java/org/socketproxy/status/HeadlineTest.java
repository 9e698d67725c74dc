package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.Consequence.Gain;
import org.socketproxy.policy.Risk;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.usage.Usage.RequestCount;

/** The first sentence of the page of all profiles. */
class HeadlineTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ROOT,CONTAINERS,CONTAINERS,LOSS,- | 1 of 5 profiles can become root on the host: p0; 2 can change what others run: p1, p2.",
                "FILES,SECRETS | No client of the 2 profiles directly; 2 can read secrets or files: p0, p1.",
                "-,NETWORK | No client of the 2 profiles directly.",
                "ROOT | 1 of 1 profile can become root on the host: p0.",
                "ROOT,ROOT,ROOT,ROOT,ROOT,ROOT,ROOT,ROOT | 8 of 8 profiles can become root on the host: p0, p1, p2, p3, p4, p5 and 2 more.",
            })
    void everyLevelIsCounted(String gains, String answer) {
        Headline headline = Headline.of(rows(gains.split(",")));

        assertThat(headline.answer()).isEqualTo(answer);
        assertThat(headline.isRoot()).isEqualTo(gains.contains("ROOT"));
    }

    /** The last row is that of the clients that no profile has. */
    private static List<ProfileRow> rows(String... gains) {
        List<String> all = new ArrayList<>(Arrays.asList(gains));
        all.add("-");
        List<ProfileRow> rows = new ArrayList<>();
        for (String gain : all) {
            boolean isNone = rows.size() == gains.length;
            rows.add(new ProfileRow(
                    new ProfileLink("p" + rows.size(), List.of(), true, 1, List.of(), risk(gain), false, isNone, false),
                    RequestCount.NONE,
                    List.of(),
                    null,
                    List.of(),
                    isNone));
        }
        return rows;
    }

    private static Risk risk(String gain) {
        Map<Gain, String> others = new TreeMap<>();
        if (!List.of("-", "ROOT").contains(gain)) {
            others.put(Gain.valueOf(gain), "X by Y=1");
        }
        return new Risk(gain.equals("ROOT"), "", others, List.of());
    }
}
