package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.mask.MaskRules.SecretPath;

/** The elements of a response, found from the paths of its secrets. */
class MaskShapeTest {
    @ParameterizedTest
    @CsvSource({
        "ContainerInspect, Config.Env[],                   VALUE",
        "ContainerInspect, Path,                           VALUE",
        "ContainerInspect, Path [].Command,                VALUE",
        "ContainerList,    [].Command,                     ARRAY",
        "ContainerList,    [].Command [].Labels.*,         ARRAY",
        "VolumeList,       Volumes[].Options.*,            MEMBERS",
        "VolumeList,       Volumes[].Options.* Volumes[].Status, MEMBERS",
        "VolumeList,       Volumes[].Options.* Others[].Status, VALUE",
        "VolumeList,       Volumes[].Options.* Warnings,   VALUE",
        "VolumeList,       Volumes[],                      VALUE",
        "SystemEvents,     Actor.Attributes.*,             STREAM",
    })
    void shape(String operation, String paths, MaskRules.Shape shape) {
        List<SecretPath> secrets = Arrays.stream(paths.split(" "))
                .map(path -> new SecretPath(operation, path, Set.of(MaskGroup.ENV), MaskMethod.WHOLE))
                .toList();

        assertThat(MaskRules.Shape.of(MaskRulesTest.operation(operation), secrets))
                .isEqualTo(shape);
    }
}
