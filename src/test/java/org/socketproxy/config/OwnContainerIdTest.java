package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.SelfSettings.OwnContainerId;

class OwnContainerIdTest {
    private static final String ID = "0123456789abcdef".repeat(4);

    @TempDir
    Path process;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "733 712 254:0 /var/lib/docker/containers/ID/hostname /etc/hostname rw,relatime - ext4 /dev/root rw         | ID",
                "733 712 254:0 /data/root/containers/ID/resolv.conf /etc/resolv.conf rw - ext4 /dev/root rw                 | ID",
                "733 712 0:24 /containers/storage/overlay-containers/ID/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw | ID",
                "733 712 0:24 /containers/overlay-containers/ID/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw               | ID",
                "733 712 254:0 /var/lib/docker/containers/ID/hostname /srv/hostname rw - ext4 /dev/root rw                  | ''",
                "733 712 254:0 /etc/hostname /etc/hostname rw - ext4 /dev/root rw                                           | ''",
                "733 712 254:0 /var/lib/docker/containers/0123/hostname /etc/hostname rw - ext4 /dev/root rw                | ''",
                "733 712 254:0 /var/lib/docker/containers/ID/hostname                                                       | ''",
                "733                                                                                                         | ''",
            })
    void mountsOfTheEngineHaveTheId(String line, String id) {
        assertThat(OwnContainerId.ofMounts("25 1 254:0 / / rw - ext4 /dev/root rw\n" + line.replace("ID", ID) + "\n"))
                .isEqualTo(id.replace("ID", ID));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0::/                                              | ''",
                "0::/system.slice/docker-ID.scope                  | ID",
                "12:pids:/docker/ID                                | ID",
                "12:pids:/docker/f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0/docker/ID | ID",
                "0::/machine.slice/libpod-ID.scope/container       | ID",
                "0::/user.slice/user-0.slice/session-1.scope       | ''",
            })
    void lastIdOfTheCgroupIsTheOwn(String line, String id) {
        assertThat(OwnContainerId.ofCgroup(line.replace("ID", ID) + "\n")).isEqualTo(id.replace("ID", ID));
    }

    @Test
    void processOutsideOfAContainerHasNone() throws IOException {
        assertThat(OwnContainerId.find(process)).isEmpty();

        Files.writeString(process.resolve("cgroup"), "0::/\n");
        Files.writeString(process.resolve("mountinfo"), "25 1 254:0 / / rw - ext4 /dev/root rw\n");
        assertThat(OwnContainerId.find(process)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0::/docker/ID, /containers/OTHER/hostname, ID",
        "0::/, /containers/OTHER/hostname, OTHER",
        "0::/docker/ID, /hostname, ID",
    })
    void cgroupIsReadBeforeTheMounts(String cgroup, String mount, String expected) throws IOException {
        String other = new StringBuilder(ID).reverse().toString();
        Files.writeString(process.resolve("cgroup"), cgroup.replace("ID", ID) + "\n");
        Files.writeString(
                process.resolve("mountinfo"),
                "733 712 254:0 " + mount.replace("OTHER", other) + " /etc/hostname rw - ext4 /dev/root rw\n");

        assertThat(OwnContainerId.find(process))
                .isEqualTo(expected.replace("ID", ID).replace("OTHER", other));
    }
}
