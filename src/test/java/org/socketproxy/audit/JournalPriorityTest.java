package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.Level;

class JournalPriorityTest {
    @ParameterizedTest
    @CsvSource({"ERROR, <3>", "WARN, <4>", "INFO, <6>", "DEBUG, <7>", "TRACE, <7>"})
    void levelHasThePriorityOfSyslog(Level level, String prefix) {
        assertThat(JournalPriority.prefix(level)).isEqualTo(prefix);
    }

    @Test
    void fileIsTheJournalIfDeviceAndInodeAreEqual(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("stream"));
        String own = Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");

        assertThat(JournalPriority.isJournal(own, file)).isTrue();
        assertThat(JournalPriority.isJournal(own + "1", file)).isFalse();
        assertThat(JournalPriority.isJournal("", file)).isFalse();
        assertThat(JournalPriority.isJournal(null, file)).isFalse();
        assertThat(JournalPriority.isJournal(own, folder.resolve("missing"))).isFalse();
    }
}
