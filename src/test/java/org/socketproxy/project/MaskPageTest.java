package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.policy.mask.MaskGroup;

/** The tables of {@code docs/masking.md} match the code. */
class MaskPageTest {
    private static final Path PAGE = Path.of("docs/masking.md");

    @Test
    void groupsMatchTheCode() throws IOException {
        String table = PrintedTable.list(
                Arrays.stream(MaskGroup.values()).map(group -> List.of(code(group.word()), group.meaning())));

        PrintedTable.assertInStep(PAGE, "groups", table, MaskPageTest.class);
    }

    @Test
    void theMarkerIsOnThePage() throws IOException {
        assertThat(Files.readString(PAGE)).contains(Marker.TEXT);
    }
}
