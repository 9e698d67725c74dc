package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;

/** The page about Podman lists each operation of the libpod API that no variable opens, with a reason. */
class PodmanNeverTest {
    private static final Pattern CODE = Pattern.compile("`(\\w+)`");

    @Test
    void pageListsEachOperationWithoutAVariable() throws IOException {
        String page = Files.readString(Path.of("docs/podman.md"));
        List<String> listed = page.substring(page.indexOf("<!-- never: begin"), page.indexOf("<!-- never: end"))
                .lines()
                .filter(line -> line.startsWith("- `"))
                .flatMap(line -> CODE.matcher(line.split(": ", 2)[0]).results())
                .map(found -> found.group(1))
                .toList();

        assertThat(listed)
                .containsExactlyInAnyOrderElementsOf(OperationCatalogue.load().operations().stream()
                        .filter(operation -> operation.isLibpod()
                                && operation.section() == null
                                && operation.sufficient().isEmpty())
                        .map(Operation::id)
                        .toList());
    }
}
