package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each relative link of the documentation leads to a file that exists, and each anchor to a heading. */
class LinksTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("#{1,6} +(.*?) *");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");

    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (Path root : List.of(Path.of("docs"), Path.of("conf"), Path.of("examples"))) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
            }
        }
        try (Stream<Path> files = Files.list(Path.of(""))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages.stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyRelativeLinkLeadsSomewhere(Path page) throws IOException {
        Set<String> broken = new HashSet<>();
        for (String link : links(page)) {
            if (!link.contains("://") && !link.startsWith("mailto:") && !exists(page, link)) {
                broken.add(link);
            }
        }

        assertThat(broken).isEmpty();
    }

    private static boolean exists(Path page, String link) throws IOException {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return parts.length == 1 || anchors(target).contains(parts[1]);
    }

    private static List<String> links(Path page) throws IOException {
        return prose(page).stream()
                .flatMap(line -> LINK.matcher(CODE.matcher(line).replaceAll("`"))
                        .results()
                        .map(result -> result.group(1)))
                .toList();
    }

    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new HashSet<>();
        for (String line : prose(page)) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                String anchor = anchor(heading.group(1));
                String numbered = anchor;
                for (int i = 1; !anchors.add(numbered); i++) {
                    numbered = anchor + "-" + i;
                }
            }
        }
        return anchors;
    }

    /** The anchor that forges give a heading. */
    private static String anchor(String heading) {
        return heading.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    /** The lines outside of code blocks. */
    private static List<String> prose(Path page) throws IOException {
        List<String> prose = new ArrayList<>();
        boolean isCode = false;
        for (String line : Files.readAllLines(page)) {
            if (line.strip().startsWith("```")) {
                isCode = !isCode;
            } else if (!isCode) {
                prose.add(line);
            }
        }
        return prose;
    }

    @ParameterizedTest
    @CsvSource({
        "Reading a denial,                 reading-a-denial",
        "`/healthz` and `/readyz`,         healthz-and-readyz",
        "Paths of the host: `BINDS`,       paths-of-the-host-binds",
        "[Traefik](traefik.md) 3.6,        traefik-36",
    })
    void anchorIsThatOfTheForge(String heading, String anchor) {
        assertThat(anchor(heading)).isEqualTo(anchor);
    }

    @Test
    void brokenLinksAreFound() throws IOException {
        Path page = Path.of("README.md");

        assertThat(exists(page, "docs/missing.md")).isFalse();
        assertThat(exists(page, "docs/metrics.md#missing")).isFalse();
        assertThat(exists(page, "#missing")).isFalse();
        assertThat(exists(page, "docs/metrics.md#the-token")).isTrue();
        assertThat(pages()).hasSizeGreaterThan(30);
    }
}
