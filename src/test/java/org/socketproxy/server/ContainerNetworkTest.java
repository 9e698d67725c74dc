package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.status.StartReport;

class ContainerNetworkTest {
    @TempDir
    Path interfaces;

    @Test
    void interfaceWithDeviceBelongsToAHost() throws Exception {
        Files.createDirectory(interfaces.resolve("lo"));
        Files.createDirectory(interfaces.resolve("eth0"));
        assertThat(ContainerNetwork.hasHardware(interfaces)).isFalse();

        Files.createDirectory(interfaces.resolve("eth0/device"));
        assertThat(ContainerNetwork.hasHardware(interfaces)).isTrue();
    }

    @Test
    void unreadableInterfacesAreTreatedAsAHost() {
        assertThat(ContainerNetwork.hasHardware(interfaces.resolve("missing"))).isTrue();
    }

    @Test
    void outsideTheImageTheNetworkIsNotAContainers() {
        assertThat(ContainerNetwork.isOwn()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://:2375, true, false",
        "tcp://:2375, false, true",
        "tcp://0.0.0.0:2375, true, false",
        "tcp://192.0.2.1:2375, true, true",
        "unix:///run/p.sock?mode=0666, true, true",
    })
    void wildcardAddressIsNoWarningInAContainerNetwork(String listen, boolean isContainers, boolean isWarning)
            throws InvalidSettingsException {
        Map<String, String> environment = Map.of("LISTEN", listen);

        assertThat(StartReport.openDoors(Settings.read(environment, Variables.load()), isContainers))
                .matches(isWarning ? "  WARNING: .*\n" : "");
    }
}
