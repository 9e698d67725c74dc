package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.project.PrintedTable.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.Requirements.Requirement;

/** The lists of {@code docs/create.md} match the code. */
class CreatePageTest {
    private static final Path PAGE = Path.of("docs/create.md");

    @Test
    void permissionsMatchTheCode() throws IOException {
        String table = PrintedTable.list(Arrays.stream(CreatePermission.values())
                .map(permission -> List.of(code(permission.usage()), permission.danger())));

        PrintedTable.assertInStep(PAGE, "permissions", table, CreatePageTest.class);
    }

    @Test
    void everyRequirementIsOnThePage() throws IOException {
        String page = Files.readString(PAGE);

        assertThat(Arrays.stream(Requirement.values()).map(Requirement::word))
                .allSatisfy(word -> assertThat(page).contains(word));
    }
}
