package org.socketproxy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.socketproxy.image.BuiltImage;
import org.socketproxy.testing.RestartableDocker;

/** Builds the image while other test processes run tests without it: the alphabetical order of classes begins with this one. */
@Tag("thorough")
class BuiltImageIT {
    @Test
    void imageIsBuilt() throws Exception {
        try (RestartableDocker docker = RestartableDocker.onMachineNetwork(List.of())) {
            docker.awaitReady();
            BuiltImage.save(docker.socket());
        }
    }
}
