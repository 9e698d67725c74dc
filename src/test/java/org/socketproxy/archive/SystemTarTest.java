package org.socketproxy.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Programs;

/** Archives of GNU tar: after the judge, GNU tar unpacks the same files. */
class SystemTarTest {
    private static final int LONG = 60;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "pax", "ustar", "v7", "oldgnu"})
    void theFilesOfEachFormOfTarSurvive(String form) throws Exception {
        Programs.assumeInstalled("tar", "find");
        Path source = makeFiles(!form.equals("ustar") && !form.equals("v7"));
        Path archive = folder.resolve("archive.tar");
        run("tar", "--format=" + form, "-C", source.toString(), "-cf", archive.toString(), ".");

        byte[] judged =
                Judged.inRandomChunks(Judged.judge(ArchiveRules.STRICT), Files.readAllBytes(archive), new Random(1));
        Files.write(archive, judged);
        Path target = Files.createDirectory(folder.resolve("target"));
        run("tar", "-C", target.toString(), "-xpf", archive.toString());

        assertThat(list(target)).isEqualTo(list(source)).hasLineCount(form.matches("ustar|v7") ? 9 : 10);
        assertThat(run("diff", "-r", "--no-dereference", source.toString(), target.toString()))
                .isEmpty();
    }

    private Path makeFiles(boolean isLongPossible) throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        Files.writeString(source.resolve("empty"), "");
        Files.writeString(source.resolve("block"), "x".repeat(TarHeader.BLOCK_BYTES));
        Files.write(source.resolve("large"), new byte[100_001]);
        Files.createLink(source.resolve("name of a hard link"), source.resolve("large"));
        Files.createSymbolicLink(source.resolve("dangling"), Path.of("/no/such/file"));
        Path inner = Files.createDirectories(source.resolve("d/\u00e4"));
        Files.writeString(inner.resolve("a\nb"), "two lines");
        if (isLongPossible) {
            Path deep = source.resolve("d/" + "long".repeat(LONG));
            Files.createSymbolicLink(deep, Path.of("target".repeat(LONG)));
        }
        return source;
    }

    /** Returns type, mode, owner, size of files, time in seconds, name and target of each file. */
    private String list(Path root) throws Exception {
        String format = "%y %m %U %G %Ts %P %l\\n";
        return run("sh", "-c", "find " + root + " -mindepth 1 -printf '" + format + "' | LC_ALL=C sort")
                .replaceAll("a\nb", "a-b");
    }

    private String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
