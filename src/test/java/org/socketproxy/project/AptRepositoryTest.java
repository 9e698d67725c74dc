package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;

/** {@code src/release/apt-repository}: apt takes packages of the signed repository, and no changed ones. */
class AptRepositoryTest {
    private static final Path SCRIPT = Path.of("src/release/apt-repository").toAbsolutePath();

    /** Asks only the repository in the folder, with its key, and with a state of its own. */
    private static final String APT = """
            mkdir -p state/lists/partial cache/archives/partial
            echo "deb [signed-by=$PWD/key.asc] file:$PWD/repository stable main" >sources.list
            apt="apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=$PWD/sources.list -o Dir::Etc::sourceparts=-
                 -o Dir::State=$PWD/state -o Dir::Cache=$PWD/cache -o Dir::State::status=/dev/null"
            rm -f tried_*.deb
            $apt update && $apt download tried && dpkg-deb --show --showformat '${Version}' tried_*.deb
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void makeKeyAndRepository() throws IOException {
        Programs.assumeInstalled("apt-get", "dpkg-deb", "gpg");
        Files.createDirectory(
                folder.resolve("gpg"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        pass("gpg --batch --passphrase '' --quick-generate-key release@example.com ed25519 sign 1y");
        publish("1.0");
        pass("cp repository/key.asc .");
    }

    private Cli.Result run(String script) {
        return Cli.in(folder, Map.of("GNUPGHOME", folder.resolve("gpg").toString()))
                .script(script);
    }

    private String pass(String script) {
        Cli.Result result = run(script);
        assertThat(result.exitCode()).as(script + "\n" + result.stderr()).isZero();
        return result.stdout();
    }

    private void publish(String version) {
        pass("""
                mkdir -p package/DEBIAN
                printf 'Package: tried\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@example.com>\\nDescription: test\\n' >package/DEBIAN/control
                dpkg-deb --build --root-owner-group package new.deb
                %s release@example.com repository new.deb
                """.formatted(version, SCRIPT));
    }

    @Test
    void aptTakesTheNewestPackage() {
        assertThat(pass(APT)).isEqualTo("1.0");
        publish("1.1");

        assertThat(pass(APT)).isEqualTo("1.1");
        assertThat(folder.resolve("repository/pool")).isDirectoryContaining("glob:**tried_1.0_all.deb");
    }

    @Test
    void aptRefusesAChangedPackage() {
        pass("echo >>repository/pool/tried_1.0_all.deb");

        assertThat(run(APT).stderr()).contains("Hash Sum mismatch");
    }

    @Test
    void aptRefusesAChangedIndex() {
        pass(
                "sed -i s/Version:/version:/ repository/dists/stable/InRelease repository/dists/stable/main/binary-all/Packages"
                        + " && sed -i s/Suite:/suite:/ repository/dists/stable/InRelease");

        assertThat(run(APT).exitCode()).isNotZero();
    }

    @Test
    void aptRefusesTheKeyOfAnotherOne() {
        pass("gpg --batch --passphrase '' --quick-generate-key other@example.com ed25519 sign 1y"
                + " && gpg --batch --yes --armor --export --output key.asc other@example.com");

        assertThat(run(APT).exitCode()).isNotZero();
    }

    @Test
    void aVersionThatIsPublishedKeepsItsBytes() {
        pass("echo x >package/file && dpkg-deb --build --root-owner-group package new.deb");

        assertThat(run(SCRIPT + " release@example.com repository new.deb").stderr())
                .contains("tried_1.0_all.deb has other bytes: give the package a new version");
    }
}
