package org.socketproxy.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Corpus;

/** Any bytes: they are refused, or the judge makes an archive of them that another reader reads and that it judges to itself. */
class ArchiveFuzzTest {
    static Stream<byte[]> seeds() {
        return Corpus.lines(ArchiveJudgeTest.class, "archives.txt")
                .filter(line -> line.contains(" => "))
                .map(line -> TarText.bytes(line.substring(0, line.indexOf(" => "))));
    }

    @MethodSource("seeds")
    @FuzzTest
    void archiveIsWrittenAsItIsRead(byte[] input) {
        try {
            byte[] output = Judged.whole(judge(), input);
            assertThat(Judged.inRandomChunks(judge(), input, new Random(input.length)))
                    .isEqualTo(output);
            assertThat(Judged.whole(judge(), output)).isEqualTo(output);
            assertThat(Judged.entries(output)).hasSize(Judged.count(output));
        } catch (ArchiveException refused) {
            assertThat(refused.getMessage()).matches("[ -~]+");
        }
    }

    private static ArchiveJudge judge() {
        return Judged.judge(ArchiveRules.STRICT.allowingDevices(true).allowingPrivileges(true));
    }
}
